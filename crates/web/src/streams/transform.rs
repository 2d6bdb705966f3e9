//! `TransformStream` (Streams §6.2) and the streams that are one: `IdentityTransformStream`,
//! `FixedLengthStream`. Before `transformstream_enable_standard_constructor` the first is the second.

use std::borrow::Cow;

use jsg::js::{Function, Local, Object, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Ref, Result};

use super::identity::{self, Counted};
use super::source::{HighWaterMark, QueuingStrategy};
use super::transform_controller::{TransformAlgorithms, TransformStreamDefaultController};
use super::{ReadableStream, WritableStream};

/// A pair of streams: what is written to one comes out of the other, changed or not.
#[jsg::class]
pub struct TransformStream {
    readable: Ref<ReadableStream>,
    writable: Ref<WritableStream>,
}

/// `Transformer` (Streams §6.2.3), with the object whose methods it holds.
#[derive(Default)]
pub struct Transformer<'s> {
    pub object: Option<Local<'s, Object>>,
    pub members: TransformerMembers<'s>,
}

/// The members of a [`Transformer`].
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "Transformer")]
pub struct TransformerMembers<'s> {
    pub readable_type: Option<String>,
    pub writable_type: Option<String>,
    pub start: Option<Local<'s, Function>>,
    pub transform: Option<Local<'s, Function>>,
    pub flush: Option<Local<'s, Function>>,
    pub cancel: Option<Local<'s, Function>>,
    /// How many bytes the readable side has, for the length of a body.
    pub expected_length: Option<u64>,
}

impl<'s> FromJs<'s> for Transformer<'s> {
    fn type_name() -> Cow<'static, str> {
        TransformerMembers::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self::default())
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let object = Local::<Object>::try_from(value).ok();
        let members = TransformerMembers::try_from_js(js, value)?;
        Ok(members.map(|members| Self { object, members }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

impl TransformStream {
    /// A pair of streams as one.
    pub fn of<'s>(
        js: &mut Lock<'s, '_>,
        readable: ReadableStream,
        writable: WritableStream,
    ) -> Self {
        let readable = Handle::new(js, readable);
        let writable = Handle::new(js, writable);
        Self::over(js, readable, writable)
    }

    pub(super) fn over<'s>(
        js: &Lock<'s, '_>,
        readable: Handle<'s, ReadableStream>,
        writable: Handle<'s, WritableStream>,
    ) -> Self {
        Self {
            readable: Ref::new(js, readable),
            writable: Ref::new(js, writable),
        }
    }

    /// Streams §6.4.1, SetUpTransformStream.
    pub(super) fn set_up<'s>(
        js: &mut Lock<'s, '_>,
        algorithms: TransformAlgorithms,
        start: Option<(Local<'s, Function>, Option<Local<'s, Object>>)>,
        [writable, readable]: [QueuingStrategy<'s>; 2],
    ) -> Result<Self> {
        let (readable, writable) =
            TransformStreamDefaultController::set_up(js, algorithms, start, writable, readable)?;
        Ok(Self::over(js, readable, writable))
    }

    /// What a transform stream was before there were any but identity streams.
    pub(super) fn legacy(js: &mut Lock<'_, '_>, custom: bool) -> Result<Self> {
        if custom {
            crate::console::warn(
                js,
                "To use the new TransformStream() constructor with a custom transformer, enable the \
                 transformstream_enable_standard_constructor compatibility flag. Refer to the docs for more \
                 information: \
                 https://developers.cloudflare.com/workers/platform/compatibility-dates/#compatibility-flags",
            );
        }
        Self::identity(js, None, None)
    }

    /// A stream that passes bytes on as they are.
    fn identity(
        js: &mut Lock<'_, '_>,
        length: Option<u64>,
        high_water_mark: Option<u64>,
    ) -> Result<Self> {
        let counted = if js.flag(Flag::TypescriptImplementedStreams) {
            Counted::Written
        } else {
            Counted::Read
        };
        let (source, sink) = identity::pair(length, counted);
        let readable = ReadableStream::from_source(js, source)?;
        let writable = WritableStream::from_sink(js, sink, high_water_mark)?;
        Ok(Self::of(js, readable, writable))
    }
}

/// Whether `TransformStream` is the standard's.
pub(super) fn is_standard(js: &Lock<'_, '_>) -> bool {
    js.flag(Flag::TransformstreamEnableStandardConstructor)
        || js.flag(Flag::TypescriptImplementedStreams)
}

#[jsg::methods]
impl TransformStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        transformer: Option<Transformer<'s>>,
        writable_strategy: Option<QueuingStrategy<'s>>,
        readable_strategy: Option<QueuingStrategy<'s>>,
    ) -> Result<Self> {
        if !is_standard(js) {
            let custom =
                transformer.is_some() || writable_strategy.is_some() || readable_strategy.is_some();
            return Self::legacy(js, custom);
        }
        super::readable_api::require_constructors(js)?;
        let Transformer { object, members } = transformer.unwrap_or_default();
        for (name, kind) in [
            ("readableType", &members.readable_type),
            ("writableType", &members.writable_type),
        ] {
            if kind.is_some() {
                let text = format!("transformer.{name} must be undefined.");
                return Err(Error::type_error(text));
            }
        }
        let expected_length = members.expected_length;
        let start = members.start.map(|start| (start, object));
        let algorithms = TransformAlgorithms::guest(js, object, &members);
        let readable = readable_strategy.unwrap_or_else(QueuingStrategy::none);
        let strategies = [writable_strategy.unwrap_or_default(), readable];
        let stream = Self::set_up(js, algorithms, start, strategies)?;
        let readable = stream.readable.get(js);
        readable.get().set_expected_length(expected_length);
        Ok(stream)
    }

    #[jsg(getter)]
    pub fn readable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ReadableStream> {
        self.readable.get(js)
    }

    #[jsg(getter)]
    pub fn writable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, WritableStream> {
        self.writable.get(js)
    }
}

/// The strategy of the streams of bytes.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "QueuingStrategy")]
pub struct ByteStrategy {
    high_water_mark: Option<HighWaterMark>,
}

impl ByteStrategy {
    fn mark(self) -> Option<u64> {
        self.high_water_mark.map(|mark| mark.0 as u64)
    }
}

/// Passes bytes on as they are.
#[jsg::class(extends = TransformStream)]
pub struct IdentityTransformStream {
    parent: TransformStream,
}

#[jsg::methods]
impl IdentityTransformStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>, strategy: Option<ByteStrategy>) -> Result<Self> {
        let mark = strategy.unwrap_or_default().mark();
        Ok(Self {
            parent: TransformStream::identity(js, None, mark)?,
        })
    }

    #[jsg(prototype_getter, flag = TypescriptImplementedStreams)]
    fn readable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ReadableStream> {
        self.parent.readable(js)
    }

    #[jsg(prototype_getter, flag = TypescriptImplementedStreams)]
    fn writable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, WritableStream> {
        self.parent.writable(js)
    }
}

/// Passes on as many bytes as were announced.
#[jsg::class(extends = IdentityTransformStream)]
pub struct FixedLengthStream {
    parent: IdentityTransformStream,
}

#[jsg::methods]
impl FixedLengthStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(
        js: &mut Lock<'_, '_>,
        expected_length: u64,
        strategy: Option<ByteStrategy>,
    ) -> Result<Self> {
        if expected_length >= 1 << 53 {
            return Err(Error::type_error(
                "FixedLengthStream requires an integer expected length less than 2^53.",
            ));
        }
        let mark = strategy.unwrap_or_default().mark();
        let mark = mark.map(|mark| mark.min(expected_length));
        let parent = TransformStream::identity(js, Some(expected_length), mark)?;
        Ok(Self {
            parent: IdentityTransformStream { parent },
        })
    }
}
