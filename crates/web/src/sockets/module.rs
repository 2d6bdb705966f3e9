//! The natives behind `cloudflare:sockets`.

use jsg::js::{Local, Promise};
use jsg::{Handle, Lock, Result};

use super::connect::{Address, SocketOptions, connect};
use super::http_client;
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

    #[jsg(method, promise)]
    fn internal_new_http_client<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
    ) -> Result<Local<'s, Promise>> {
        http_client::over(js, socket)
    }
}
