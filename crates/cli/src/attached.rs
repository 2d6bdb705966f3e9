//! The config that `workerd compile` attaches to a copy of the program.
//!
//! After the program, filled up with zeros to a whole number of words, come the message in stream framing, its length
//! in words as a little-endian `u64`, and [`MARK`]. A program whose last bytes are the mark serves that config.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// The end of a program that has a config.
const MARK: [u8; 16] = [
    0xb5, 0x02, 0xcc, 0xd3, 0x94, 0xda, 0x9e, 0xa6, 0x7f, 0x7d, 0x54, 0xbf, 0xfd, 0x77, 0xd9, 0xa3,
];

/// Bytes of a word of a message.
const WORD: u64 = 8;

/// Bytes after the message.
const TRAILER: u64 = WORD + MARK.len() as u64;

/// The file of this process's program, even if its path has another one by now.
const PROGRAM: &str = "/proc/self/exe";

/// The config attached to this program, if there is one.
///
/// # Errors
/// The mark is there and what precedes it cannot be read.
pub fn config() -> io::Result<Option<Arc<[u8]>>> {
    // Where there is no such file, as in a container without /proc, there is no telling.
    let Ok(program) = File::open(PROGRAM) else {
        return Ok(None);
    };
    let Some(end) = program.metadata()?.len().checked_sub(TRAILER) else {
        return Ok(None);
    };
    let mut words = [0; WORD as usize];
    let mut mark = [0; MARK.len()];
    program.read_exact_at(&mut words, end)?;
    program.read_exact_at(&mut mark, end + WORD)?;
    if mark != MARK {
        return Ok(None);
    }
    let length = u64::from_le_bytes(words).checked_mul(WORD);
    let Some((start, length)) = length.and_then(|length| Some((end.checked_sub(length)?, length)))
    else {
        return Err(io::Error::other("the attached config has no such length"));
    };
    let mut message = vec![0; length as usize];
    program.read_exact_at(&mut message, start)?;
    Ok(Some(message.into()))
}

/// Copies this program, and returns its length.
pub fn copy_program(out: &mut impl Write) -> io::Result<u64> {
    io::copy(&mut File::open(PROGRAM)?, out)
}

/// What follows a program of `program` bytes that has a config.
pub fn tail(program: u64, message: &[u8]) -> Vec<u8> {
    let padding = (program.next_multiple_of(WORD) - program) as usize;
    let mut tail = vec![0; padding];
    tail.extend_from_slice(message);
    tail.extend_from_slice(&(message.len() as u64 / WORD).to_le_bytes());
    tail.extend_from_slice(&MARK);
    tail
}
