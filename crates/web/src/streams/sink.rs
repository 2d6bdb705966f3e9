//! What guest code gives to `new WritableStream()`.

use std::borrow::Cow;
use std::rc::Rc;

use jsg::js::{Function, Local, Object, Value};
use jsg::{FromJs, JsRef, Lock, Ref, Result, Trace, Visitor};

use super::transform_controller::TransformStreamDefaultController;
/// `UnderlyingSink` (Streams §5.2.3), with the object whose methods it holds.
#[derive(Default)]
pub struct UnderlyingSink<'s> {
    pub object: Option<Local<'s, Object>>,
    pub members: SinkMembers<'s>,
}

/// The members of an [`UnderlyingSink`].
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "UnderlyingSink")]
pub struct SinkMembers<'s> {
    #[jsg(name = "type")]
    pub kind: Option<String>,
    pub start: Option<Local<'s, Function>>,
    pub write: Option<Local<'s, Function>>,
    pub abort: Option<Local<'s, Function>>,
    pub close: Option<Local<'s, Function>>,
}

impl<'s> FromJs<'s> for UnderlyingSink<'s> {
    fn type_name() -> Cow<'static, str> {
        SinkMembers::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self::default())
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let object = Local::<Object>::try_from(value).ok();
        let members = SinkMembers::try_from_js(js, value)?;
        Ok(members.map(|members| Self { object, members }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

/// The write, close and abort algorithms of a sink.
#[derive(jsg::Trace)]
pub enum SinkAlgorithms {
    /// The stream has ended: they are let go.
    Cleared,
    Guest {
        object: Option<JsRef<Object>>,
        write: Option<JsRef<Function>>,
        close: Option<JsRef<Function>>,
        abort: Option<JsRef<Function>>,
    },
    Transform(Ref<TransformStreamDefaultController>),
    Native(SharedSink),
}

/// A sink in Rust that takes chunks of any kind, at once. Guest code may run in none of its functions
/// but where a promise of the guest's is settled.
pub trait ChunkSink: Trace {
    fn write<'s>(&self, js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<()>;
    fn close(&self, js: &mut Lock<'_, '_>) -> Result<()>;
    fn abort<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Result<()>;
}

/// A [`ChunkSink`] that stays alive while one of its functions runs, whatever becomes of its stream.
#[derive(Clone)]
pub struct SharedSink(pub Rc<dyn ChunkSink>);

impl Trace for SharedSink {
    fn trace(&self, visitor: &mut Visitor) {
        self.0.trace(visitor);
    }
}
