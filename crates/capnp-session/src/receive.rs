//! Messages as they come over a connection: a table of segments, then their words (Cap'n Proto, "Serialization Over a
//! Stream").
//!
//! What a table announces is believed only as it comes: memory is taken for at most twice the words that are there.

use std::cell::Cell;
use std::rc::Rc;

use capnp::any_pointer;
use capnp::message::{Reader, ReaderOptions, ReaderSegments};
use capnp::{Error, Word};
use capnp_rpc::IncomingMessage;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::layout::Result;

/// The most segments of a message.
const MOST_SEGMENTS: usize = 512;
/// As many words are read at once, before there are more of them.
const STEP: usize = 64 * 1024 / 8;

/// Where messages come from.
pub struct Receiver<R> {
    /// None while a message is being read.
    input: Rc<Cell<Option<R>>>,
    options: ReaderOptions,
}

impl<R> Clone for Receiver<R> {
    fn clone(&self) -> Self {
        Self {
            input: self.input.clone(),
            options: self.options,
        }
    }
}

impl<R: AsyncRead + Unpin + 'static> Receiver<R> {
    pub fn new(input: R, options: ReaderOptions) -> Self {
        Self {
            input: Rc::new(Cell::new(Some(input))),
            options,
        }
    }

    /// The next message; none when the other side has said all.
    ///
    /// # Errors
    /// It is too large, or the connection ends within it.
    pub async fn next(self) -> Result<Option<Box<dyn IncomingMessage>>> {
        let input = self.input.take();
        let mut input = input.ok_or_else(|| Error::failed("a message is being read".into()))?;
        let Some(ends) = read_table(&mut input, &self.options).await? else {
            return Ok(None);
        };
        let words = read_words(&mut input, ends.last().copied().unwrap_or(0)).await?;
        self.input.set(Some(input));
        let message = Reader::new(Segments { words, ends }, self.options);
        Ok(Some(Box::new(Received(message))))
    }
}

/// The words of a message, and where each segment ends.
struct Segments {
    words: Vec<Word>,
    ends: Vec<usize>,
}

impl ReaderSegments for Segments {
    fn get_segment(&self, index: u32) -> Option<&[u8]> {
        let index = index as usize;
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        Some(Word::words_to_bytes(self.words.get(start..end)?))
    }

    fn len(&self) -> usize {
        self.ends.len()
    }
}

struct Received(Reader<Segments>);

impl IncomingMessage for Received {
    fn get_body(&self) -> Result<any_pointer::Reader<'_>> {
        self.0.get_root()
    }
}

/// Where each segment ends, in words.
async fn read_table(
    input: &mut (impl AsyncRead + Unpin),
    options: &ReaderOptions,
) -> Result<Option<Vec<usize>>> {
    let mut count = [0; 4];
    let first = input.read(&mut count).await?;
    if first == 0 {
        return Ok(None);
    }
    input.read_exact(&mut count[first..]).await?;
    let count = (u32::from_le_bytes(count) as usize).saturating_add(1);
    if count >= MOST_SEGMENTS {
        return Err(Error::failed(format!("too many segments: {count}")));
    }
    // The table ends with a whole word.
    let mut lengths = vec![0; (count | 1) * 4];
    input.read_exact(&mut lengths).await?;
    let lengths = lengths.as_chunks::<4>().0.iter().take(count);
    let lengths = lengths.map(|length| u32::from_le_bytes(*length) as usize);
    let ends: Vec<usize> = lengths
        .scan(0_usize, |end, length| {
            *end = end.saturating_add(length);
            Some(*end)
        })
        .collect();
    let total = ends.last().copied().unwrap_or(0);
    match options.traversal_limit_in_words {
        Some(most) if total > most => Err(Error::failed(format!(
            "a message of {total} words is too large"
        ))),
        _ => Ok(Some(ends)),
    }
}

async fn read_words(input: &mut (impl AsyncRead + Unpin), total: usize) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    while words.len() < total {
        let start = words.len();
        let next = start + (total - start).min(start.max(STEP));
        words.reserve_exact(next - start);
        words.resize(next, capnp::word(0, 0, 0, 0, 0, 0, 0, 0));
        let bytes = Word::words_to_bytes_mut(&mut words[start..]);
        input.read_exact(bytes).await?;
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::ReadBuf;

    use super::*;

    const OPTIONS: ReaderOptions = ReaderOptions {
        traversal_limit_in_words: Some(100_000),
        nesting_limit: 64,
    };

    fn table(lengths: &[u32]) -> Vec<u8> {
        let count = lengths.len() as u32 - 1;
        let mut bytes: Vec<u8> = std::iter::once(&count)
            .chain(lengths)
            .flat_map(|number| number.to_le_bytes())
            .collect();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    async fn read(bytes: &[u8]) -> Result<Option<(Vec<Word>, Vec<usize>)>> {
        let mut input = bytes;
        let Some(ends) = read_table(&mut input, &OPTIONS).await? else {
            return Ok(None);
        };
        let words = read_words(&mut input, *ends.last().unwrap()).await?;
        assert!(input.is_empty());
        Ok(Some((words, ends)))
    }

    #[tokio::test]
    async fn messages_of_any_number_of_segments_are_read() {
        for lengths in [&[1][..], &[2, 3], &[0, 1, 0], &[1, 2, 3, 4], &[20_000]] {
            let total = lengths.iter().sum::<u32>() as usize;
            let content: Vec<u8> = (0..total * 8).map(|at| at as u8).collect();
            let bytes = [table(lengths), content.clone()].concat();
            let (words, ends) = read(&bytes).await.unwrap().unwrap();
            assert_eq!(Word::words_to_bytes(&words), content);
            let segments = Segments { words, ends };
            assert_eq!(segments.len(), lengths.len());
            for (index, length) in lengths.iter().enumerate() {
                let segment = segments.get_segment(index as u32).unwrap();
                assert_eq!(segment.len(), *length as usize * 8);
            }
            assert!(segments.get_segment(lengths.len() as u32).is_none());
            for end in 1..bytes.len().min(40) {
                assert!(read(&bytes[..end]).await.is_err());
            }
        }
        assert!(read(&[]).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn refuses_what_is_too_large_by_its_table() {
        for lengths in [&[100_001][..], &[50_000, 50_001], &[u32::MAX; 4], &[1; 600]] {
            assert!(read(&table(lengths)).await.is_err());
        }
        assert!(read(&[0xff; 16]).await.is_err());
    }

    /// Gives so many bytes, and knows how much room it was offered.
    struct Short {
        left: usize,
        given: usize,
    }

    impl AsyncRead for Short {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<std::io::Result<()>> {
            assert!(buffer.remaining() <= self.given.max(STEP * 8));
            let count = buffer.remaining().min(self.left).min(10_000);
            buffer.put_slice(&vec![0; count]);
            self.left -= count;
            self.given += count;
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn memory_is_taken_for_what_comes_alone() {
        for left in [0, 100, 1_000_000] {
            let mut input = Short { left, given: 0 };
            assert!(read_words(&mut input, usize::MAX >> 8).await.is_err());
            assert_eq!(input.given, left);
        }
    }
}
