//! The natives behind `cloudflare:sockets`.

use jsg::{Error, Handle, Lock, Result};

use super::connect::{Address, SocketOptions, connect};
use super::socket::Socket;

/// What the module's functions are methods of.
#[jsg::class]
pub struct SocketsModule {}

#[jsg::methods]
impl SocketsModule {
    #[jsg(method)]
    fn connect<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        address: Address,
        options: Option<SocketOptions>,
    ) -> Result<Handle<'s, Socket>> {
        connect(js, None, address, options)
    }

    #[jsg(method)]
    fn internal_new_http_client<'s>(&self, _js: &mut Lock<'s, '_>) -> Result<()> {
        Err(Error::error("internalNewHttpClient() is not implemented."))
    }
}
