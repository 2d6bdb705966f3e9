//! One interface to all formats: bytes in, at most a buffer full of bytes out.

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct,
};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The formats of DEFLATE (RFC 1950 to 1952).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Deflate,
    DeflateRaw,
    Gzip,
}

/// Bits of DEFLATE's largest window.
const WINDOW: u8 = 15;

/// The level of DEFLATE encoders: zlib-rs looks for matches at this level as zlib does at its default
/// of 6, and takes the first it finds below.
const LEVEL: u32 = 7;

/// What Brotli encoders trade for speed: bodies are coded while a client waits.
const BROTLI_QUALITY: u32 = 5;
const BROTLI_WINDOW: u32 = 19;

/// An encoder or a decoder.
pub enum Codec {
    Deflate(Compress),
    Inflate(Decompress),
    BrotliEncode(Box<BrotliEncoderStateStruct<StandardAlloc>>),
    BrotliDecode(Box<BrotliDecoder>),
}

/// The state of a Brotli decoder.
pub type BrotliDecoder = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Bytes taken from the input.
    pub consumed: usize,
    /// Bytes written to the output.
    pub produced: usize,
    /// Whether the stream is complete: nothing more can come.
    pub ended: bool,
}

/// The input is not of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// One step of a Brotli decoder, and how the decoder sees it.
pub fn unbrotli(
    decoder: &mut BrotliDecoder,
    input: &[u8],
    output: &mut [u8],
) -> (Step, BrotliResult) {
    let (mut consumed, mut produced) = (0, 0);
    let (mut left, mut room) = (input.len(), output.len());
    let result = BrotliDecompressStream(
        &mut left,
        &mut consumed,
        input,
        &mut room,
        &mut produced,
        output,
        &mut 0,
        decoder,
    );
    let step = Step {
        consumed,
        produced,
        ended: matches!(result, BrotliResult::ResultSuccess),
    };
    (step, result)
}

impl Codec {
    pub fn compress(format: Format) -> Self {
        let level = Compression::new(LEVEL);
        Self::Deflate(match format {
            Format::Deflate => Compress::new(level, true),
            Format::DeflateRaw => Compress::new(level, false),
            Format::Gzip => Compress::new_gzip(level, WINDOW),
        })
    }

    pub fn decompress(format: Format) -> Self {
        Self::Inflate(match format {
            Format::Deflate => Decompress::new(true),
            Format::DeflateRaw => Decompress::new(false),
            Format::Gzip => Decompress::new_gzip(WINDOW),
        })
    }

    pub fn brotli_encode() -> Self {
        let mut encoder = BrotliEncoderStateStruct::new(StandardAlloc::default());
        let quality = BrotliEncoderParameter::BROTLI_PARAM_QUALITY;
        encoder.set_parameter(quality, BROTLI_QUALITY);
        encoder.set_parameter(BrotliEncoderParameter::BROTLI_PARAM_LGWIN, BROTLI_WINDOW);
        Self::BrotliEncode(Box::new(encoder))
    }

    pub fn brotli_decode() -> Self {
        let new = StandardAlloc::default;
        Self::BrotliDecode(Box::new(BrotliState::new(new(), new(), new())))
    }

    /// Works until the input is used up or the output is full. `last` says that no input follows this
    /// one; the caller repeats the step with what is left until it makes no progress or has ended.
    ///
    /// # Errors
    /// When the input is not of the format.
    pub fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, Broken> {
        match self {
            Self::Deflate(deflate) => {
                let flush = if last {
                    FlushCompress::Finish
                } else {
                    FlushCompress::None
                };
                let before = (deflate.total_in(), deflate.total_out());
                let status = deflate.compress(input, output, flush);
                let after = (deflate.total_in(), deflate.total_out());
                progress(before, after, status.map_err(|_| Broken)?)
            }
            Self::Inflate(inflate) => {
                let flush = if last {
                    FlushDecompress::Finish
                } else {
                    FlushDecompress::None
                };
                let before = (inflate.total_in(), inflate.total_out());
                let status = inflate.decompress(input, output, flush);
                let after = (inflate.total_in(), inflate.total_out());
                progress(before, after, status.map_err(|_| Broken)?)
            }
            Self::BrotliEncode(encoder) => {
                let operation = if last {
                    BrotliEncoderOperation::BROTLI_OPERATION_FINISH
                } else {
                    BrotliEncoderOperation::BROTLI_OPERATION_PROCESS
                };
                let (mut consumed, mut produced) = (0, 0);
                let (mut left, mut room) = (input.len(), output.len());
                let good = encoder.compress_stream(
                    operation,
                    &mut left,
                    input,
                    &mut consumed,
                    &mut room,
                    output,
                    &mut produced,
                    &mut None,
                    &mut |_, _, _, _| (),
                );
                let ended = encoder.is_finished();
                let step = Step {
                    consumed,
                    produced,
                    ended,
                };
                if good { Ok(step) } else { Err(Broken) }
            }
            Self::BrotliDecode(decoder) => {
                let (step, result) = unbrotli(decoder, input, output);
                if matches!(result, BrotliResult::ResultFailure) {
                    return Err(Broken);
                }
                Ok(step)
            }
        }
    }
}

fn progress(before: (u64, u64), after: (u64, u64), status: Status) -> Result<Step, Broken> {
    // Neither difference is larger than a slice.
    Ok(Step {
        consumed: (after.0 - before.0) as usize,
        produced: (after.1 - before.1) as usize,
        ended: status == Status::StreamEnd,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that a codec makes of the input, which comes in pieces of `piece` bytes.
    fn run(mut codec: Codec, input: &[u8], piece: usize) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::new();
        let mut buffer = [0; 7];
        let mut at = 0;
        loop {
            let end = (at + piece).min(input.len());
            let last = end == input.len();
            let step = codec.step(&input[at..end], last, &mut buffer)?;
            at += step.consumed;
            out.extend_from_slice(&buffer[..step.produced]);
            if step.ended {
                return Ok(out);
            }
            if step.consumed == 0 && step.produced == 0 {
                assert!(last, "no progress");
                return Err(Broken);
            }
        }
    }

    type Make = fn() -> Codec;

    fn pairs() -> Vec<(Make, Make)> {
        vec![
            (
                || Codec::compress(Format::Gzip),
                || Codec::decompress(Format::Gzip),
            ),
            (
                || Codec::compress(Format::Deflate),
                || Codec::decompress(Format::Deflate),
            ),
            (
                || Codec::compress(Format::DeflateRaw),
                || Codec::decompress(Format::DeflateRaw),
            ),
            (Codec::brotli_encode, Codec::brotli_decode),
        ]
    }

    #[test]
    fn what_was_coded_is_decoded() {
        let data: Vec<u8> = (0..10_000_u32)
            .map(|index| ((index * index) >> 5) as u8)
            .collect();
        for (encode, decode) in pairs() {
            for input in [&data[..], b"", b"x"] {
                let coded = run(encode(), input, 1000).unwrap();
                assert_eq!(run(decode(), &coded, 3).unwrap(), input);
            }
        }
    }

    #[test]
    fn half_a_stream_does_not_end() {
        for (encode, decode) in pairs() {
            let coded = run(encode(), b"some text that is coded", 100).unwrap();
            let half = &coded[..coded.len() - 3];
            assert_eq!(run(decode(), half, 100), Err(Broken));
        }
    }
}
