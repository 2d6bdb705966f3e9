//! URLPattern (WHATWG URL Pattern).
//!
//! Workers know two editions: that of the standard, and an older one before the flag
//! `urlpattern_standard`. The algorithms are the same but for what [`Edition`] decides.
//!
//! | module | what |
//! | --- | --- |
//! | [`tokenizer`], [`parser`] | a pattern string in tokens, and in parts |
//! | [`generate`] | parts as a regular expression and as a pattern string |
//! | [`canonical`] | the parts of a URL in their canonical form |
//! | [`constructor_string`] | a pattern of a whole URL, taken apart |
//! | [`init`] | the components that a dictionary asks for |
//! | [`component`] | one component, compiled |
//! | [`pattern`] | the class |

mod canonical;
mod component;
mod constructor_string;
mod generate;
mod init;
mod parser;
mod pattern;
mod tokenizer;

use std::borrow::Cow;

pub use pattern::UrlPattern;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edition {
    Original,
    Standard,
}

/// Why something is no pattern, in the words of the original edition; the standard one has none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Invalid(Cow<'static, str>);

const SYNTAX: Invalid = Invalid(Cow::Borrowed("Syntax error in URL Pattern"));

impl Invalid {
    const fn text(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    fn at(what: &str, position: usize) -> Self {
        Self(format!("Syntax error in URL Pattern: {what} at {position}").into())
    }
}

/// The components of a URL, in the order in which they are listed everywhere.
const COMPONENTS: usize = 8;
const PROTOCOL: usize = 0;
const USERNAME: usize = 1;
const PASSWORD: usize = 2;
const HOSTNAME: usize = 3;
const PORT: usize = 4;
const PATHNAME: usize = 5;
const SEARCH: usize = 6;
const HASH: usize = 7;

const NAMES: [&str; COMPONENTS] = [
    "protocol", "username", "password", "hostname", "port", "pathname", "search", "hash",
];

/// Text for each component that has some.
type Texts = [Option<String>; COMPONENTS];

/// `URLPatternInit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Init {
    texts: Texts,
    base_url: Option<String>,
}
