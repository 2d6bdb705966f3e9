//! Files: bytes in memory, bytes of a module, devices and the standard streams.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use crate::stdio::Standard;
use crate::{Error, Id, NodeType, Stat};

/// The most bytes of one file.
pub const FILE_LIMIT: usize = 128 << 20;

/// How many bytes the files that an isolate writes may have together, with what their names cost.
#[derive(Debug)]
pub struct Budget {
    left: Cell<usize>,
}

impl Budget {
    pub fn new(bytes: usize) -> Rc<Self> {
        Rc::new(Self {
            left: Cell::new(bytes),
        })
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.left.get()
    }

    pub(crate) fn take(&self, bytes: usize) -> Result<(), Error> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.ok_or(Error::FileTooLarge)?);
        Ok(())
    }

    pub(crate) fn give_back(&self, bytes: usize) {
        self.left.set(self.left.get() + bytes);
    }
}

/// A file; hard links are names of the same one.
#[derive(Debug)]
pub struct File {
    content: Content,
    pub(crate) id: Id,
}

#[derive(Debug)]
enum Content {
    Memory(Memory),
    Fixed(Fixed),
    Device(Device),
    Standard(Standard),
}

/// Bytes that somebody else holds.
struct Fixed(Box<dyn AsRef<[u8]>>);

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", (*self.0).as_ref().len())
    }
}

/// Bytes that can change.
#[derive(Debug)]
struct Memory {
    bytes: RefCell<Vec<u8>>,
    modified: Cell<i64>,
    budget: Rc<Budget>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes.get_mut().len());
    }
}

/// The files of `/dev`.
#[derive(Debug, Clone, Copy)]
pub enum Device {
    Null,
    Zero,
    /// Reads as zeros and takes nothing.
    Full,
    /// The function fills a buffer and says how many bytes it has written.
    Random(fn(&mut [u8]) -> usize),
}

impl File {
    fn of(content: Content) -> Rc<Self> {
        let id = Id::default();
        Rc::new(Self { content, id })
    }

    /// An empty file that can be written.
    pub fn writable(budget: &Rc<Budget>) -> Rc<Self> {
        Self::of(Content::Memory(Memory {
            bytes: RefCell::default(),
            modified: Cell::new(0),
            budget: budget.clone(),
        }))
    }

    /// A file that cannot be written.
    pub fn fixed(bytes: impl AsRef<[u8]> + 'static) -> Rc<Self> {
        Self::of(Content::Fixed(Fixed(Box::new(bytes))))
    }

    pub fn device(device: Device) -> Rc<Self> {
        Self::of(Content::Device(device))
    }

    pub(crate) fn standard(standard: Standard) -> Rc<Self> {
        Self::of(Content::Standard(standard))
    }

    /// The stream that it is, if it is one: what is written there is for the embedder to show.
    pub fn as_standard(&self) -> Option<&Standard> {
        match &self.content {
            Content::Standard(standard) => Some(standard),
            _ => None,
        }
    }

    pub fn stat(&self) -> Stat {
        let mut stat = Stat::of(NodeType::File, true);
        match &self.content {
            Content::Memory(memory) => {
                stat.size = size(memory.bytes.borrow().len());
                stat.modified = memory.modified.get();
            }
            Content::Fixed(fixed) => {
                stat.size = size((*fixed.0).as_ref().len());
                stat.is_writable = false;
            }
            Content::Device(_) => stat.is_device = true,
            Content::Standard(_) => {}
        }
        stat
    }

    /// Sets the time of the last change, in nanoseconds since 1970; a module's stays as it is.
    ///
    /// # Errors
    /// The file has no time of its own.
    pub fn set_modified(&self, time: i64) -> Result<(), Error> {
        match &self.content {
            Content::Memory(memory) => memory.modified.set(time),
            Content::Device(Device::Random(_)) | Content::Standard(_) => {
                return Err(Error::NotPermitted);
            }
            Content::Fixed(_) | Content::Device(_) => {}
        }
        Ok(())
    }

    /// Gives `read` the bytes of a file that has some; devices have none.
    pub fn with_bytes<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        match &self.content {
            Content::Memory(memory) => read(&memory.bytes.borrow()),
            Content::Fixed(fixed) => read((*fixed.0).as_ref()),
            Content::Device(_) | Content::Standard(_) => read(&[]),
        }
    }

    /// Copies what is at `offset` into `buffer`; returns how many bytes there were.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        match &self.content {
            Content::Device(Device::Zero | Device::Full) => {
                buffer.fill(0);
                buffer.len()
            }
            Content::Device(Device::Random(fill)) => fill(buffer),
            _ => self.with_bytes(|bytes| {
                let rest = bytes.get(offset..).unwrap_or_default();
                let count = rest.len().min(buffer.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                count
            }),
        }
    }

    /// Writes `data` at `offset`; what lies before becomes zeros. Returns how many bytes were written.
    ///
    /// # Errors
    /// It cannot be written, or would become too large.
    pub fn write(&self, offset: usize, data: &[u8]) -> Result<usize, Error> {
        match &self.content {
            Content::Memory(memory) => {
                let end = offset.checked_add(data.len()).ok_or(Error::FileTooLarge)?;
                if end > memory.bytes.borrow().len() {
                    memory.resize(end)?;
                } else if end > FILE_LIMIT {
                    return Err(Error::FileTooLarge);
                }
                memory.bytes.borrow_mut()[offset..end].copy_from_slice(data);
                Ok(data.len())
            }
            Content::Fixed(_) if data.len() > FILE_LIMIT => Err(Error::FileTooLarge),
            Content::Fixed(_) => Err(Error::ReadOnly),
            Content::Device(Device::Null | Device::Zero) => Ok(data.len()),
            Content::Device(_) | Content::Standard(_) => Err(Error::NotPermitted),
        }
    }

    /// Makes `data` the whole content.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_all(&self, data: &[u8]) -> Result<usize, Error> {
        self.resize(data.len())?;
        self.write(0, data)
    }

    /// Cuts the file off or fills it up with zeros.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn resize(&self, length: usize) -> Result<(), Error> {
        match &self.content {
            Content::Memory(memory) => memory.resize(length),
            Content::Fixed(_) => Err(Error::ReadOnly),
            Content::Device(Device::Null | Device::Zero) => Ok(()),
            Content::Device(_) | Content::Standard(_) => Err(Error::NotPermitted),
        }
    }

    /// A writable file with the same bytes; devices and streams are their own copies.
    ///
    /// # Errors
    /// It is too large.
    pub fn duplicate(self: &Rc<Self>, budget: &Rc<Budget>) -> Result<Rc<Self>, Error> {
        match &self.content {
            Content::Device(_) | Content::Standard(_) => Ok(self.clone()),
            Content::Memory(_) | Content::Fixed(_) => {
                let copy = Self::writable(budget);
                self.with_bytes(|bytes| copy.write_all(bytes))?;
                Ok(copy)
            }
        }
    }

    /// Takes over the bytes and the time of `other`.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn replace(&self, other: &Self) -> Result<(), Error> {
        match &self.content {
            Content::Memory(memory) => {
                let stat = other.stat();
                // They may be one file.
                let bytes = other.with_bytes(<[u8]>::to_vec);
                memory.resize(bytes.len())?;
                memory.bytes.replace(bytes);
                memory.modified.set(stat.modified);
                Ok(())
            }
            Content::Fixed(_) => Err(Error::ReadOnly),
            Content::Device(Device::Null | Device::Zero) => Ok(()),
            Content::Device(_) | Content::Standard(_) => Err(Error::NotPermitted),
        }
    }
}

impl Memory {
    fn resize(&self, length: usize) -> Result<(), Error> {
        let mut bytes = self.bytes.borrow_mut();
        if length > bytes.len() {
            if length > FILE_LIMIT {
                return Err(Error::FileTooLarge);
            }
            self.budget.take(length - bytes.len())?;
            let more = length - bytes.len();
            if bytes.try_reserve(more).is_err() {
                self.budget.give_back(more);
                return Err(Error::FileTooLarge);
            }
            bytes.resize(length, 0);
        } else {
            self.budget.give_back(bytes.len() - length);
            bytes.truncate(length);
            if bytes.capacity() > 2 * length + 4096 {
                bytes.shrink_to_fit();
            }
        }
        Ok(())
    }
}

/// No file has more bytes than fit.
fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
