//! What `node:zlib` needs from Rust: one coder at a time, in steps. The module
//! `node-internal:zlib_natives`, declared in `ts/internal/zlib_natives.d.ts`.
//!
//! Options are checked by the TypeScript above. Bytes that JavaScript can change or resize are only looked at during a
//! step, and what a step makes is a new array.

mod brotli;
mod deflate;
mod zstd;

use std::borrow::Cow;
use std::cell::RefCell;

use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Number, Uint8Array, Value};
use jsg::modules::{Exports, NativeFunction};
use jsg::promise::Args;
use jsg::{Error, FromJs, Handle, Lock, Result, Untraced};

type Outcome<'s> = Result<Local<'s, Value>>;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, FUNCTIONS);
    Ok(())
}

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "openZlib",
        body: open_zlib,
    },
    NativeFunction {
        name: "openBrotli",
        body: open_brotli,
    },
    NativeFunction {
        name: "openZstd",
        body: open_zstd,
    },
    NativeFunction {
        name: "crc32",
        body: |js, args| {
            let data = view(js, args.get(0))?;
            let start = args.get(1).number_value(js).unwrap_or(0.0) as u32;
            let sum = data.with_bytes(js, |bytes| zlib_rs::crc32::crc32(start, bytes));
            Ok(Number::new(js, f64::from(sum)).into())
        },
    },
];

/// How a step went.
pub(crate) struct Step {
    pub consumed: usize,
    pub produced: usize,
    pub end: End,
}

/// Where a step stopped.
pub(crate) enum End {
    /// It goes on with more input or room.
    Open,
    /// All is done; further input is not of this stream.
    Finished,
    Failed(Failure),
}

/// What Node says of an input that cannot be coded.
pub(crate) struct Failure {
    pub message: Cow<'static, str>,
    pub code: Cow<'static, str>,
    pub number: i32,
}

impl Failure {
    pub fn end(message: &'static str, code: &'static str, number: i32) -> End {
        End::Failed(Self {
            message: message.into(),
            code: code.into(),
            number,
        })
    }
}

/// One interface to all formats.
pub(crate) trait Coder {
    /// Works until the input is used up or the output is full.
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step;

    /// Starts another stream with the same options.
    fn reset(&mut self);

    /// Changes how what follows is compressed.
    fn set_level(&mut self, _level: i32) {}
}

/// A coder, and how its last step went.
#[jsg::class(name = "ZlibStream")]
pub struct ZlibStream {
    // It holds no handles.
    coder: Untraced<RefCell<Option<Box<dyn Coder>>>>,
    last: Untraced<RefCell<Option<Step>>>,
}

impl ZlibStream {
    fn open<'s>(js: &mut Lock<'s, '_>, coder: Box<dyn Coder>) -> Local<'s, Value> {
        let stream = Self {
            coder: Untraced(RefCell::new(Some(coder))),
            last: Untraced(RefCell::new(None)),
        };
        Handle::new(js, stream).object().into()
    }

    fn failure<T>(&self, read: impl FnOnce(&Failure) -> T) -> Option<T> {
        match &self.last.0.borrow().as_ref()?.end {
            End::Failed(failure) => Some(read(failure)),
            _ => None,
        }
    }
}

#[jsg::methods]
impl ZlibStream {
    /// Codes some of `input` into at most `room` bytes, which it returns.
    #[jsg(method)]
    fn step<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        input: ByteView<'s>,
        flush: u32,
        room: u32,
    ) -> Result<Local<'s, Uint8Array>> {
        let mut output = vec![0; room as usize];
        let mut coder = self.coder.0.borrow_mut();
        let coder = coder
            .as_mut()
            .ok_or_else(|| Error::error("zlib binding closed"))?;
        let step = input.with_bytes(js, |bytes| coder.step(bytes, flush, &mut output));
        let made = uint8_array(js, &output[..step.produced])?;
        self.last.0.replace(Some(step));
        Ok(made)
    }

    /// Lets the coder go, whose tables may be large.
    #[jsg(method)]
    fn close(&self) {
        self.coder.0.take();
    }

    #[jsg(method)]
    fn reset(&self) {
        if let Some(coder) = &mut *self.coder.0.borrow_mut() {
            coder.reset();
        }
    }

    #[jsg(method)]
    fn set_level(&self, level: i32) {
        if let Some(coder) = &mut *self.coder.0.borrow_mut() {
            coder.set_level(level);
        }
    }

    /// Bytes of input that the last step has used.
    #[jsg(prototype_getter)]
    fn consumed(&self) -> f64 {
        let last = self.last.0.borrow();
        last.as_ref().map_or(0.0, |step| step.consumed as f64)
    }

    #[jsg(prototype_getter)]
    fn finished(&self) -> bool {
        let last = self.last.0.borrow();
        last.as_ref()
            .is_some_and(|step| matches!(step.end, End::Finished))
    }

    /// What went wrong in the last step.
    #[jsg(prototype_getter)]
    fn message(&self) -> Option<String> {
        self.failure(|failure| failure.message.to_string())
    }

    #[jsg(prototype_getter)]
    fn code(&self) -> Option<String> {
        self.failure(|failure| failure.code.to_string())
    }

    #[jsg(prototype_getter)]
    fn number(&self) -> i32 {
        self.failure(|failure| failure.number).unwrap_or(0)
    }
}

fn view<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<ByteView<'s>> {
    ByteView::try_from_js(js, value)?.ok_or_else(|| Error::type_error("not a buffer"))
}

fn integer(js: &Lock<'_, '_>, value: Local<'_, Value>) -> i32 {
    value.int32_value(js).unwrap_or(0)
}

/// `openZlib(mode, level, windowBits, memLevel, strategy, dictionary)`.
fn open_zlib<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let dictionary = view(js, args.get(5))?.with_bytes(js, <[u8]>::to_vec);
    let settings = deflate::Settings {
        mode: deflate::Mode::of(integer(js, args.get(0)))
            .ok_or_else(|| Error::error("Invalid zlib mode"))?,
        level: integer(js, args.get(1)),
        window_bits: integer(js, args.get(2)),
        mem_level: integer(js, args.get(3)),
        strategy: integer(js, args.get(4)),
        dictionary,
    };
    let coder = deflate::open(settings);
    Ok(ZlibStream::open(js, coder))
}

/// `openBrotli(encode, parameters)`, where parameters alternate with their values; undefined if one is wrong.
fn open_brotli<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let parameters = Vec::<u32>::try_from_js(js, args.get(1))?.unwrap_or_default();
    let parameters = parameters
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect();
    let coder = if args.get(0).is_true() {
        brotli::encoder(parameters)
    } else {
        Some(brotli::decoder())
    };
    Ok(match coder {
        Some(coder) => ZlibStream::open(js, coder),
        None => jsg::js::undefined(js).into(),
    })
}

/// `openZstd(encode, parameters, size)`, as [`open_brotli`]; the text of what is wrong.
fn open_zstd<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let parameters = Vec::<i32>::try_from_js(js, args.get(1))?.unwrap_or_default();
    let parameters: Vec<_> = parameters
        .chunks_exact(2)
        .map(|pair| (pair[0] as u32, pair[1]))
        .collect();
    let size = Some(args.get(2))
        .filter(|size| !size.is_undefined())
        .map(|size| size.number_value(js).unwrap_or(0.0) as u64);
    let coder = if args.get(0).is_true() {
        zstd::encoder(&parameters, size)
    } else {
        zstd::decoder(&parameters)
    };
    Ok(match coder {
        Ok(coder) => ZlibStream::open(js, coder),
        Err(text) => jsg::string(js, &text).into(),
    })
}

#[cfg(test)]
mod tests;
