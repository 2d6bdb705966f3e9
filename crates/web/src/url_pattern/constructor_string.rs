//! "Parse a constructor string" (URL Pattern §2.2): a pattern of a whole URL becomes one pattern for each
//! component.

use super::tokenizer::{Kind, Policy, Token, tokenize};
use super::{
    COMPONENTS, Edition, HASH, HOSTNAME, Invalid, PASSWORD, PATHNAME, PORT, PROTOCOL, SEARCH,
    Texts, USERNAME,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Init,
    Protocol,
    Authority,
    Username,
    Password,
    Hostname,
    Port,
    Pathname,
    Search,
    Hash,
    Done,
}

impl State {
    fn component(self) -> Option<usize> {
        Some(match self {
            Self::Init | Self::Authority | Self::Done => return None,
            Self::Protocol => PROTOCOL,
            Self::Username => USERNAME,
            Self::Password => PASSWORD,
            Self::Hostname => HOSTNAME,
            Self::Port => PORT,
            Self::Pathname => PATHNAME,
            Self::Search => SEARCH,
            Self::Hash => HASH,
        })
    }
}

struct Parser<'a> {
    input: &'a str,
    edition: Edition,
    tokens: Vec<Token<'a>>,
    texts: Texts,
    start: usize,
    index: usize,
    increment: usize,
    group_depth: usize,
    bracket_depth: usize,
    /// Whether the protocol may be one of those with an authority.
    is_special: bool,
    state: State,
}

/// `is_special` says whether a pattern for a protocol matches a special scheme.
pub(super) fn parse(
    input: &str,
    edition: Edition,
    is_special: &mut dyn FnMut(&str) -> bool,
) -> Result<Texts, Invalid> {
    let mut parser = Parser {
        input,
        edition,
        tokens: tokenize(input, Policy::Lenient, edition)?,
        texts: Texts::default(),
        start: 0,
        index: 0,
        increment: 0,
        group_depth: 0,
        bracket_depth: 0,
        is_special: false,
        state: State::Init,
    };
    parser.run(is_special);
    Ok(parser.texts)
}

impl Parser<'_> {
    fn run(&mut self, is_special: &mut dyn FnMut(&str) -> bool) {
        while self.state != State::Done
            && let Some(token) = self.tokens.get(self.index)
        {
            self.increment = 1;
            match token.kind {
                Kind::End => self.end(),
                Kind::Open => self.group_depth += 1,
                Kind::Close if self.group_depth > 0 => {
                    self.group_depth -= 1;
                    self.step(is_special);
                }
                _ if self.group_depth > 0 => {}
                _ => self.step(is_special),
            }
            self.index += self.increment;
        }
        if self.edition == Edition::Standard && self.texts[HOSTNAME].is_some() {
            self.texts[PORT].get_or_insert_default();
        }
    }

    fn end(&mut self) {
        match self.state {
            State::Init => {
                self.rewind();
                let original = self.edition == Edition::Original;
                if self.is('#') {
                    self.change(State::Hash, 1);
                } else if self.is_search_prefix() {
                    self.change(State::Search, 1);
                    if original {
                        self.empty(HASH);
                    }
                } else {
                    self.change(State::Pathname, 0);
                    if original {
                        self.empty(SEARCH);
                        self.empty(HASH);
                    }
                }
            }
            State::Authority => self.rewind_to(State::Hostname),
            _ => self.change(State::Done, 0),
        }
    }

    fn step(&mut self, is_special: &mut dyn FnMut(&str) -> bool) {
        match self.state {
            State::Init if self.is(':') => {
                if self.edition == Edition::Original {
                    (USERNAME..COMPONENTS).for_each(|component| self.empty(component));
                }
                self.rewind_to(State::Protocol);
            }
            State::Protocol if self.is(':') => {
                // The original edition asks, and forgets the answer.
                self.is_special =
                    self.edition == Edition::Standard && is_special(self.component_text());
                if self.is_at(self.index + 1, '/') && self.is_at(self.index + 2, '/') {
                    self.change(State::Authority, 3);
                } else if self.is_special {
                    self.change(State::Authority, 1);
                } else {
                    self.change(State::Pathname, 1);
                }
            }
            State::Authority if self.is('@') => self.rewind_to(State::Username),
            State::Authority if self.is('/') || self.is_search_prefix() || self.is('#') => {
                self.rewind_to(State::Hostname);
            }
            State::Username if self.is(':') => self.change(State::Password, 1),
            State::Username | State::Password if self.is('@') => self.change(State::Hostname, 1),
            State::Hostname if self.is('[') => self.bracket_depth += 1,
            State::Hostname if self.is(']') => {
                self.bracket_depth = self.bracket_depth.saturating_sub(1);
            }
            State::Hostname if self.is(':') && self.bracket_depth == 0 => {
                self.change(State::Port, 1);
            }
            State::Hostname | State::Port if self.is('/') => self.change(State::Pathname, 0),
            State::Hostname | State::Port | State::Pathname if self.is_search_prefix() => {
                self.change(State::Search, 1);
            }
            State::Hostname | State::Port | State::Pathname | State::Search if self.is('#') => {
                self.change(State::Hash, 1);
            }
            _ => {}
        }
    }

    fn empty(&mut self, component: usize) {
        self.texts[component] = Some(String::new());
    }

    fn rewind(&mut self) {
        self.index = self.start;
        self.increment = 0;
    }

    fn rewind_to(&mut self, state: State) {
        self.rewind();
        self.state = state;
    }

    /// "Change state".
    fn change(&mut self, state: State, skip: usize) {
        if let Some(component) = self.state.component() {
            self.texts[component] = Some(self.component_text().to_owned());
        }
        if self.edition == Edition::Standard {
            self.fill_between(state);
        }
        self.state = state;
        self.index += skip;
        self.start = self.index;
        self.increment = 0;
    }

    /// What lies between two components that are there is empty, not any.
    fn fill_between(&mut self, next: State) {
        let Some(next) = next.component().filter(|_| self.state != State::Init) else {
            return;
        };
        // An authority stands between password and hostname.
        let last = match self.state {
            State::Authority => PASSWORD,
            state => state.component().unwrap_or(PROTOCOL),
        };
        if last < HOSTNAME && next >= PORT {
            self.texts[HOSTNAME].get_or_insert_default();
        }
        if last < PATHNAME && next >= SEARCH && self.texts[PATHNAME].is_none() {
            let path = if self.is_special { "/" } else { "" };
            self.texts[PATHNAME] = Some(path.to_owned());
        }
        if last < SEARCH && next == HASH {
            self.texts[SEARCH].get_or_insert_default();
        }
    }

    /// "Make a component string".
    fn component_text(&self) -> &str {
        let from = self.tokens.get(self.start).map(|token| token.index);
        let to = self.tokens.get(self.index).map(|token| token.index);
        let (from, to) = (from.unwrap_or(0), to.unwrap_or(self.input.len()));
        self.input.get(from..to).unwrap_or_default()
    }

    fn is(&self, char: char) -> bool {
        self.is_at(self.index, char)
    }

    /// "Is a non-special pattern char".
    fn is_at(&self, index: usize, char: char) -> bool {
        self.tokens.get(index).is_some_and(|token| {
            let is_char = matches!(
                token.kind,
                Kind::Char | Kind::EscapedChar | Kind::InvalidChar
            );
            is_char && token.value.chars().eq([char])
        })
    }

    fn is_search_prefix(&self) -> bool {
        if self.is('?') {
            return true;
        }
        let is_mark = |token: &Token<'_>| token.value == "?";
        if !self.tokens.get(self.index).is_some_and(is_mark) {
            return false;
        }
        let previous = self.index.checked_sub(1);
        let previous = previous.and_then(|index| self.tokens.get(index));
        !previous.is_some_and(|token| {
            matches!(
                token.kind,
                Kind::Name | Kind::Regexp | Kind::Close | Kind::Asterisk
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(input: &str, edition: Edition) -> [Option<String>; COMPONENTS] {
        parse(input, edition, &mut |protocol| protocol.starts_with("http")).unwrap()
    }

    fn texts(texts: [Option<&str>; COMPONENTS]) -> Texts {
        texts.map(|text| text.map(str::to_owned))
    }

    #[test]
    fn the_standard_leaves_what_follows_open() {
        let all = parsed("https://u@{a.}?b:80/c?d#e", Edition::Standard);
        let some = Some;
        assert_eq!(
            all,
            texts([
                some("https"),
                some("u"),
                None,
                some("{a.}?b"),
                some("80"),
                some("/c"),
                some("d"),
                some("e")
            ])
        );
        assert_eq!(
            parsed("https://a#e", Edition::Standard),
            texts([
                some("https"),
                None,
                None,
                some("a"),
                some(""),
                some("/"),
                some(""),
                some("e")
            ])
        );
        let path = parsed("/a/:b?", Edition::Standard);
        assert_eq!(
            path,
            texts([None, None, None, None, None, some("/a/:b?"), None, None])
        );
    }

    #[test]
    fn the_original_edition_closes_it() {
        let empty = Some("");
        assert_eq!(
            parsed("https://[::1]:8/*", Edition::Original),
            texts([
                Some("https"),
                empty,
                empty,
                Some("[::1]"),
                Some("8"),
                Some("/*"),
                empty,
                empty
            ])
        );
    }
}
