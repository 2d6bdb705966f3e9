//! What tail Workers see of URLs and headers that may hold secrets.

/// Stands for what is left out.
pub const REDACTED: &str = "REDACTED";

/// Whether a header's name, in lower case, tells of a secret.
pub fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 5] = ["auth", "jwt", "key", "secret", "token"];
    matches!(name, "cookie" | "set-cookie") || PARTS.iter().any(|part| name.contains(part))
}

/// A URL without what looks like an id or a card number.
pub fn url(url: &str) -> String {
    let mut redacted = String::with_capacity(url.len());
    let mut rest = url;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !is_separator(c));
        let (word, tail) = rest.split_at(end.unwrap_or(rest.len()));
        redacted.push_str(if is_id(word) { REDACTED } else { word });
        let mut characters = tail.chars();
        let Some(separator) = characters.next() else {
            return redacted;
        };
        redacted.push(separator);
        rest = characters.as_str();
    }
}

/// Letters of Base64, or between the groups of a hexadecimal id.
fn is_separator(c: char) -> bool {
    matches!(c, '+' | '-' | '_')
}

fn is_id(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    let upper = count(u8::is_ascii_uppercase);
    let lower = count(u8::is_ascii_lowercase);
    let hex = count(u8::is_ascii_hexdigit);
    let is_hex = hex >= 32 && hex == digits + upper + lower;
    let is_base64 = word.len() >= 21 && digits >= 2 && upper >= 2 && lower >= 2;
    is_hex || is_base64 || is_card(word)
}

/// The number of a payment card, by its check digit (ISO/IEC 7812-1).
fn is_card(word: &str) -> bool {
    let (mut count, mut sum) = (0, 0);
    for c in word.chars().rev().filter(|c| !is_separator(*c)) {
        let Some(digit) = c.to_digit(10) else {
            return false;
        };
        sum += match digit * (1 + count % 2) {
            doubled @ 10.. => doubled - 9,
            digit => digit,
        };
        count += 1;
    }
    (13..=19).contains(&count) && sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_cards_are_left_out() {
        let same = "https://example.com/a/b?x=1#0123456789abcdef";
        assert_eq!(url(same), same);
        assert_eq!(
            url("https://h/0123456789abcdef-0123456789ABCDEF/x?t=aBcDeFgHiJkLmNoPqR123&z"),
            "https://h/REDACTED/x?t=REDACTED&z"
        );
        assert_eq!(url("/4111-1111-1111-1111/"), "/REDACTED/");
        assert_eq!(url("/4111-1111-1111-1112/"), "/4111-1111-1111-1112/");
    }

    #[test]
    fn headers_with_secrets_are_known() {
        for name in ["cookie", "authorization", "x-api-key"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("accept"));
    }
}
