//! What `node:buffer` needs from Rust: encodings, comparison, search. The module
//! `node-internal:buffer_natives`, declared in `ts/internal/buffer_natives.d.ts`.
//!
//! Arguments are checked by the TypeScript above; what is wrong all the same counts as empty or zero.

mod encoding;
mod search;

pub use encoding::{Encoding, bytes};

use jsg::convert::{ByteView, encode_utf8, uint8_array};
use jsg::js::{Boolean, Integer, Local, Number, String as JsString, Uint8Array, Value};
use jsg::modules::{Exports, NativeFunction};
use jsg::promise::Args;
use jsg::{Error, FromJs, Lock, Result};

type Outcome<'s> = Result<Local<'s, Value>>;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, FUNCTIONS);
    Ok(())
}

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "byteLengthUtf8",
        body: byte_length_utf8,
    },
    NativeFunction {
        name: "encode",
        body: encode,
    },
    NativeFunction {
        name: "writeString",
        body: write_string,
    },
    NativeFunction {
        name: "decode",
        body: decode,
    },
    NativeFunction {
        name: "compare",
        body: compare,
    },
    NativeFunction {
        name: "fillWith",
        body: fill_with,
    },
    NativeFunction {
        name: "indexOfBytes",
        body: index_of_bytes,
    },
    NativeFunction {
        name: "swap",
        body: swap,
    },
    NativeFunction {
        name: "isAscii",
        body: |js, args| {
            let ascii = bytes(js, args.get(0))?.is_ascii();
            Ok(Boolean::new(js, ascii).into())
        },
    },
    NativeFunction {
        name: "isUtf8",
        body: |js, args| {
            let valid = std::str::from_utf8(&bytes(js, args.get(0))?).is_ok();
            Ok(Boolean::new(js, valid).into())
        },
    },
    NativeFunction {
        name: "transcode",
        body: transcode,
    },
];

fn string<'s>(value: Local<'s, Value>) -> Result<Local<'s, JsString>> {
    Local::<JsString>::try_from(value).map_err(|_| Error::type_error("not a string"))
}

fn view<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<ByteView<'s>> {
    ByteView::try_from_js(js, value)?.ok_or_else(|| Error::type_error("not a buffer"))
}

/// A number that our own modules give as an offset or a length.
fn offset(js: &Lock<'_, '_>, value: Local<'_, Value>) -> usize {
    // The cast saturates, and takes NaN to 0.
    value.number_value(js).unwrap_or(0.0) as usize
}

fn number<'s>(js: &Lock<'s, '_>, value: usize) -> Local<'s, Value> {
    Number::new(js, value as f64).into()
}

fn byte_length_utf8<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let length = string(args.get(0))?.utf8_length(js);
    Ok(number(js, length))
}

fn encode<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let text = string(args.get(0))?;
    let array: Local<'s, Uint8Array> = match Encoding::of(js, args.get(1)) {
        Encoding::Utf8 => encode_utf8(js, text)?,
        encoding => {
            let bytes = encoding.encode(js, text);
            uint8_array(js, &bytes)?
        }
    };
    Ok(array.into())
}

/// `writeString(target, text, offset, length, encoding)`: bytes written.
fn write_string<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let target = view(js, args.get(0))?;
    let text = string(args.get(1))?;
    let (from, length) = (offset(js, args.get(2)), offset(js, args.get(3)));
    let encoding = Encoding::of(js, args.get(4));
    let bytes = encoding.encode(js, text);
    let written = target.with_bytes_mut(js, |target| {
        let from = from.min(target.len());
        let room = length.min(target.len() - from);
        let count = encoding.whole(&bytes, room);
        target[from..from + count].copy_from_slice(&bytes[..count]);
        count
    });
    Ok(number(js, written))
}

/// `decode(source, start, end, encoding)`: a string.
fn decode<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let source = view(js, args.get(0))?;
    let (start, end) = (offset(js, args.get(1)), offset(js, args.get(2)));
    let encoding = Encoding::of(js, args.get(3));
    let part = source.with_bytes(js, |bytes| {
        let end = end.min(bytes.len());
        bytes[start.min(end)..end].to_vec()
    });
    Ok(encoding.decode(js, &part)?.into())
}

fn compare<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (left, right) = (bytes(js, args.get(0))?, bytes(js, args.get(1))?);
    Ok(Integer::new(js, left.cmp(&right) as i32).into())
}

/// `fillWith(target, pattern, start, end)`: repeats the pattern, which is not empty.
fn fill_with<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let target = view(js, args.get(0))?;
    let pattern = bytes(js, args.get(1))?;
    let (start, end) = (offset(js, args.get(2)), offset(js, args.get(3)));
    if !pattern.is_empty() {
        target.with_bytes_mut(js, |target| {
            let end = end.min(target.len());
            for chunk in target[start.min(end)..end].chunks_mut(pattern.len()) {
                chunk.copy_from_slice(&pattern[..chunk.len()]);
            }
        });
    }
    Ok(args.get(0))
}

/// `indexOfBytes(haystack, needle, offset, forward, step)`: -1 when there is none.
fn index_of_bytes<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let haystack = view(js, args.get(0))?;
    let needle = bytes(js, args.get(1))?;
    let from = args.get(2).number_value(js).unwrap_or(0.0);
    let forward = args.get(3).is_true();
    let step = offset(js, args.get(4)).max(1);
    let found = haystack.with_bytes(js, |haystack| {
        search::find(haystack, &needle, from, forward, step)
    });
    Ok(Number::new(js, found.map_or(-1.0, |index| index as f64)).into())
}

/// `swap(target, size)`: reverses the bytes of each element.
fn swap<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let target = view(js, args.get(0))?;
    let size = offset(js, args.get(1)).max(1);
    target.with_bytes_mut(js, |bytes| {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(args.get(0))
}

/// `transcode(source, from, to)`: characters that the target lacks become `?`.
fn transcode<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let source = bytes(js, args.get(0))?;
    let (from, to) = (Encoding::of(js, args.get(1)), Encoding::of(js, args.get(2)));
    let text = match from {
        Encoding::Utf16le => {
            let (units, _) = source.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
            String::from_utf16_lossy(&units)
        }
        Encoding::Latin1 => source.iter().map(|byte| char::from(*byte)).collect(),
        Encoding::Ascii => source
            .iter()
            .map(|byte| match byte.is_ascii() {
                true => char::from(*byte),
                false => char::REPLACEMENT_CHARACTER,
            })
            .collect(),
        _ => String::from_utf8_lossy(&source).into_owned(),
    };
    let limit = if to == Encoding::Ascii { 0x80 } else { 0x100 };
    let bytes: Vec<u8> = match to {
        Encoding::Utf16le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Ascii | Encoding::Latin1 => text
            .chars()
            .map(|character| match u32::from(character) {
                code if code < limit => code as u8,
                _ => b'?',
            })
            .collect(),
        _ => text.into_bytes(),
    };
    Ok(uint8_array(js, &bytes)?.into())
}
