//! The natives behind `cloudflare:sockets`.

use std::cell::Cell;

use jsg::js::{Local, Promise};
use jsg::{Handle, Lock, LockExt, Result};

use super::connect::{Address, SocketOptions, connect};
use super::failure::Failures;
use super::http_client;
use super::socket::Socket;
use super::virtual_host;

/// The TCP ports on which connections come to the Worker, an extension of its isolate.
pub struct InboundPorts(pub Vec<u16>);

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

    #[jsg(method)]
    fn get_connect_failure_code<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
    ) -> Option<&'static str> {
        failure(js, socket, |failures| &failures.connect)
    }

    #[jsg(method)]
    fn get_read_failure_code<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
    ) -> Option<&'static str> {
        failure(js, socket, |failures| &failures.read)
    }

    #[jsg(method)]
    fn get_write_failure_code<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
    ) -> Option<&'static str> {
        failure(js, socket, |failures| &failures.write)
    }

    /// The address of a name that is known without a look at the network.
    #[jsg(method)]
    fn get_dns_override(&self, js: &mut Lock<'_, '_>, name: String) -> Option<String> {
        Some(virtual_host::resolve(js, &name)?.to_string())
    }

    #[jsg(method)]
    fn get_inbound_ports(&self, js: &mut Lock<'_, '_>) -> Vec<u16> {
        let ports = js.extension::<InboundPorts>();
        ports.map_or_else(Vec::new, |ports| ports.0.clone())
    }
}

/// The name of a failure; there is none once the connection is another socket's.
fn failure<'s>(
    js: &mut Lock<'s, '_>,
    socket: Handle<'s, Socket>,
    of: impl FnOnce(&Failures) -> &Cell<Option<&'static str>>,
) -> Option<&'static str> {
    let connection = socket.get().connection(js).ok()?;
    of(&connection.failures).get()
}
