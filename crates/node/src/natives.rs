//! The native modules of this crate, for its builtin modules alone.

use jsg::modules::NativeModule;

/// The native module of this name.
pub fn find(specifier: &str) -> Option<NativeModule> {
    Some(match specifier.strip_prefix("node-internal:")? {
        "buffer_natives" => crate::buffer::natives,
        "crypto_natives" => crate::crypto_natives::natives,
        "fs_natives" => crate::fs::natives,
        "inspector_natives" => crate::inspector::natives,
        "zlib_natives" => crate::zlib::natives,
        _ => return None,
    })
}
