//! Durable Object classes as values, for facets; and what `ctx.exports` has for the Worker's own classes.

use std::rc::Rc;

use io::IoContext;
use jsg::js::{Local, Object};
use jsg::{Call, Handle, Lock, Result};

use super::id::IdFactory;
use super::namespace::{ColoLocalActorNamespace, DurableObjectNamespace, Objects};

/// A class that objects can be made of. The runtime implements it.
pub trait ActorClass {
    /// For those who know what kind of class it is.
    fn as_any(self: Rc<Self>) -> Rc<dyn std::any::Any>;

    /// The same class with `ctx.props` for its objects, a value as structured clone writes it.
    fn with_props(&self, props: Option<Vec<u8>>) -> Rc<dyn ActorClass>;
}

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
            Some(props) => {
                let written = jsg::clone::serialize(js, props.into(), &[], &Default::default())?;
                Some(written.data)
            }
            None => None,
        };
        IoContext::current(js)?;
        let class = class.with_props(props);
        Ok(Self::create(js, class))
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
        objects: Rc<dyn Objects>,
        ids: IdFactory,
        class: Rc<dyn ActorClass>,
    ) -> Handle<'s, Self> {
        let parent = DurableObjectNamespace::new(objects, ids);
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
