//! Any bytes as an encoded config: reading ends, with a config or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(config) = config::load_binary("c.bin", bytes.into()) {
        let _ = config::validate(&config, &config::Permissions::default());
    }
});
