//! Which facet of an object has which number: `<id>.facets` beside the object's database, in the layout of the real
//! workerd.
//!
//! A facet gets the next number when it is first named, and keeps it. The object itself is number 0. The file is only
//! ever appended to: after eight bytes that tell what it is, an entry a facet, in the order of their numbers: the
//! number of the facet that it is within and the length of its name, two bytes each and little-endian, and the name.
//! What a crash has left of an entry is cut off; nobody has used it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const MAGIC: u64 = 0xc4cd_ce5b_c5b0_ef57;

/// The number of a facet.
pub type Number = u16;

/// See the module.
pub struct FacetIndex {
    file: File,
    /// The facet that each is within, and its name; the first one is number 1.
    entries: Vec<(Number, String)>,
}

impl FacetIndex {
    /// Reads the file, or makes it.
    ///
    /// # Errors
    /// It can neither be read nor made, or is something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path.is_symlink() {
            // It may lead to that of another object.
            return Err(at(
                path,
                io::ErrorKind::InvalidData,
                &"a symbolic link, which nobody follows",
            ));
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = file.map_err(|error| at(path, error.kind(), &error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            file.write_all(&MAGIC.to_le_bytes())?;
            let entries = Vec::new();
            return Ok(Self { file, entries });
        }
        let Some(mut rest) = bytes.strip_prefix(&MAGIC.to_le_bytes()) else {
            return Err(at(
                path,
                io::ErrorKind::InvalidData,
                &"this is no index of facets",
            ));
        };
        let mut entries = Vec::new();
        while let Some((entry, after)) = parse(rest) {
            if usize::from(entry.0) > entries.len() || entries.contains(&entry) {
                break;
            }
            entries.push(entry);
            rest = after;
        }
        let good = bytes.len() - rest.len();
        file.set_len(good as u64)?;
        file.seek(SeekFrom::Start(good as u64))?;
        Ok(Self { file, entries })
    }

    /// The number of a facet, a new one if it has none.
    ///
    /// # Errors
    /// There are too many, or the file cannot be written.
    pub fn number(&mut self, within: Number, name: &str) -> io::Result<Number> {
        let known = self
            .entries
            .iter()
            .position(|(parent, known)| *parent == within && known == name);
        let index = match known {
            Some(index) => index,
            None => self.add(within, name)?,
        };
        Number::try_from(index + 1).map_err(|_| too_many())
    }

    fn add(&mut self, within: Number, name: &str) -> io::Result<usize> {
        let index = self.entries.len();
        let length = u16::try_from(name.len()).ok().filter(|length| *length > 0);
        let (Some(length), true) = (length, index < usize::from(Number::MAX)) else {
            return Err(too_many());
        };
        let mut entry = Vec::with_capacity(4 + name.len());
        entry.extend(within.to_le_bytes());
        entry.extend(length.to_le_bytes());
        entry.extend(name.as_bytes());
        self.file.write_all(&entry)?;
        self.file.sync_data()?;
        self.entries.push((within, name.to_owned()));
        Ok(index)
    }

    /// The facets within one, with their names.
    pub fn within(&self, parent: Number) -> Vec<(Number, String)> {
        let numbered = (1..).zip(&self.entries);
        let children = numbered.filter(|(_, (within, _))| *within == parent);
        children
            .map(|(number, (_, name))| (number, name.clone()))
            .collect()
    }
}

#[cold]
fn at(path: &Path, kind: io::ErrorKind, what: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(kind, format!("{}: {what}", path.display()))
}

fn parse(bytes: &[u8]) -> Option<((Number, String), &[u8])> {
    let (within, bytes) = bytes.split_first_chunk()?;
    let (length, bytes) = bytes.split_first_chunk()?;
    let (name, rest) = bytes.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    let name = std::str::from_utf8(name)
        .ok()
        .filter(|name| !name.is_empty())?;
    let entry = (u16::from_le_bytes(*within), name.to_owned());
    Some((entry, rest))
}

fn too_many() -> io::Error {
    io::Error::other("a facet without a name, or one too many")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_and_broken_ends_are_cut_off() {
        let directory = std::env::temp_dir().join(format!("facets-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("x.facets");
        let _ = std::fs::remove_file(&path);
        let mut index = FacetIndex::open(&path).expect("it is made");
        assert_eq!(index.number(0, "foo").ok(), Some(1));
        assert_eq!(index.number(0, "bar").ok(), Some(2));
        assert_eq!(index.number(2, "foo").ok(), Some(3));
        assert_eq!(index.number(0, "foo").ok(), Some(1));
        assert!(index.number(0, "").is_err());
        drop(index);
        let mut bytes = std::fs::read(&path).expect("a file");
        assert_eq!(bytes.len(), 8 + 7 * 3);
        let good = bytes.len();
        bytes.extend([2, 0, 9, 0, b'c']);
        std::fs::write(&path, &bytes).expect("a file");
        let mut index = FacetIndex::open(&path).expect("it is there");
        assert_eq!(index.number(2, "foo").ok(), Some(3));
        assert_eq!(index.within(0).len(), 2);
        assert_eq!(index.within(2), [(3, "foo".to_owned())]);
        let length = std::fs::metadata(&path).expect("a file").len();
        assert_eq!(length, good as u64);
        assert_eq!(index.number(3, "new").ok(), Some(4));
        std::fs::write(&path, b"something else").expect("a file");
        assert!(FacetIndex::open(&path).is_err());
        std::fs::remove_dir_all(&directory).expect("it is ours");
    }
}
