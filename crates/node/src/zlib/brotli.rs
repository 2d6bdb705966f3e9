//! Brotli (RFC 7932).

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct,
};
use brotli::{BrotliResult, BrotliState};
use web::compression::codec::{BrotliDecoder, unbrotli};

use super::{Coder, End, Failure, Step};

const FINISH: u32 = 2;

/// Parameters and their values, in the numbers of the format's own library.
type Parameters = Vec<(u32, u32)>;

struct Encoder {
    parameters: Parameters,
    state: Box<BrotliEncoderStateStruct<StandardAlloc>>,
}

/// Nothing if there is no parameter of a number.
pub fn encoder(parameters: Parameters) -> Option<Box<dyn Coder>> {
    let state = start(&parameters)?;
    Some(Box::new(Encoder { parameters, state }))
}

fn start(parameters: &[(u32, u32)]) -> Option<Box<BrotliEncoderStateStruct<StandardAlloc>>> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    for &(number, value) in parameters {
        let parameter = match number {
            // Yes or no.
            4 if value > 1 => return None,
            0 => BrotliEncoderParameter::BROTLI_PARAM_MODE,
            1 => BrotliEncoderParameter::BROTLI_PARAM_QUALITY,
            2 => BrotliEncoderParameter::BROTLI_PARAM_LGWIN,
            3 => BrotliEncoderParameter::BROTLI_PARAM_LGBLOCK,
            4 => BrotliEncoderParameter::BROTLI_PARAM_DISABLE_LITERAL_CONTEXT_MODELING,
            5 => BrotliEncoderParameter::BROTLI_PARAM_SIZE_HINT,
            6 => BrotliEncoderParameter::BROTLI_PARAM_LARGE_WINDOW,
            // Of a kind that this encoder chooses by itself.
            7 | 8 => continue,
            _ => return None,
        };
        state.set_parameter(parameter, value);
    }
    Some(Box::new(state))
}

impl Coder for Encoder {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        let operation = match flush {
            0 => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            1 => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            FINISH => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_EMIT_METADATA,
        };
        let (mut consumed, mut produced) = (0, 0);
        let (mut left, mut room) = (input.len(), output.len());
        let good = self.state.compress_stream(
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
        let end = if !good {
            Failure::end("Compression failed", "ERR_BROTLI_COMPRESSION_FAILED", -1)
        } else if self.state.is_finished() {
            End::Finished
        } else {
            End::Open
        };
        Step {
            consumed,
            produced,
            end,
        }
    }

    fn reset(&mut self) {
        if let Some(state) = start(&self.parameters) {
            self.state = state;
        }
    }
}

struct Decoder {
    state: Box<BrotliDecoder>,
}

pub fn decoder() -> Box<dyn Coder> {
    Box::new(Decoder { state: fresh() })
}

fn fresh() -> Box<BrotliDecoder> {
    let new = StandardAlloc::default;
    Box::new(BrotliState::new(new(), new(), new()))
}

impl Coder for Decoder {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        let (step, result) = unbrotli(&mut self.state, input, output);
        let end = match result {
            BrotliResult::ResultSuccess => End::Finished,
            BrotliResult::NeedsMoreInput if flush == FINISH => {
                Failure::end("Unexpected end of file", "Z_BUF_ERROR", -5)
            }
            BrotliResult::ResultFailure => {
                // The name of the error, without that of the library.
                let name = format!("{:?}", self.state.error_code);
                let name = name.strip_prefix("BROTLI_DECODER").unwrap_or(&name);
                End::Failed(Failure {
                    message: "Compression failed".into(),
                    code: format!("ERR_{name}").into(),
                    number: -1,
                })
            }
            _ => End::Open,
        };
        Step {
            consumed: step.consumed,
            produced: step.produced,
            end,
        }
    }

    fn reset(&mut self) {
        self.state = fresh();
    }
}
