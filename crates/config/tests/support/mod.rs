//! Files in memory, for tests.

use config::FileSystem;
use std::io;
use std::sync::Arc;

pub struct Files(Vec<(String, Vec<u8>)>);

impl Files {
    pub fn new(files: &[(&str, &[u8])]) -> Files {
        Files(
            files
                .iter()
                .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
                .collect(),
        )
    }
}

impl FileSystem for Files {
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>> {
        let found = self.0.iter().find(|(name, _)| name == path);
        found
            .map(|(_, bytes)| bytes.as_slice().into())
            .ok_or(io::ErrorKind::NotFound.into())
    }
}
