//! The addresses of what a namespace holds.

use std::fmt::Write;

/// The most that is told of the keys that are asked for, in bytes.
const MOST_SHOWN: usize = 512;

const SERVICE: &str = "https://fake-host";

/// An address at the service.
pub(super) struct Address {
    text: String,
    has_query: bool,
}

impl Address {
    pub fn of_key(name: &str) -> Self {
        Self::keyed(name, is_path)
    }

    /// Deleting writes keys as `encodeURIComponent` does.
    pub fn of_deleted(name: &str) -> Self {
        Self::keyed(name, is_component)
    }

    fn keyed(name: &str, is_plain: impl Fn(u8) -> bool) -> Self {
        let mut text = format!("{SERVICE}/");
        encode(&mut text, name, is_plain);
        let mut address = Self {
            text,
            has_query: false,
        };
        address.add("urlencoded", "true");
        address
    }

    pub fn of_bulk() -> Self {
        Self {
            text: format!("{SERVICE}/bulk/get"),
            has_query: false,
        }
    }

    pub fn of_list() -> Self {
        Self {
            text: SERVICE.to_owned(),
            has_query: false,
        }
    }

    /// Adds a parameter (URL §5.2).
    pub fn add(&mut self, name: &str, value: &str) {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        self.text.push_str(name);
        self.text.push('=');
        for (index, word) in value.split(' ').enumerate() {
            if index > 0 {
                self.text.push('+');
            }
            encode(&mut self.text, word, is_form);
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

fn encode(to: &mut String, text: &str, is_plain: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if is_plain(byte) {
            to.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$&'()*+,-.:;=@[]^_|~".contains(&byte)
}

fn is_component(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

fn is_form(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"*-._".contains(&byte)
}

/// A list of keys that is not too long to be told.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > MOST_SHOWN {
        let cut = text.floor_char_boundary(MOST_SHOWN - 3);
        text.truncate(cut);
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_parameters_are_encoded_each_in_their_way() {
        let mut address = Address::of_key("k/é ?&=#%[]");
        address.add("cache_ttl", "60");
        assert_eq!(
            address.text(),
            "https://fake-host/k%2F%C3%A9%20%3F&=%23%25[]?urlencoded=true&cache_ttl=60"
        );
        assert_eq!(
            Address::of_deleted("a,b").text(),
            "https://fake-host/a%2Cb?urlencoded=true"
        );
        let mut list = Address::of_list();
        list.add("prefix", "p/x y");
        assert_eq!(list.text(), "https://fake-host?prefix=p%2Fx+y");
    }

    #[test]
    fn long_lists_of_keys_are_cut() {
        assert_eq!(shortened("a".repeat(512)).len(), 512);
        let cut = shortened("a".repeat(513));
        assert_eq!((cut.len(), cut.ends_with("a...")), (512, true));
    }
}
