//! What `ctx.restore()` has to know of its event, and what calls of stored references have to prove.

use std::rc::Rc;

use compat::Flag;
use io::restored::{Origin, SelfToken};
use io::token::{Named, Referent, Refusal, Token, Usage};
use io::{ChannelError, IoContext};
use jsg::js::{Global, Local, Object};
use jsg::{Lock, LockExt};
use workers::durable_object::{ActorId, Home};

use crate::definition::Entrypoint;
use crate::instance::Instance;
use crate::worker::Worker;

const NOT_ALLOWED: &str = "Invoked a Worker from a stored stub, but the target worker no longer has the \
    allow_irrevocable_stub_storage compatibility flag enabled.";

/// # Errors
/// The reference was stored, and the Worker does not allow that any more.
pub(crate) fn check(worker: &Worker, is_stored: bool) -> Result<(), ChannelError> {
    match is_stored && !crate::tokens::is_storable(worker) {
        true => Err(ChannelError::classed("Error", NOT_ALLOWED)),
        false => Ok(()),
    }
}

/// Whether Workers with these flags have `ctx.restore()`.
fn has_restore(js: &Lock<'_, '_>) -> bool {
    js.flag(Flag::AllowIrrevocableStubStorage)
}

/// The event's entry point is found again.
pub(crate) fn begin(js: &Lock<'_, '_>, instance: &Instance, entrypoint: &Entrypoint) {
    if !has_restore(js) {
        return;
    }
    let Some(context) = IoContext::try_current(js) else {
        return;
    };
    // Dynamic Workers are found by who has loaded them, and only by those who are trusted to say how.
    let own = if instance.is_dynamic() {
        entrypoint.origin.own.clone()
    } else {
        let (service, entrypoint) = (instance.definition().name.clone(), entrypoint.clone());
        let own: Rc<dyn SelfToken> = Rc::new(Own {
            service,
            entrypoint,
        });
        Some(own)
    };
    if let Some(own) = own {
        context.set_self_token(own);
    }
}

/// The event's entry point has these methods.
pub(crate) fn arrive<'s>(js: &mut Lock<'s, '_>, handler: Local<'s, Object>) {
    if has_restore(js)
        && let Some(context) = IoContext::try_current(js)
    {
        context.set_handler(Global::new(js, handler));
    }
}

/// An entry point of a Worker that has `ctx.restore()`.
struct Own {
    service: std::sync::Arc<str>,
    entrypoint: Entrypoint,
}

impl SelfToken for Own {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        let named = Named {
            service: self.service.clone(),
            entrypoint: self.entrypoint.name.clone(),
            props: self.entrypoint.props.written(usage)?,
        };
        Token::new(Referent::Service(named), true, usage)
    }
}

/// A Durable Object of a namespace.
pub struct OwnObject {
    pub home: std::sync::Arc<Home>,
    pub id: ActorId,
    /// Whether its Worker lets references be stored.
    pub is_persistent: bool,
}

impl SelfToken for OwnObject {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        match &self.id {
            ActorId::Object(id) => self.home.token(id, self.is_persistent, usage),
            ActorId::Text(_) => {
                Err("Stubs pointing to ephemeral objects are not serializable.".into())
            }
        }
    }
}

impl crate::Actor {
    /// A call has come by this reference.
    ///
    /// # Errors
    /// The reference was stored, and the object's Worker does not allow that any more.
    pub fn arrive(&self, origin: &Origin) -> Result<(), ChannelError> {
        check(self.worker(), origin.is_stored)?;
        if let Some(own) = &origin.own {
            self.context().set_self_token(own.clone());
        }
        Ok(())
    }
}
