//! The debug port: all Workers of a process, for others (`WorkerdDebugPort`).

use std::rc::Rc;

use capnp::Error;
use io::SubrequestChannel;

use crate::error::told;
use crate::events::serve_service;
use crate::layout::{Answer, Cap, Fields, Incoming, Result, Serve, export};
use crate::schema::{GET_ACTOR, GET_ENTRYPOINT, frankenvalue};

/// The properties that a caller gives to an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Props {
    Json(String),
    /// As structured clone writes them.
    Cloned(Vec<u8>),
}

/// What can be reached by a debug port.
pub trait DebugPort: 'static {
    /// # Errors
    /// There is no such Worker, or no such entry point of it.
    fn entrypoint(
        &self,
        service: &str,
        entrypoint: Option<&str>,
        props: Option<Props>,
    ) -> std::result::Result<Rc<dyn SubrequestChannel>, io::ChannelError>;

    /// # Errors
    /// There is no such Worker or class, or the id is not one of its objects.
    fn object(
        &self,
        service: &str,
        class: &str,
        id: &str,
    ) -> std::result::Result<Rc<dyn SubrequestChannel>, io::ChannelError>;
}

struct Served<P>(Rc<P>);

/// The bootstrap object of a debug port.
pub fn serve_port(port: Rc<impl DebugPort>) -> Cap {
    export(Rc::new(Served(port)))
}

impl<P: DebugPort> Serve for Served<P> {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        Answer::now(match call.method {
            GET_ENTRYPOINT => self.entrypoint(call),
            GET_ACTOR => self.object(call),
            other => return Answer::unknown(other),
        })
    }
}

impl<P: DebugPort> Served<P> {
    fn entrypoint(&self, mut call: Incoming) -> Result<()> {
        let params = call.params()?;
        let name = if params.has(1) {
            Some(params.text(1)?) // entrypoint
        } else {
            None
        };
        let props = if params.has(2) {
            read_props(params.fields(2)?)? // props
        } else {
            None
        };
        let found = self.0.entrypoint(params.text(0)?, name, props); // service
        let service = found.map_err(|error| told(&error))?;
        call.results::<0, 1>()?.cap(0, serve_service(service)); // entrypoint
        Ok(())
    }

    fn object(&self, mut call: Incoming) -> Result<()> {
        let params = call.params()?;
        // service, entrypoint, actorId
        let (service, class, id) = (params.text(0)?, params.text(1)?, params.text(2)?);
        let object = self.0.object(service, class, id);
        let object = object.map_err(|error| told(&error))?;
        call.results::<0, 1>()?.cap(0, serve_service(object)); // actor
        Ok(())
    }
}

fn read_props(value: Fields<'_>) -> Result<Option<Props>> {
    if !value.list(1)?.is_empty() {
        return Err(other_props());
    }
    Ok(match value.u16(0) {
        frankenvalue::EMPTY_OBJECT => None,
        frankenvalue::JSON => Some(Props::Json(value.text(0)?.to_owned())),
        frankenvalue::V8_SERIALIZED => Some(Props::Cloned(value.data(0)?.to_vec())),
        _ => return Err(other_props()),
    })
}

#[cold]
fn other_props() -> Error {
    Error::unimplemented(
        "jsg.Error: properties of this kind cannot be given over a connection.".into(),
    )
}
