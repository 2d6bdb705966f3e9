//! What stored values refer to: tokens in their bytes, and beside them those of stubs.

use std::cell::RefCell;

use io::token::Token;
use jsg::clone::{Reader, data_clone_error};
use jsg::{Error, Flag, Lock, LockExt, Result};

/// Loads the tokens beside a value.
type Load = Box<dyn FnOnce() -> Result<Vec<Vec<u8>>>>;

/// Says that a value is written to storage, or read from it.
#[derive(Default)]
pub struct Stored {
    /// The tokens beside the value.
    tokens: RefCell<Tokens>,
}

enum Tokens {
    /// Those that were written.
    Written(Vec<Vec<u8>>),
    /// They are loaded when the first is read.
    There(Load),
    /// Those that are yet to be read.
    Loaded(std::vec::IntoIter<Vec<u8>>),
}

impl Default for Tokens {
    fn default() -> Self {
        Self::Written(Vec::new())
    }
}

impl Stored {
    /// For reading a value whose tokens `load` finds.
    pub fn new(load: impl FnOnce() -> Result<Vec<Vec<u8>>> + 'static) -> Self {
        Self {
            tokens: RefCell::new(Tokens::There(Box::new(load))),
        }
    }

    /// Adds a token beside the value.
    pub fn push(&self, token: Vec<u8>) {
        if let Tokens::Written(tokens) = &mut *self.tokens.borrow_mut() {
            tokens.push(token);
        }
    }

    /// The tokens beside a value that was written.
    pub fn finish(&self) -> Vec<Vec<u8>> {
        match self.tokens.take() {
            Tokens::Written(tokens) => tokens,
            Tokens::There(_) | Tokens::Loaded(_) => Vec::new(),
        }
    }

    /// The next token beside the value.
    ///
    /// # Errors
    /// There is none. `refusal`: the Worker reads no stubs.
    pub fn next(&self, js: &Lock<'_, '_>, refusal: &'static str) -> Result<Token> {
        if !js.flag(Flag::AllowIrrevocableStubStorage) {
            return Err(data_clone_error(refusal));
        }
        let mut tokens = match self.tokens.take() {
            Tokens::There(load) => load()?.into_iter(),
            Tokens::Loaded(tokens) => tokens,
            Tokens::Written(_) => Vec::new().into_iter(),
        };
        let token = tokens.next();
        self.tokens.replace(Tokens::Loaded(tokens));
        token
            .and_then(|token| Token::read_stored(&token))
            .ok_or_else(|| Error::Internal("a stored value without its token".into()))
    }

    /// The token of a service or a class: in the bytes, or beside them.
    ///
    /// # Errors
    /// There is none. `refusal`: the Worker reads no stubs.
    pub fn read(
        &self,
        js: &Lock<'_, '_>,
        from: &Reader<'_>,
        refusal: &'static str,
    ) -> Result<Token> {
        let token = from.bytes()?;
        if token.is_empty() {
            return self.next(js, refusal);
        }
        match Token::read_stored(&token) {
            Some(token) if js.flag(Flag::AllowIrrevocableStubStorage) => Ok(token),
            _ => Err(data_clone_error(refusal)),
        }
    }
}
