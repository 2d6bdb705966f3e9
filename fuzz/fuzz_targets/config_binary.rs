//! Any bytes as an encoded config: reading ends, with a config or an error.

#![no_main]

use std::io;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;

/// One config, whose files are all there and say little.
struct Files(Vec<u8>);

impl config::FileSystem for Files {
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>> {
        match path {
            "c.capnp" => Ok(self.0.as_slice().into()),
            _ => Ok(b"a".as_slice().into()),
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = fuzz::own_files("capnp").into_iter();
    let loaded =
        texts.filter_map(|text| config::load_text("c.capnp", None, &[], &Files(text)).ok());
    loaded.map(|loaded| loaded.encoded().to_vec()).collect()
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    if let Ok(config) = config::load_binary("c.bin", bytes.into()) {
        let _ = config::validate(&config, &config::Permissions::default());
    }
});
