//! Status codes with a meaning of their own (Fetch §2.2.3).

/// A "null body status".
pub fn has_no_body(status: u16) -> bool {
    matches!(status, 101 | 204 | 205 | 304)
}

/// A "redirect status".
pub fn is_redirect(status: i64) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
