//! Pointers: from the word in a message to what it refers to, with every bound checked.

use super::Message;
use std::fmt;

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// A pointer leads outside its segment.
    OutOfBounds,
    /// A pointer of another kind than the schema wants.
    WrongKind,
    /// Not a struct where one is wanted.
    NotStruct,
    /// A pointer of a kind that no message in a file can have.
    UnknownPointer,
    /// A pointer into a segment that does not exist.
    NoSegment(usize),
    /// A text without its final zero.
    TextNotTerminated,
    TextNotUtf8,
    TooDeep,
    /// More work than a message of this size can need.
    TooMuch,
    /// The schema has no such field of the wanted type. A mistake of the program, not of the message.
    NoField(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::OutOfBounds => f.write_str("Message contains out-of-bounds pointer"),
            ReadError::WrongKind => {
                f.write_str("Message contains a pointer of an unexpected kind.")
            }
            ReadError::NotStruct => f.write_str(
                "Message contains non-struct pointer where struct pointer was expected.",
            ),
            ReadError::UnknownPointer => f.write_str("Unknown pointer type."),
            ReadError::NoSegment(segment) => write!(f, "Invalid segment id {segment}"),
            ReadError::TextNotTerminated => {
                f.write_str("Message contains text that is not NUL-terminated.")
            }
            ReadError::TextNotUtf8 => f.write_str("Message contains text that is not UTF-8."),
            ReadError::TooDeep => f.write_str("Message is too deeply-nested or contains cycles."),
            ReadError::TooMuch => f.write_str("Exceeded message traversal limit."),
            ReadError::NoField(name) => write!(f, "The schema has no field {name}."),
        }
    }
}

impl std::error::Error for ReadError {}

pub(super) type Result<T> = std::result::Result<T, ReadError>;

/// How the elements of a list lie.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Data of `1 << size` bits each; `None` for elements without size.
    Data(Option<u32>),
    Pointers,
    /// Words of data and number of pointers of each.
    Structs(usize, usize),
}

/// A pointer, decoded and within bounds.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Null,
    Struct {
        segment: usize,
        start: usize,
        data: usize,
        pointers: usize,
    },
    List {
        segment: usize,
        start: usize,
        count: usize,
        shape: Shape,
    },
}

impl Message {
    pub(super) fn word(&self, segment: usize, at: usize) -> Result<u64> {
        let bytes = self.segment(segment).and_then(|bytes| {
            let start = at.checked_mul(8)?;
            bytes.get(start..start.checked_add(8)?)?.try_into().ok()
        });
        bytes.map(u64::from_le_bytes).ok_or(ReadError::OutOfBounds)
    }

    pub(super) fn words(&self, segment: usize, start: usize, count: usize) -> Result<&[u8]> {
        let bytes = self.segment(segment).and_then(|bytes| {
            let start = start.checked_mul(8)?;
            bytes.get(start..start.checked_add(count.checked_mul(8)?)?)
        });
        bytes.ok_or(ReadError::OutOfBounds)
    }

    /// Follows the pointer at a word, through far pointers.
    pub(super) fn target(&self, segment: usize, at: usize) -> Result<Target> {
        let pointer = self.word(segment, at)?;
        if pointer == 0 {
            return Ok(Target::Null);
        }
        if pointer & 3 != 2 {
            return self.near(pointer, segment, offset(at + 1, pointer)?);
        }
        let pad_segment = (pointer >> 32) as usize;
        let pad = (pointer >> 3 & 0x1fff_ffff) as usize;
        if pad_segment >= self.segments.len() {
            return Err(ReadError::NoSegment(pad_segment));
        }
        let landing = self.word(pad_segment, pad)?;
        if pointer & 4 == 0 {
            return match landing {
                0 => Ok(Target::Null),
                landing if landing & 3 == 2 => Err(ReadError::WrongKind),
                landing => self.near(landing, pad_segment, offset(pad + 1, landing)?),
            };
        }
        // Two words: where the content is, and what it is.
        if landing & 7 != 2 {
            return Err(ReadError::WrongKind);
        }
        let tag = self.word(pad_segment, pad + 1)?;
        let content = (landing >> 3 & 0x1fff_ffff) as usize;
        self.near(tag, (landing >> 32) as usize, content)
    }

    /// What a struct or list pointer describes, with its content at `start`.
    fn near(&self, pointer: u64, segment: usize, start: usize) -> Result<Target> {
        match pointer & 3 {
            0 => {
                let data = (pointer >> 32 & 0xffff) as usize;
                let pointers = (pointer >> 48) as usize;
                self.words(segment, start, data + pointers)?;
                self.charge((data + pointers) as u64)?;
                Ok(Target::Struct {
                    segment,
                    start,
                    data,
                    pointers,
                })
            }
            1 => self.near_list(
                (pointer >> 32 & 7) as u32,
                (pointer >> 35) as usize,
                segment,
                start,
            ),
            _ => Err(ReadError::UnknownPointer),
        }
    }

    fn near_list(&self, code: u32, count: usize, segment: usize, start: usize) -> Result<Target> {
        let (count, start, shape, words) = match code {
            0 => (count, start, Shape::Data(None), count),
            1 => (count, start, Shape::Data(Some(0)), count.div_ceil(64)),
            2..=5 => (
                count,
                start,
                Shape::Data(Some(code + 1)),
                (count << (code + 1)).div_ceil(64),
            ),
            6 => (count, start, Shape::Pointers, count),
            _ => {
                let tag = self.word(segment, start)?;
                if tag & 3 != 0 {
                    return Err(ReadError::WrongKind);
                }
                let elements = (tag >> 2 & 0x3fff_ffff) as usize;
                let data = (tag >> 32 & 0xffff) as usize;
                let pointers = (tag >> 48) as usize;
                if elements * (data + pointers) > count {
                    return Err(ReadError::OutOfBounds);
                }
                let visited = if data + pointers == 0 {
                    elements
                } else {
                    count
                };
                self.words(segment, start + 1, count)?;
                self.charge(visited as u64)?;
                return Ok(Target::List {
                    segment,
                    start: start + 1,
                    count: elements,
                    shape: Shape::Structs(data, pointers),
                });
            }
        };
        if code != 0 {
            self.words(segment, start, words)?;
        }
        self.charge(words as u64)?;
        Ok(Target::List {
            segment,
            start,
            count,
            shape,
        })
    }

    /// The bytes of a text or blob pointer; `None` if null.
    pub(super) fn bytes(&self, segment: usize, at: usize) -> Result<Option<&[u8]>> {
        match self.target(segment, at)? {
            Target::Null => Ok(None),
            Target::List {
                segment,
                start,
                count,
                shape: Shape::Data(Some(3)),
            } => {
                let bytes = self.words(segment, start, count.div_ceil(8))?;
                Ok(Some(&bytes[..count]))
            }
            _ => Err(ReadError::WrongKind),
        }
    }

    pub(super) fn text(&self, segment: usize, at: usize) -> Result<Option<&str>> {
        let Some(bytes) = self.bytes(segment, at)? else {
            return Ok(None);
        };
        let Some((0, text)) = bytes.split_last() else {
            return Err(ReadError::TextNotTerminated);
        };
        std::str::from_utf8(text)
            .map(Some)
            .map_err(|_| ReadError::TextNotUtf8)
    }
}

/// The word that a pointer's relative offset means.
fn offset(from: usize, pointer: u64) -> Result<usize> {
    let offset = (pointer as u32 as i32) >> 2;
    from.checked_add_signed(offset as isize)
        .ok_or(ReadError::OutOfBounds)
}
