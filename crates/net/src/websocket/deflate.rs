//! permessage-deflate (RFC 7692): what the two sides agree on, and messages deflated and inflated.

mod agreement;

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

pub use agreement::Parameters;
pub(crate) use agreement::{agreed, negotiate, offers};

use super::Error;

/// What ends the deflated form of a message, and is left out on the wire (§7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
const CHUNK: usize = 4096;

/// Both directions of one connection.
pub(super) struct Deflate {
    parameters: Parameters,
    compress: Compress,
    decompress: Decompress,
}

impl Deflate {
    pub(super) fn new(parameters: Parameters) -> Self {
        // zlib deflates with no window of 8 bits; that of 9 has the same reach.
        let outbound = parameters.outbound_bits.unwrap_or(15).clamp(9, 15);
        // A window that is larger than the sender's does no harm.
        let inbound = parameters.inbound_bits.unwrap_or(15).clamp(9, 15);
        Self {
            compress: Compress::new_with_window_bits(Compression::default(), false, outbound),
            decompress: Decompress::new_with_window_bits(false, inbound),
            parameters,
        }
    }

    /// The payload of a message's only frame.
    pub(super) fn deflate(&mut self, message: &[u8]) -> Result<Bytes, Error> {
        if self.parameters.outbound_no_context {
            self.compress.reset();
        }
        if message.is_empty() {
            // §7.2.3.6: an empty message is one empty block.
            return Ok(Bytes::from_static(&[0]));
        }
        let mut out = Vec::with_capacity(message.len() / 2 + 64);
        let before = self.compress.total_in();
        loop {
            let read = (self.compress.total_in() - before) as usize;
            self.compress
                .compress_vec(&message[read..], &mut out, FlushCompress::Sync)
                .map_err(|error| Error::Failed(format!("Compression failed: {error}")))?;
            let read = (self.compress.total_in() - before) as usize;
            if read == message.len() && out.len() < out.capacity() {
                break;
            }
            out.reserve(CHUNK);
        }
        if out.ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        Ok(out.into())
    }

    /// The message behind a payload, at most `max` bytes.
    pub(super) fn inflate(&mut self, mut payload: BytesMut, max: usize) -> Result<BytesMut, Fault> {
        if self.parameters.inbound_no_context {
            self.decompress.reset(false);
        }
        payload.extend_from_slice(&TAIL);
        let mut out = Vec::with_capacity(
            CHUNK
                .max(payload.len().saturating_mul(2))
                .min(max.max(CHUNK)),
        );
        let before = self.decompress.total_in();
        loop {
            let read = (self.decompress.total_in() - before) as usize;
            let status = self
                .decompress
                .decompress_vec(&payload[read..], &mut out, FlushDecompress::Sync)
                .map_err(|_| Fault::Invalid)?;
            if out.len() > max {
                return Err(Fault::TooLarge);
            }
            if status == Status::StreamEnd {
                // The sender ended its stream for good; its next message starts another one.
                self.decompress.reset(false);
                break;
            }
            let read = (self.decompress.total_in() - before) as usize;
            if read == payload.len() && out.len() < out.capacity() {
                break;
            }
            let room = out.capacity();
            out.reserve(
                room.min(max.saturating_sub(out.len()).saturating_add(1))
                    .max(CHUNK),
            );
        }
        Ok(BytesMut::from(Bytes::from(out)))
    }
}

/// Why a payload is no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Invalid,
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(parameters: Parameters) -> (Deflate, Deflate) {
        (Deflate::new(parameters.swapped()), Deflate::new(parameters))
    }

    #[test]
    fn messages_survive_a_round_trip() {
        for no_context in [false, true] {
            for bits in [None, Some(8), Some(15)] {
                let (mut from, mut to) = pair(Parameters {
                    inbound_no_context: no_context,
                    inbound_bits: bits,
                    ..Parameters::default()
                });
                for length in [0, 1, 100, 5_000, 300_000] {
                    let message: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
                    let payload = from.deflate(&message).unwrap();
                    let back = to.inflate(BytesMut::from(&payload[..]), length).unwrap();
                    assert_eq!(back, message);
                }
            }
        }
    }

    #[test]
    fn inflates_no_more_than_allowed() {
        let (mut from, mut to) = pair(Parameters::default());
        let payload = from.deflate(&vec![0; 1 << 20]).unwrap();
        let payload = BytesMut::from(&payload[..]);
        assert_eq!(to.inflate(payload, 1000), Err(Fault::TooLarge));
    }

    #[test]
    fn tells_what_is_no_deflated_data() {
        let (_, mut to) = pair(Parameters::default());
        let payload = BytesMut::from(&[0xff, 0xff, 0xff][..]);
        assert_eq!(to.inflate(payload, 1000), Err(Fault::Invalid));
    }
}
