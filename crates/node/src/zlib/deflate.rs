//! DEFLATE and its wrappers (RFC 1950 to 1952).

use zlib_rs::{
    Deflate, DeflateConfig, DeflateError, DeflateFlush, Inflate, InflateError, InflateFlush,
    Method, Status, Strategy,
};

use super::{Coder, End, Failure, Step};

/// Node's numbers of what a stream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Deflate,
    Inflate,
    Gzip,
    Gunzip,
    DeflateRaw,
    InflateRaw,
    Unzip,
}

impl Mode {
    pub fn of(number: i32) -> Option<Self> {
        Some(match number {
            1 => Self::Deflate,
            2 => Self::Inflate,
            3 => Self::Gzip,
            4 => Self::Gunzip,
            5 => Self::DeflateRaw,
            6 => Self::InflateRaw,
            7 => Self::Unzip,
            _ => return None,
        })
    }
}

pub struct Settings {
    pub mode: Mode,
    pub level: i32,
    pub window_bits: i32,
    pub mem_level: i32,
    pub strategy: i32,
    pub dictionary: Vec<u8>,
}

const FINISH: u32 = 4;
/// DEFLATE has no smaller window.
const LEAST_WINDOW: i32 = 9;
/// Bits of the largest window, which reads any stream without a header.
const LARGEST_WINDOW: i32 = 15;

pub fn open(settings: Settings) -> Box<dyn Coder> {
    match settings.mode {
        Mode::Deflate | Mode::Gzip | Mode::DeflateRaw => Box::new(Compressor::new(settings)),
        _ => Box::new(Decompressor::new(settings)),
    }
}

struct Compressor {
    settings: Settings,
    stream: Deflate,
}

impl Compressor {
    fn new(settings: Settings) -> Self {
        let stream = Self::start(&settings);
        Self { settings, stream }
    }

    fn start(settings: &Settings) -> Deflate {
        let bits = settings.window_bits.clamp(LEAST_WINDOW, LARGEST_WINDOW);
        let mut stream = Deflate::new_with_config(DeflateConfig {
            level: settings.level.clamp(-1, 9),
            method: Method::Deflated,
            window_bits: match settings.mode {
                Mode::Gzip => bits + 16,
                Mode::DeflateRaw => -bits,
                _ => bits,
            },
            mem_level: settings.mem_level.clamp(1, 9),
            strategy: match settings.strategy {
                1 => Strategy::Filtered,
                2 => Strategy::HuffmanOnly,
                3 => Strategy::Rle,
                4 => Strategy::Fixed,
                _ => Strategy::Default,
            },
        });
        if !settings.dictionary.is_empty() && settings.mode != Mode::Gzip {
            // A new stream takes any.
            let _ = stream.set_dictionary(&settings.dictionary);
        }
        stream
    }
}

impl Coder for Compressor {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        let mode = match flush {
            1 => DeflateFlush::PartialFlush,
            2 => DeflateFlush::SyncFlush,
            3 => DeflateFlush::FullFlush,
            FINISH => DeflateFlush::Finish,
            5 => DeflateFlush::Block,
            _ => DeflateFlush::NoFlush,
        };
        let before = (self.stream.total_in(), self.stream.total_out());
        let result = self.stream.compress(input, output, mode);
        let produced = (self.stream.total_out() - before.1) as usize;
        let end = match result {
            Ok(Status::StreamEnd) => End::Finished,
            Ok(_) => unfinished(flush, output.len() - produced),
            Err(DeflateError::MemError) => Failure::end("Zlib error", "Z_MEM_ERROR", -4),
            Err(DeflateError::DataError) => Failure::end("Zlib error", "Z_DATA_ERROR", -3),
            Err(DeflateError::StreamError) => Failure::end("Zlib error", "Z_STREAM_ERROR", -2),
        };
        Step {
            consumed: (self.stream.total_in() - before.0) as usize,
            produced,
            end,
        }
    }

    fn reset(&mut self) {
        self.stream = Self::start(&self.settings);
    }

    fn set_level(&mut self, level: i32) {
        self.settings.level = level;
        // What it could not do for lack of room it does with the next input.
        let _ = self.stream.set_level(level.clamp(-1, 9));
    }
}

/// A stream that had to finish, and had room to, lacks input.
fn unfinished(flush: u32, room: usize) -> End {
    if flush == FINISH && room > 0 {
        Failure::end("unexpected end of file", "Z_BUF_ERROR", -5)
    } else {
        End::Open
    }
}

struct Decompressor {
    settings: Settings,
    stream: Inflate,
    /// The first two bytes, by which gzip is known.
    head: Vec<u8>,
}

impl Decompressor {
    fn new(settings: Settings) -> Self {
        let stream = Self::start(&settings);
        Self {
            settings,
            stream,
            head: Vec::new(),
        }
    }

    fn start(settings: &Settings) -> Inflate {
        let bits = settings.window_bits.clamp(0, LARGEST_WINDOW);
        let raw = settings.mode == Mode::InflateRaw;
        let bits = match settings.mode {
            Mode::Gunzip => bits + 16,
            Mode::Unzip => bits + 32,
            Mode::InflateRaw => bits.clamp(LEAST_WINDOW, LARGEST_WINDOW),
            _ => bits,
        };
        let mut stream = Inflate::new(!raw, bits as u8);
        if raw && !settings.dictionary.is_empty() {
            let _ = stream.set_dictionary(&settings.dictionary);
        }
        stream
    }

    fn is_gzip(&self) -> bool {
        match self.settings.mode {
            Mode::Gunzip => true,
            Mode::Unzip => self.head == [0x1f, 0x8b],
            _ => false,
        }
    }

    fn need_dictionary(&mut self) -> Option<End> {
        if self.settings.dictionary.is_empty() {
            return Some(Failure::end("Missing dictionary", "Z_NEED_DICT", 2));
        }
        match self.stream.set_dictionary(&self.settings.dictionary) {
            Ok(_) => None,
            Err(_) => Some(Failure::end("Bad dictionary", "Z_NEED_DICT", 2)),
        }
    }
}

impl Coder for Decompressor {
    fn step(&mut self, input: &[u8], flush: u32, output: &mut [u8]) -> Step {
        let mode = match flush {
            0 | 1 => InflateFlush::NoFlush,
            FINISH => InflateFlush::Finish,
            5 => InflateFlush::Block,
            _ => InflateFlush::SyncFlush,
        };
        let missing = 2 - self.head.len();
        self.head
            .extend_from_slice(&input[..missing.min(input.len())]);
        let (mut consumed, mut produced) = (0, 0);
        let end = loop {
            let before = (self.stream.total_in(), self.stream.total_out());
            let result = self
                .stream
                .decompress(&input[consumed..], &mut output[produced..], mode);
            consumed += (self.stream.total_in() - before.0) as usize;
            produced += (self.stream.total_out() - before.1) as usize;
            match result {
                // Another member follows, unless it is padding.
                Ok(Status::StreamEnd)
                    if self.is_gzip() && input.get(consumed).is_some_and(|&byte| byte != 0) =>
                {
                    self.stream = Self::start(&self.settings);
                }
                Ok(Status::StreamEnd) => break End::Finished,
                Ok(_) => break unfinished(flush, output.len() - produced),
                Err(InflateError::NeedDict { .. }) => {
                    if let Some(end) = self.need_dictionary() {
                        break end;
                    }
                }
                Err(error) => {
                    let message = self.stream.error_message().unwrap_or("Zlib error");
                    break match error {
                        InflateError::MemError => Failure::end(message, "Z_MEM_ERROR", -4),
                        InflateError::StreamError => Failure::end(message, "Z_STREAM_ERROR", -2),
                        _ => Failure::end(message, "Z_DATA_ERROR", -3),
                    };
                }
            }
        };
        Step {
            consumed,
            produced,
            end,
        }
    }

    fn reset(&mut self) {
        self.stream = Self::start(&self.settings);
        self.head.clear();
    }
}
