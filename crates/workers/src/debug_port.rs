//! `workerdDebugPort` bindings: the Workers of other processes, by their debug ports.

use std::rc::Rc;

use io::{IoContext, IoOwn, SubrequestChannel};
use jsg::js::{Local, Object};
use jsg::{Handle, Lock, Result};
use web::fetch::Fetcher;

/// The Workers and objects of one process.
pub trait DebugPort {
    /// An entry point; `props` as structured clone writes them. Whether it exists shows when it is used.
    fn entrypoint(
        &self,
        service: String,
        entrypoint: Option<String>,
        props: Option<Vec<u8>>,
    ) -> Rc<dyn SubrequestChannel>;

    /// A Durable Object. Whether it can exist shows when it is used.
    fn object(&self, service: String, class: String, id: String) -> Rc<dyn SubrequestChannel>;
}

/// The way to debug ports.
pub trait DebugPorts {
    /// The one at an address, which nobody asks anything yet.
    fn connect(&self, address: &str) -> Rc<dyn DebugPort>;

    /// This process.
    fn current(&self) -> Rc<dyn DebugPort>;
}

/// The binding.
#[jsg::class]
pub struct WorkerdDebugPortConnector {
    ports: jsg::Untraced<Rc<dyn DebugPorts>>, // no JavaScript in it
}

/// One process.
#[jsg::class]
pub struct WorkerdDebugPortClient {
    port: IoOwn<Rc<dyn DebugPort>>,
}

impl WorkerdDebugPortConnector {
    /// The JavaScript side of the way to debug ports.
    pub fn create<'s>(js: &mut Lock<'s, '_>, ports: Rc<dyn DebugPorts>) -> Handle<'s, Self> {
        let ports = jsg::Untraced(ports);
        Handle::new(js, Self { ports })
    }
}

impl WorkerdDebugPortClient {
    fn of<'s>(js: &mut Lock<'s, '_>, port: Rc<dyn DebugPort>) -> Result<Handle<'s, Self>> {
        let port = IoContext::current(js)?.own("", port);
        Ok(Handle::new(js, Self { port }))
    }
}

#[jsg::methods]
impl WorkerdDebugPortConnector {
    #[jsg(method)]
    fn connect<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        address: String,
    ) -> Result<Handle<'s, WorkerdDebugPortClient>> {
        let port = self.ports.0.connect(&address);
        WorkerdDebugPortClient::of(js, port)
    }

    #[jsg(method)]
    fn current<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, WorkerdDebugPortClient>> {
        let port = self.ports.0.current();
        WorkerdDebugPortClient::of(js, port)
    }
}

#[jsg::methods]
impl WorkerdDebugPortClient {
    #[jsg(method)]
    fn get_entrypoint<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        service: String,
        entrypoint: Option<String>,
        props: Option<Local<'s, Object>>,
    ) -> Result<Handle<'s, Fetcher>> {
        let context = IoContext::current(js)?;
        let props = match props {
            Some(props) => {
                Some(jsg::clone::serialize(js, props.into(), &[], &Default::default())?.data)
            }
            None => None,
        };
        let channel = self.port.get(js)?.entrypoint(service, entrypoint, props);
        Ok(Handle::new(js, Fetcher::owned(&context, channel)))
    }

    #[jsg(method)]
    fn get_actor<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        service: String,
        entrypoint: String,
        actor_id: String,
    ) -> Result<Handle<'s, Fetcher>> {
        let context = IoContext::current(js)?;
        let channel = self.port.get(js)?.object(service, entrypoint, actor_id);
        Ok(Handle::new(js, Fetcher::owned(&context, channel)))
    }
}
