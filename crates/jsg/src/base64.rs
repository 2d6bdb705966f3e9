//! Base64 (RFC 4648 §4 and §5) on simdutf, which V8 brings.

use v8::simdutf::{self, Base64Options, LastChunkHandling};

/// The digits that bytes become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// With padding.
    Standard,
    /// For URLs and names of files; without padding.
    Url,
}

impl Alphabet {
    fn options(self) -> Base64Options {
        match self {
            Self::Standard => Base64Options::Default,
            Self::Url => Base64Options::Url,
        }
    }

    /// The length of so many bytes in base64.
    pub fn length(self, bytes: usize) -> usize {
        simdutf::base64_length_from_binary(bytes, self.options())
    }

    /// Writes `bytes` in base64 to the start of `target`, which has room for their [`length`](Self::length).
    /// Returns how much it has written.
    pub fn encode_into(self, bytes: &[u8], target: &mut [u8]) -> usize {
        assert!(target.len() >= self.length(bytes.len()));
        // SAFETY: there is room for the result, as just seen.
        unsafe { simdutf::binary_to_base64(bytes, target, self.options()) }
    }

    /// Adds `bytes` in base64 to a text.
    pub fn append(self, bytes: &[u8], text: &mut String) {
        let start = text.len();
        // SAFETY: what it gets is ASCII: zeros, and digits in their place.
        let target = unsafe { text.as_mut_vec() };
        target.resize(start + self.length(bytes.len()), 0);
        self.encode_into(bytes, &mut target[start..]);
    }

    /// `bytes` in base64.
    pub fn encode(self, bytes: &[u8]) -> String {
        let mut text = String::new();
        self.append(bytes, &mut text);
        text
    }
}

/// The most bytes that base64 of so many characters can stand for.
pub fn capacity(length: usize) -> usize {
    length.div_ceil(4) * 3
}

/// Writes what forgiving base64 (Infra §7), in the standard alphabet, stands for to the start of `target`, which has
/// room for its [`capacity`]. Returns how many bytes they are; `None` for what is not base64.
pub fn decode_into(text: &[u8], target: &mut [u8]) -> Option<usize> {
    assert!(target.len() >= simdutf::maximal_binary_length_from_base64(text));
    let (options, end) = (Base64Options::Default, LastChunkHandling::Loose);
    // SAFETY: there is room for the result, as just seen.
    let done = unsafe { simdutf::base64_to_binary(text, target, options, end) };
    done.is_ok().then_some(done.count)
}

/// What forgiving base64, in the standard alphabet, stands for.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; capacity(text.len())];
    let length = decode_into(text, &mut bytes)?;
    bytes.truncate(length);
    Some(bytes)
}

/// What the digits of either alphabet stand for: whatever is no digit is skipped.
pub fn decode_digits(text: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let text = text.into_iter();
    let mut bytes = Vec::with_capacity(text.size_hint().0 / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All short texts of some characters, next to another decoder.
    #[test]
    fn what_is_base64_is_what_the_standard_says() {
        const CHARACTERS: &[u8] = b"AQw/= \n-\xe9";
        for length in 0..=6u32 {
            for mut number in 0..CHARACTERS.len().pow(length) {
                let text: Vec<u8> = (0..length)
                    .map(|_| {
                        let character = CHARACTERS[number % CHARACTERS.len()];
                        number /= CHARACTERS.len();
                        character
                    })
                    .collect();
                let theirs = base64_simd::forgiving_decode_to_vec(&text).ok();
                assert_eq!(decode(&text), theirs, "{:?}", text.escape_ascii());
            }
        }
    }

    #[test]
    fn bytes_come_back_whatever_their_number() {
        let bytes: Vec<u8> = (0..1000u32).map(|index| (index * 31 + 7) as u8).collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            let text = Alphabet::Standard.encode(bytes);
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes));
            assert_eq!(decode_digits(text.bytes()), bytes);
            let text = Alphabet::Url.encode(bytes);
            assert_eq!(text.len(), (length * 4).div_ceil(3));
            assert_eq!(decode_digits(text.bytes()), bytes);
        }
    }

    #[test]
    fn digits_count_wherever_they_are() {
        for (text, bytes) in [
            ("aGVs\nbG8", &b"hello"[..]),
            ("_-8", &[0xff, 0xef]),
            ("/+8=!", &[0xff, 0xef]),
            ("a", b""),
        ] {
            assert_eq!(decode_digits(text.bytes()), bytes, "{text}");
        }
    }
}
