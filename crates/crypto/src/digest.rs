//! Hash functions by their names.

use evp::Digest;

use crate::error::{Result, not_supported};

/// MD5 is not in the standard; Workers may have it all the same.
const KNOWN: [(&str, Digest); 5] = [
    ("SHA-1", Digest::Sha1),
    ("SHA-256", Digest::Sha256),
    ("SHA-384", Digest::Sha384),
    ("SHA-512", Digest::Sha512),
    ("MD5", Digest::Md5),
];

/// The hash function of this name, in whatever case.
pub fn by_name(name: &str) -> Result<Digest> {
    KNOWN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, digest)| *digest)
        .ok_or_else(|| not_supported("Unrecognized or unimplemented digest algorithm requested."))
}

/// SHA-3, which only `digest()` has.
const MODERN: [(&str, Digest); 3] = [
    ("SHA3-256", Digest::Sha3_256),
    ("SHA3-384", Digest::Sha3_384),
    ("SHA3-512", Digest::Sha3_512),
];

/// As [`by_name`], with those of the newer functions that only `digest()` has.
pub fn modern_by_name(name: &str) -> Result<Digest> {
    MODERN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map_or_else(|| by_name(name), |(_, digest)| Ok(*digest))
}

/// The name as guests read it.
pub fn name_of(digest: Digest) -> &'static str {
    KNOWN
        .iter()
        .find(|(_, known)| *known == digest)
        .map_or("", |(name, _)| name)
}

/// The number in the name of a SHA function, as the names of JSON Web Algorithms have it.
pub fn sha_number(digest: Digest) -> Option<&'static str> {
    name_of(digest).strip_prefix("SHA-")
}
