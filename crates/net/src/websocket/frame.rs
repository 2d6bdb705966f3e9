//! Frames as bytes (RFC 6455 §5.2): their heads, and masking (§5.3).
//!
//! Reading is as lenient as in the real workerd, which Workers and their clients rely on: lengths need not be
//! minimal, control frames may be long, and clients may leave their frames unmasked.

use bytes::{BufMut, BytesMut};

pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;

const FIN: u8 = 0x80;
const RSV1: u8 = 0x40;
const RSV2_3: u8 = 0x30;
const MASKED: u8 = 0x80;

/// The longest head.
pub(super) const HEAD_MAX: usize = 14;

/// The key that a payload is combined with; zero for none.
pub(super) type Mask = [u8; 4];

/// What comes before a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub fin: bool,
    /// The first reserved bit: a compressed message starts (RFC 7692 §6).
    pub compressed: bool,
    /// One of the reserved bits that no extension here gives a meaning to.
    pub reserved: bool,
    pub opcode: u8,
    pub length: u64,
    pub mask: Mask,
}

impl Head {
    /// The head at the start of `bytes` and its size, or `None` when more bytes are needed.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*length), rest)
            }
            short => (u64::from(short), rest),
        };
        let (mask, rest) = if second & MASKED == 0 {
            (Mask::default(), rest)
        } else {
            let (mask, rest) = rest.split_first_chunk::<4>()?;
            (*mask, rest)
        };
        let head = Self {
            fin: first & FIN != 0,
            compressed: first & RSV1 != 0,
            reserved: first & RSV2_3 != 0,
            opcode: first & 0x0f,
            length,
            mask,
        };
        Some((head, bytes.len() - rest.len()))
    }

    /// The head of a whole message in one frame. `mask` is what a client must have.
    pub(super) fn write(
        out: &mut BytesMut,
        opcode: u8,
        compressed: bool,
        length: usize,
        mask: Option<Mask>,
    ) {
        out.put_u8(FIN | if compressed { RSV1 } else { 0 } | opcode);
        let masked = if mask.is_some() { MASKED } else { 0 };
        match length {
            0..126 => out.put_u8(masked | length as u8),
            126..0x1_0000 => {
                out.put_u8(masked | 126);
                out.put_u16(length as u16);
            }
            _ => {
                out.put_u8(masked | 127);
                out.put_u64(length as u64);
            }
        }
        if let Some(mask) = mask {
            out.put_slice(&mask);
        }
    }
}

/// Combines a part of a payload with the mask, the first byte of it being the payload's byte number `offset`.
pub(super) fn apply(mask: Mask, offset: usize, bytes: &mut [u8]) {
    if mask == Mask::default() {
        return;
    }
    let mut mask = mask;
    mask.rotate_left(offset % 4);
    let wide = u64::from_ne_bytes([
        mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3],
    ]);
    let mut chunks = bytes.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        let word = u64::from_ne_bytes(word) ^ wide;
        chunk.copy_from_slice(&word.to_ne_bytes());
    }
    for (byte, key) in chunks.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_lengths_survive_a_round_trip() {
        for length in [0, 125, 126, 0xffff, 0x1_0000, 1 << 33] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let mut bytes = BytesMut::new();
                Head::write(&mut bytes, TEXT, true, length, mask);
                for cut in 0..bytes.len() {
                    assert_eq!(Head::parse(&bytes[..cut]), None);
                }
                let (head, size) = Head::parse(&bytes).unwrap();
                assert_eq!(size, bytes.len());
                assert!(size <= HEAD_MAX);
                assert!(head.fin && head.compressed && !head.reserved);
                assert_eq!(head.opcode, TEXT);
                assert_eq!(head.length, length as u64);
                assert_eq!(head.mask, mask.unwrap_or_default());
            }
        }
    }

    #[test]
    fn a_mask_applies_in_parts_as_at_once() {
        let mask = [0x12, 0x34, 0x56, 0x78];
        let plain: Vec<u8> = (0..40).collect();
        let mut whole = plain.clone();
        apply(mask, 0, &mut whole);
        for (index, byte) in whole.iter().enumerate() {
            assert_eq!(*byte, plain[index] ^ mask[index % 4]);
        }
        for cut in 0..plain.len() {
            let mut parts = plain.clone();
            let (first, second) = parts.split_at_mut(cut);
            apply(mask, 0, first);
            apply(mask, cut, second);
            assert_eq!(parts, whole);
        }
    }
}
