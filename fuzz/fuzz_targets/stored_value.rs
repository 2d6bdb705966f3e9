//! Any bytes as a token, and as a value whose references move to their places: both end.

#![no_main]

use io::inline::{Places, inline};
use io::token::Token;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(token) = Token::read_stored(bytes) {
        assert_eq!(Token::read_stored(&token.write()), Some(token));
    }
    if let Some(token) = Token::read(bytes) {
        assert_eq!(Token::read(&token.write()), Some(token));
    }
    for places in [Places::Ordered, Places::Numbered, Places::Stored] {
        for references in 0..3 {
            if let Ok(inlined) = inline(bytes, references, places) {
                assert!(inlined.order.len() <= bytes.len());
            }
        }
    }
});
