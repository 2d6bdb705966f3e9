//! Writing of messages, in one segment.

use super::Message;
use crate::value::set_bits;

/// A message in the making. Places are counted in words.
#[derive(Default)]
pub(crate) struct Builder {
    bytes: Vec<u8>,
}

impl Builder {
    /// Adds zeroed words and returns the place of the first.
    pub fn allocate(&mut self, words: usize) -> usize {
        let start = self.bytes.len() / 8;
        self.bytes.resize(self.bytes.len() + words * 8, 0);
        start
    }

    pub fn write_words(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at * 8..][..bytes.len()].copy_from_slice(bytes);
    }

    pub fn write_bits(&mut self, at: usize, index: usize, size: u32, value: u64) {
        set_bits(&mut self.bytes[at * 8..], index, size, value);
    }

    pub fn write_struct_pointer(&mut self, at: usize, target: usize, data: u32, pointers: u32) {
        let sizes = u64::from(data) | u64::from(pointers) << 16;
        // A struct of no size points at itself, which cannot be mistaken for null.
        let offset = if sizes == 0 { -1 } else { distance(at, target) };
        self.write_pointer(at, sizes << 32 | offset_bits(offset));
    }

    /// `size` is the wire format's code for the element size.
    pub fn write_list_pointer(&mut self, at: usize, target: usize, size: u8, count: usize) {
        let head = u64::from(size) | (count as u64) << 3;
        self.write_pointer(at, head << 32 | offset_bits(distance(at, target)) | 1);
    }

    /// A list of structs, which begins with a tag word at `target`.
    pub fn write_struct_list_pointer(
        &mut self,
        at: usize,
        target: usize,
        count: usize,
        data: u32,
        pointers: u32,
    ) {
        let words = count * (data + pointers) as usize;
        self.write_list_pointer(at, target, 7, words);
        let sizes = u64::from(data) | u64::from(pointers) << 16;
        self.write_pointer(target, sizes << 32 | (count as u64) << 2);
    }

    /// A list of bytes, with a zero behind them if they are a text.
    pub fn write_bytes(&mut self, at: usize, bytes: &[u8], text: bool) {
        let count = bytes.len() + usize::from(text);
        let start = self.allocate(count.div_ceil(8));
        self.write_words(start, bytes);
        self.write_list_pointer(at, start, 2, count);
    }

    pub fn finish(self) -> Message {
        Message::from_single_segment(self.bytes)
    }

    fn write_pointer(&mut self, at: usize, value: u64) {
        self.write_words(at, &value.to_le_bytes());
    }
}

fn distance(from: usize, to: usize) -> i64 {
    to as i64 - from as i64 - 1
}

fn offset_bits(offset: i64) -> u64 {
    u64::from((offset as i32 as u32) << 2)
}
