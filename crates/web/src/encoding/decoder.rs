//! `TextDecoder` (Encoding §7.2). Whole UTF-8 goes to V8's own decoder in one step; everything else,
//! and streams, through `encoding_rs`.

use std::cell::RefCell;

use encoding_rs::{Decoder, DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16LE};
use jsg::convert::{ByteView, too_long, two_byte_string};
use jsg::js::{Local, String as JsString, Value};
use jsg::{Error, Flag, FromJs, Lock, LockExt, Result, Untraced};

/// Makes text of bytes in one of the standard's encodings.
#[jsg::class]
pub struct TextDecoder {
    encoding: Untraced<&'static Encoding>,
    fatal: bool,
    ignore_bom: bool,
    /// What a stream has in progress; none between streams. Plain data.
    stream: Untraced<RefCell<Option<Decoder>>>,
}

/// A dictionary that null does not convert to, in the words of the real workerd.
macro_rules! options {
    ($name:ident, $shown:literal, $mangled:literal, $($field:ident = $js_name:literal),+) => {
        #[derive(Default)]
        pub struct $name { $($field: bool),+ }

        impl<'s> FromJs<'s> for $name {
            fn type_name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            }

            fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
                if value.is_null() {
                    return Err(Error::type_error(concat!(
                        "Cannot initialize ", $mangled,
                        " with required members from an undefined or null value."
                    )));
                }
                let Ok(object) = Local::<jsg::js::Object>::try_from(value) else {
                    return Ok(None);
                };
                Ok(Some(Self {
                    $($field: {
                        static KEY: jsg::Name = jsg::Name::new($js_name);
                        jsg::convert::field::<Option<bool>>(js, object, &KEY, $shown)?.unwrap_or(false)
                    }),+
                }))
            }

            fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
                value.is_object()
            }
        }
    };
}

options!(
    ConstructorOptions,
    "ConstructorOptions",
    "N7workerd3api11TextDecoder18ConstructorOptionsE",
    fatal = "fatal",
    ignore_bom = "ignoreBOM"
);
options!(
    DecodeOptions,
    "DecodeOptions",
    "N7workerd3api11TextDecoder13DecodeOptionsE",
    stream = "stream"
);

/// What a decoder has made.
enum Decoded {
    Text(String),
    Units(Vec<u16>),
    Malformed,
}

impl TextDecoder {
    fn fresh(&self) -> Decoder {
        if self.ignore_bom {
            self.encoding.new_decoder_without_bom_handling()
        } else {
            self.encoding.new_decoder_with_bom_removal()
        }
    }

    /// Decodes the next bytes of a stream, or the last ones.
    fn push(&self, bytes: &[u8], flush: bool) -> Decoded {
        let mut stream = self.stream.borrow_mut();
        if bytes.is_empty() && !flush {
            return Decoded::Text(String::new());
        }
        let decoder = stream.get_or_insert_with(|| self.fresh());
        let text = if self.fatal {
            decode_strictly(decoder, bytes, flush)
        } else {
            Some(decode_leniently(decoder, bytes, flush))
        };
        if flush || text.is_none() {
            *stream = None;
        }
        text.map_or(Decoded::Malformed, Decoded::Text)
    }

    /// UTF-16 as it was before lone surrogates were looked at: whole units pass as they are. `None`
    /// when that is not so simple.
    fn raw_units(&self, bytes: &[u8], flush: bool) -> Option<Vec<u16>> {
        let (units, rest) = bytes.as_chunks::<2>();
        let mut units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        let last = units.last()?;
        let leads = (0xd800..0xdc00).contains(last);
        if !rest.is_empty() || (leads && !flush) {
            return None;
        }
        if !self.ignore_bom && units.first() == Some(&0xfeff) {
            units.remove(0);
        }
        Some(units)
    }
}

/// `None` at the first malformed sequence.
fn decode_strictly(decoder: &mut Decoder, bytes: &[u8], flush: bool) -> Option<String> {
    let capacity = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(capacity);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, flush);
    (result == DecoderResult::InputEmpty).then_some(text)
}

fn decode_leniently(decoder: &mut Decoder, bytes: &[u8], flush: bool) -> String {
    let capacity = decoder.max_utf8_buffer_length(bytes.len());
    let mut text = String::with_capacity(capacity.unwrap_or(bytes.len()));
    let mut rest = bytes;
    loop {
        let (result, read, _) = decoder.decode_to_string(rest, &mut text, flush);
        rest = &rest[read..];
        if result == encoding_rs::CoderResult::InputEmpty {
            return text;
        }
        text.reserve(rest.len().max(16) * 3);
    }
}

#[cold]
fn unknown(label: &str) -> Error {
    Error::range_error(format!("\"{label}\" is not a valid encoding."))
}

#[cold]
fn malformed() -> Error {
    Error::type_error("Failed to decode input.")
}

impl TextDecoder {
    /// A decoder for a label; UTF-8 without one.
    pub(crate) fn of(label: Option<&str>, fatal: bool, ignore_bom: bool) -> Result<Self> {
        let encoding = match label {
            None => UTF_8,
            Some(label) => Encoding::for_label(label.as_bytes())
                .filter(|encoding| *encoding != REPLACEMENT)
                .ok_or_else(|| unknown(label))?,
        };
        Ok(Self {
            encoding: Untraced(encoding),
            fatal,
            ignore_bom,
            stream: Untraced(RefCell::new(None)),
        })
    }

    /// Decodes the next part of a stream, or its end.
    pub(crate) fn decode_part<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        part: Option<ByteView<'s>>,
        last: bool,
    ) -> Result<Local<'s, JsString>> {
        self.decode(js, part, Some(DecodeOptions { stream: !last }))
    }

    pub(crate) fn encoding_name(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal
    }

    pub(crate) fn ignores_bom(&self) -> bool {
        self.ignore_bom
    }
}

#[jsg::methods]
impl TextDecoder {
    #[jsg(constructor)]
    fn new(label: Option<String>, options: Option<ConstructorOptions>) -> Result<Self> {
        let options = options.unwrap_or_default();
        Self::of(label.as_deref(), options.fatal, options.ignore_bom)
    }

    #[jsg(method)]
    fn decode<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        input: Option<ByteView<'s>>,
        options: Option<DecodeOptions>,
    ) -> Result<Local<'s, JsString>> {
        let flush = !options.unwrap_or_default().stream;
        let at_start = self.stream.borrow().is_none();
        let Some(input) = input else {
            return finish(js, self.push(&[], flush));
        };
        if *self.encoding == UTF_8 && flush && at_start {
            let valid = !self.fatal
                || input.with_bytes(js, |bytes| Encoding::utf8_valid_up_to(bytes) == bytes.len());
            return match valid {
                true => input.utf8_string(js, !self.ignore_bom),
                false => Err(malformed()),
            };
        }
        let raw =
            *self.encoding == UTF_16LE && at_start && !js.flag(Flag::TextDecoderReplaceSurrogates);
        let decoded = input.with_bytes(js, |bytes| {
            raw.then(|| self.raw_units(bytes, flush))
                .flatten()
                .map_or_else(|| self.push(bytes, flush), Decoded::Units)
        });
        finish(js, decoded)
    }

    #[jsg(getter)]
    fn encoding(&self) -> String {
        self.encoding.name().to_ascii_lowercase()
    }

    #[jsg(getter)]
    fn fatal(&self) -> bool {
        self.fatal
    }

    #[jsg(getter, name = "ignoreBOM")]
    fn ignore_bom(&self) -> bool {
        self.ignore_bom
    }
}

fn finish<'s>(js: &mut Lock<'s, '_>, decoded: Decoded) -> Result<Local<'s, JsString>> {
    match decoded {
        Decoded::Text(text) => JsString::new(js, &text).ok_or_else(too_long),
        Decoded::Units(units) => two_byte_string(js, &units),
        Decoded::Malformed => Err(malformed()),
    }
}
