//! `TextEncoderStream` and `TextDecoderStream` (Encoding §7.5, §7.6).

use std::cell::Cell;
use std::rc::Rc;

use jsg::convert::{ByteView, encode_utf8, two_byte_string};
use jsg::js::{Local, String as JsString, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Ref, Result, Untraced};

use super::source::QueuingStrategy;
use super::transform::{TransformStream, is_standard};
use super::transform_controller::{TransformAlgorithms, TransformStreamDefaultController};
use crate::encoding::TextDecoder;

/// A transformer of ours.
#[derive(jsg::Trace)]
pub enum TextTransform {
    /// With the leading surrogate at the end of the last chunk; a number.
    Encoder(Untraced<Pending>),
    Decoder(Ref<TextDecoder>),
}

type Pending = Rc<Cell<Option<u16>>>;

/// The same on the stack.
pub(super) enum TextStep<'s> {
    Encoder(Pending),
    Decoder(Handle<'s, TextDecoder>),
}

impl TextTransform {
    pub(super) fn step<'s>(&self, js: &Lock<'s, '_>) -> TextStep<'s> {
        match self {
            Self::Encoder(pending) => TextStep::Encoder(Rc::clone(pending)),
            Self::Decoder(decoder) => TextStep::Decoder(decoder.get(js)),
        }
    }

    /// A stream around it.
    fn stream(self, js: &mut Lock<'_, '_>) -> Result<TransformStream> {
        if !is_standard(js) {
            return TransformStream::legacy(js, true);
        }
        let readable = if js.flag(Flag::EncoderStreamSpecCompliantBackpressure) {
            QueuingStrategy::none()
        } else {
            QueuingStrategy::default()
        };
        let strategies = [QueuingStrategy::default(), readable];
        TransformStream::set_up(js, TransformAlgorithms::Text(self), None, strategies)
    }
}

impl<'s> TextStep<'s> {
    pub(super) fn transform(
        self,
        js: &mut Lock<'s, '_>,
        controller: Handle<'s, TransformStreamDefaultController>,
        chunk: Local<'s, Value>,
    ) -> Result<()> {
        let result: Local<'_, Value> = match self {
            Self::Encoder(pending) => {
                let text = chunk.to_string(js).ok_or(Error::Pending)?;
                match complete(js, &pending, text)? {
                    Some(text) => encode_utf8(js, text)?.into(),
                    None => return Ok(()),
                }
            }
            Self::Decoder(decoder) => {
                if !chunk.is_array_buffer() && !chunk.is_array_buffer_view() {
                    return Err(Error::type_error(
                        "This TransformStream is being used as a byte stream, but received a value that is not a \
                         BufferSource.",
                    ));
                }
                let bytes = ByteView::from_js(js, chunk)?;
                let text = decoder.get().decode_part(js, Some(bytes), false)?;
                if text.length() == 0 {
                    return Ok(());
                }
                text.into()
            }
        };
        TransformStreamDefaultController::enqueue_chunk(js, controller, result)
    }

    pub(super) fn flush(
        self,
        js: &mut Lock<'s, '_>,
        controller: Handle<'s, TransformStreamDefaultController>,
    ) -> Result<()> {
        let result: Local<'_, Value> = match self {
            Self::Encoder(pending) => {
                let Some(lead) = pending.take() else {
                    return Ok(());
                };
                let text = two_byte_string(js, &[lead])?;
                encode_utf8(js, text)?.into()
            }
            Self::Decoder(decoder) => {
                let text = decoder.get().decode_part(js, None, true)?;
                if text.length() == 0 {
                    return Ok(());
                }
                text.into()
            }
        };
        TransformStreamDefaultController::enqueue_chunk(js, controller, result)
    }
}

/// The text to encode now: with the surrogate that the last chunk has left, and without the one that this
/// chunk leaves (Encoding §7.5, "encode and enqueue a chunk"). None if there is nothing.
fn complete<'s>(
    js: &mut Lock<'s, '_>,
    pending: &Pending,
    text: Local<'s, JsString>,
) -> Result<Option<Local<'s, JsString>>> {
    let length = text.length();
    if length == 0 {
        return Ok(None);
    }
    let mut last = [0];
    text.write_v2(js, length as u32 - 1, &mut last, Default::default());
    let before = pending.take();
    let leads = (0xd800..0xdc00).contains(&last[0]);
    if before.is_none() && !leads {
        return Ok(Some(text));
    }
    let mut units = vec![0; length];
    text.write_v2(js, 0, &mut units, Default::default());
    if leads {
        pending.set(units.pop());
    }
    if let Some(before) = before {
        units.insert(0, before);
    }
    if units.is_empty() {
        return Ok(None);
    }
    two_byte_string(js, &units).map(Some)
}

/// Makes UTF-8 of strings.
#[jsg::class(extends = TransformStream)]
pub struct TextEncoderStream {
    parent: TransformStream,
}

#[jsg::methods]
impl TextEncoderStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>) -> Result<Self> {
        let parent = TextTransform::Encoder(Untraced(Rc::default())).stream(js)?;
        Ok(Self { parent })
    }

    #[jsg(prototype_getter)]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }
}

/// Makes strings of bytes.
#[jsg::class(extends = TransformStream)]
pub struct TextDecoderStream {
    decoder: Ref<TextDecoder>,
    parent: TransformStream,
}

/// The second argument of its constructor.
#[derive(Default, jsg::Dictionary)]
pub struct TextDecoderStreamInit {
    fatal: Option<bool>,
    #[jsg(name = "ignoreBOM")]
    ignore_bom: Option<bool>,
}

#[jsg::methods]
impl TextDecoderStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(
        js: &mut Lock<'_, '_>,
        label: Option<String>,
        options: Option<TextDecoderStreamInit>,
    ) -> Result<Self> {
        // Without options a decoder's own default holds, which is lenient.
        let (fatal, ignore_bom) = match options {
            None => (false, false),
            Some(options) => (
                options.fatal.unwrap_or(!js.flag(Flag::PedanticWpt)),
                options.ignore_bom.unwrap_or(false),
            ),
        };
        let decoder = TextDecoder::of(label.as_deref(), fatal, ignore_bom)?;
        let decoder = Handle::new(js, decoder);
        let parent = TextTransform::Decoder(Ref::new(js, decoder)).stream(js)?;
        Ok(Self {
            decoder: Ref::new(js, decoder),
            parent,
        })
    }

    #[jsg(prototype_getter)]
    fn encoding(&self, js: &mut Lock<'_, '_>) -> String {
        self.decoder.get(js).get().encoding_name()
    }

    #[jsg(prototype_getter)]
    fn fatal(&self, js: &mut Lock<'_, '_>) -> bool {
        self.decoder.get(js).get().is_fatal()
    }

    #[jsg(prototype_getter, name = "ignoreBOM")]
    fn ignore_bom(&self, js: &mut Lock<'_, '_>) -> bool {
        self.decoder.get(js).get().ignores_bom()
    }
}
