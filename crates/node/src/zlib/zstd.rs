//! Zstandard (RFC 8878).
//!
//! Tables of the highest levels are hundreds of megabytes, which do not count towards the guest's heap: a process has
//! few coders of that kind at once.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use zstd_safe::zstd_sys::{ZSTD_EndDirective as End_, ZSTD_strategy as Strategy};
use zstd_safe::{
    CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, get_error_name,
};

use super::{Coder, End, Failure, Step};

const FINISH: u32 = 2;

/// What a coder cannot be made with.
pub(crate) type Refusal = Cow<'static, str>;

/// Parameters and their values, in the numbers of the format's own library.
pub(crate) type Parameters = [(u32, i32)];

/// Levels and sizes of tables, as logarithms, from which on a coder is large.
const LARGE_LEVEL: i32 = 19;
const LARGE_LOG: i32 = 24;

/// The largest table that may be asked for, as a logarithm.
const LARGEST_LOG: i32 = 27;

/// How many large coders there may be.
const MOST_LARGE: usize = 4;

static LARGE: AtomicUsize = AtomicUsize::new(0);

/// The right to be large.
struct Permit;

impl Permit {
    fn take() -> Option<Self> {
        let taken = LARGE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count < MOST_LARGE).then_some(count + 1)
        });
        taken.is_ok().then_some(Self)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        LARGE.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Encoder {
    context: CCtx<'static>,
    _permit: Option<Permit>,
}

/// A compressor, which may be told the size of what is to come.
pub(crate) fn encoder(
    parameters: &Parameters,
    size: Option<u64>,
) -> Result<Box<dyn Coder>, Refusal> {
    let is_large = parameters.iter().any(|&(number, value)| match number {
        100 => value > LARGE_LEVEL,
        101..=103 | 161 => value > LARGE_LOG,
        _ => false,
    });
    let permit = if is_large {
        Some(Permit::take().ok_or(FAILED)?)
    } else {
        None
    };
    let mut context = CCtx::try_create().ok_or(FAILED)?;
    if size.is_some() {
        context
            .set_pledged_src_size(size)
            .map_err(|code| Refusal::from(get_error_name(code)))?;
    }
    for &(number, value) in parameters {
        if let Some(parameter) = encoding(number, value)? {
            context.set_parameter(parameter).map_err(refusal)?;
        }
    }
    Ok(Box::new(Encoder {
        context,
        _permit: permit,
    }))
}

const FAILED: &str = "Could not initialize Zstd instance";
const OUT_OF_BOUND: &str = "Setting parameter failed: Parameter is out of bound";

fn refusal(code: usize) -> Refusal {
    format!("Setting parameter failed: {}", get_error_name(code)).into()
}

/// A parameter of a compressor, or none where nothing has to be set.
fn encoding(number: u32, value: i32) -> Result<Option<CParameter>, Refusal> {
    use CParameter as P;
    // Frames of a smaller window are good for all who would read those of a larger one.
    let log = match value {
        28..=31 => LARGEST_LOG as u32,
        value => value as u32,
    };
    let is = value != 0;
    // What is negative is out of bound as a large number, too.
    let count = value as u32;
    Ok(Some(match number {
        100 => P::CompressionLevel(value),
        101 => P::WindowLog(log),
        102 => P::HashLog(log),
        103 => P::ChainLog(log),
        104 => P::SearchLog(count),
        105 => P::MinMatch(count),
        106 => P::TargetLength(count),
        107 if value == 0 => return Ok(None),
        107 => P::Strategy(strategy(value).ok_or(OUT_OF_BOUND)?),
        160 => P::EnableLongDistanceMatching(is),
        161 => P::LdmHashLog(log),
        162 => P::LdmMinMatch(count),
        163 => P::LdmBucketSizeLog(count),
        164 => P::LdmHashRateLog(count),
        200 => P::ContentSizeFlag(is),
        201 => P::ChecksumFlag(is),
        202 => P::DictIdFlag(is),
        // Of threads, of which there is one.
        400..=402 => return Ok(None),
        _ => return Err(format!("Unsupported Zstd compression parameter: {number}").into()),
    }))
}

fn strategy(value: i32) -> Option<Strategy> {
    use Strategy as S;
    Some(match value {
        1 => S::ZSTD_fast,
        2 => S::ZSTD_dfast,
        3 => S::ZSTD_greedy,
        4 => S::ZSTD_lazy,
        5 => S::ZSTD_lazy2,
        6 => S::ZSTD_btlazy2,
        7 => S::ZSTD_btopt,
        8 => S::ZSTD_btultra,
        9 => S::ZSTD_btultra2,
        _ => return None,
    })
}

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        let directive = match flush {
            0 => End_::ZSTD_e_continue,
            1 => End_::ZSTD_e_flush,
            _ => End_::ZSTD_e_end,
        };
        let room = output.len();
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(output);
        let result = self
            .context
            .compress_stream2(&mut output, &mut input, directive);
        let end = match result {
            Err(code) => End::Failed(Failure {
                message: format!("Zstd compression failed: {}", get_error_name(code)).into(),
                code: "ERR_ZSTD_COMPRESSION_FAILED".into(),
                number: -1,
            }),
            Ok(0) if flush >= FINISH => End::Finished,
            Ok(left) if left > 0 && flush >= FINISH && output.pos() < room => {
                Failure::end("Unexpected end of file", "Z_BUF_ERROR", -5)
            }
            Ok(_) => End::Open,
        };
        Step {
            consumed: input.pos,
            produced: output.pos(),
            end,
        }
    }

    fn reset(&mut self) {
        // Nothing that can fail: the parameters stay.
        let _ = self.context.reset(ResetDirective::SessionOnly);
    }
}

struct Decoder {
    context: DCtx<'static>,
    /// Whether a frame has begun and not ended.
    is_within_frame: bool,
}

/// A decompressor.
pub(crate) fn decoder(parameters: &Parameters) -> Result<Box<dyn Coder>, Refusal> {
    let mut context = DCtx::try_create().ok_or(FAILED)?;
    for &(number, value) in parameters {
        if number != 100 {
            let text = format!("Unsupported Zstd decompression parameter: {number}");
            return Err(text.into());
        }
        let window = DParameter::WindowLogMax(match value {
            // Frames of a larger window are refused as they come.
            28..=31 => LARGEST_LOG as u32,
            value => value as u32,
        });
        context.set_parameter(window).map_err(refusal)?;
    }
    Ok(Box::new(Decoder {
        context,
        is_within_frame: false,
    }))
}

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        const CODE: &str = "ERR_ZSTD_DECOMPRESSION_FAILED";
        let (room, has_input) = (output.len(), !input.is_empty());
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(output);
        let result = self.context.decompress_stream(&mut output, &mut input);
        if let Ok(left) = result
            && has_input
        {
            self.is_within_frame = left > 0;
        }
        let end = match result {
            Err(code) => End::Failed(Failure {
                message: format!("Zstd decompression failed: {}", get_error_name(code)).into(),
                code: CODE.into(),
                number: -1,
            }),
            Ok(0) => End::Finished,
            Ok(_) if flush >= FINISH && self.is_within_frame && output.pos() < room => {
                Failure::end("unexpected end of file", CODE, -1)
            }
            Ok(_) => End::Open,
        };
        Step {
            consumed: input.pos,
            produced: output.pos(),
            end,
        }
    }

    fn reset(&mut self) {
        let _ = self.context.reset(ResetDirective::SessionOnly);
        self.is_within_frame = false;
    }
}
