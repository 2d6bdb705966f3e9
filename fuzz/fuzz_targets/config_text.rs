//! Any bytes as a text config: reading ends, with a config or with errors that have a place. A config that is read
//! survives the way through its binary form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io;
use std::sync::Arc;

struct OneFile<'a>(&'a [u8]);

impl config::FileSystem for OneFile<'_> {
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>> {
        match path {
            "c.capnp" => Ok(self.0.into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fuzz_target!(init: fuzz::plant(|| fuzz::own_files("capnp")), |text: &[u8]| {
    match config::load_text("c.capnp", None, &[], &OneFile(text)) {
        Ok(loaded) => {
            let _ = config::validate(&loaded.config, &config::Permissions::default());
            let _ = config::unsupported(&loaded.config);
            let again = config::load_binary("c.bin", loaded.encoded().into());
            assert_eq!(again.as_ref(), Ok(&loaded.config));
        }
        Err(errors) => assert!(!errors.is_empty()),
    }
});
