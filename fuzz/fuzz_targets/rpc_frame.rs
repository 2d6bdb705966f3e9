//! Any bytes as a frame of a session: reading ends, with a frame that can be written again or an error.

#![no_main]

use bytes::{Bytes, BytesMut};
use libfuzzer_sys::fuzz_target;
use rpc::wire::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = decode(Bytes::copy_from_slice(bytes)) {
        let mut written = BytesMut::new();
        encode(&frame, &mut written);
        assert!(decode(written.freeze()).is_ok());
    }
});
