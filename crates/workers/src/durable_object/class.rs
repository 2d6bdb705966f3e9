//! Durable Object classes as values, for facets; and what `ctx.exports` has for the Worker's own classes.

use std::rc::Rc;

use io::IoContext;
pub use io::carried::ActorClass;
use io::rpc::{External, Incoming, Outgoing};
use io::token::{Token, Tokens, Usage};
use jsg::clone::{Cloneable, Reader, Writer, data_clone_error};
use jsg::js::{Local, Object};
use jsg::{Call, Error, Flag, Handle, Lock, LockExt, Result};
use web::fetch::Stored;

use crate::carried;

use super::namespace::{ColoLocalActorNamespace, DurableObjectNamespace, Objects};

/// A class of this Worker or another.
#[jsg::class]
pub struct DurableObjectClass {
    class: Rc<dyn ActorClass>,
}

#[jsg::methods]
impl DurableObjectClass {}

impl DurableObjectClass {
    pub fn create<'s>(js: &mut Lock<'s, '_>, class: Rc<dyn ActorClass>) -> Handle<'s, Self> {
        Handle::new(js, Self { class })
    }

    pub fn class(&self) -> &Rc<dyn ActorClass> {
        &self.class
    }

    fn specialized<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        class: &Rc<dyn ActorClass>,
        options: &Options<'s>,
    ) -> Result<Handle<'s, Self>> {
        if call.is_empty() {
            return Err(call.member().argument_error(0, "Options"));
        }
        let props = match options.props {
            Some(props) => Some(carried::write(js, props.into())?),
            None => None,
        };
        IoContext::current(js)?;
        let class = class.with_props(props);
        Ok(Self::create(js, class))
    }
}

const NOT_CLONEABLE: &str = "DurableObjectClass cannot be serialized in this context.";
const NOT_READABLE: &str = "DurableObjectClass cannot be deserialized in this context.";

/// A class goes as what objects can be made of there; to storage, as what it is found again by.
impl Cloneable for DurableObjectClass {
    const TAG: u32 = 12;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let class = this.get().class.clone();
        if let Some(reason) = class.not_sendable() {
            return Err(data_clone_error(reason));
        }
        if let Some(outgoing) = to.externals::<Outgoing>() {
            outgoing.add(External::Class(class), to);
            return Ok(());
        }
        if to.externals::<Stored>().is_none() || !js.flag(Flag::AllowIrrevocableStubStorage) {
            return Err(data_clone_error(NOT_CLONEABLE));
        }
        let token = class.token(Usage::Storage).map_err(data_clone_error)?;
        to.bytes(&token.write());
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        if let Some(stored) = from.externals::<Stored>() {
            let token = stored.read(js, from, NOT_READABLE)?;
            let class = found(js, Some(token))?;
            return Ok(Self::create(js, class).object());
        }
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error(NOT_READABLE))?;
        let class = match incoming.find(from)? {
            Some(External::Class(class)) => class,
            Some(External::Token(token)) => found(js, Token::read(&token))?,
            _ => return Err(Error::Internal("a message without its class".into())),
        };
        Ok(Self::create(js, class).object())
    }
}

/// The class that a token stands for.
fn found(js: &Lock<'_, '_>, token: Option<Token>) -> Result<Rc<dyn ActorClass>> {
    let tokens = js.extension::<Tokens>();
    match (tokens, token) {
        (Some(tokens), Some(token)) => Ok(tokens.0.class(&token)?),
        _ => Err(data_clone_error(NOT_READABLE)),
    }
}

/// What a property of `ctx.exports` is called with.
#[derive(jsg::Dictionary)]
struct Options<'s> {
    props: Option<Local<'s, Object>>,
}

/// A class that has no namespace.
#[jsg::class(extends = DurableObjectClass)]
pub struct LoopbackDurableObjectClass {
    parent: DurableObjectClass,
}

#[jsg::methods]
impl LoopbackDurableObjectClass {
    #[jsg(callable)]
    fn specialize<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        options: Options<'s>,
    ) -> Result<Handle<'s, DurableObjectClass>> {
        DurableObjectClass::specialized(js, call, &self.parent.class, &options)
    }
}

impl LoopbackDurableObjectClass {
    pub fn create<'s>(js: &mut Lock<'s, '_>, class: Rc<dyn ActorClass>) -> Handle<'s, Self> {
        let parent = DurableObjectClass { class };
        Handle::new(js, Self { parent })
    }
}

/// A class whose objects are stored.
#[jsg::class(extends = DurableObjectNamespace)]
pub struct LoopbackDurableObjectNamespace {
    parent: DurableObjectNamespace,
    class: Rc<dyn ActorClass>,
}

#[jsg::methods]
impl LoopbackDurableObjectNamespace {
    #[jsg(callable)]
    fn specialize<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        options: Options<'s>,
    ) -> Result<Handle<'s, DurableObjectClass>> {
        DurableObjectClass::specialized(js, call, &self.class, &options)
    }
}

impl LoopbackDurableObjectNamespace {
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        parent: DurableObjectNamespace,
        class: Rc<dyn ActorClass>,
    ) -> Handle<'s, Self> {
        Handle::new(js, Self { parent, class })
    }

    pub fn class(&self) -> &Rc<dyn ActorClass> {
        &self.class
    }
}

/// A class whose objects are not stored.
#[jsg::class(extends = ColoLocalActorNamespace)]
pub struct LoopbackColoLocalActorNamespace {
    parent: ColoLocalActorNamespace,
    class: Rc<dyn ActorClass>,
}

#[jsg::methods]
impl LoopbackColoLocalActorNamespace {
    #[jsg(callable)]
    fn specialize<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        options: Options<'s>,
    ) -> Result<Handle<'s, DurableObjectClass>> {
        DurableObjectClass::specialized(js, call, &self.class, &options)
    }
}

impl LoopbackColoLocalActorNamespace {
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        objects: Rc<dyn Objects>,
        class: Rc<dyn ActorClass>,
    ) -> Handle<'s, Self> {
        let parent = ColoLocalActorNamespace::new(objects);
        Handle::new(js, Self { parent, class })
    }

    pub fn class(&self) -> &Rc<dyn ActorClass> {
        &self.class
    }
}
