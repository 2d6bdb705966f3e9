//! Lexer: bytes to statements of tokens.
//!
//! A source is a sequence of statements, each a run of tokens ended by `;` or by a block of further statements.
//! Parentheses and brackets are matched here, into lists of token runs split at commas, so that a mistake inside one
//! item leaves its neighbours readable.
//!
//! A lexical mistake ends the reading: it is reported at the byte where nothing more fits.

use crate::source::Span;

/// Nesting beyond this is refused, which bounds recursion here and in every later stage.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    Identifier(String),
    String(Vec<u8>),
    /// `0x"…"`.
    Binary(Vec<u8>),
    /// `None` when it does not fit 64 bits.
    Integer(Option<u64>),
    Float(f64),
    Operator(String),
    Parenthesized(Vec<Vec<Token>>),
    Bracketed(Vec<Vec<Token>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    pub tokens: Vec<Token>,
    /// `None` when it ends with a semicolon.
    pub block: Option<Vec<Statement>>,
    pub span: Span,
}

/// A lexical mistake.
#[derive(Debug, PartialEq)]
pub(crate) struct LexError {
    pub at: usize,
    pub message: &'static str,
}

type Result<T> = std::result::Result<T, LexError>;

pub(crate) fn lex(text: &[u8]) -> Result<Vec<Statement>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        depth: 0,
    };
    let statements = lexer.statements()?;
    match lexer.at < text.len() {
        true => Err(lexer.error()),
        false => Ok(statements),
    }
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Lexer<'_> {
    fn statements(&mut self) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some(b'}') => return Ok(statements),
                Some(_) => statements.push(self.statement()?),
            }
        }
    }

    fn statement(&mut self) -> Result<Statement> {
        let start = self.at;
        let tokens = self.tokens()?;
        let block = match self.peek() {
            Some(b';') => None,
            Some(b'{') => {
                self.at += 1;
                let statements = self.nested(Self::statements)?;
                if self.peek() != Some(b'}') {
                    return Err(self.error());
                }
                Some(statements)
            }
            _ => return Err(self.error()),
        };
        self.at += 1;
        Ok(Statement {
            tokens,
            block,
            span: Span::new(start, self.at),
        })
    }

    /// Tokens up to the first byte that starts none, spaces behind them included.
    fn tokens(&mut self) -> Result<Vec<Token>> {
        let mut tokens = Vec::new();
        loop {
            self.skip_space();
            let start = self.at;
            let Some(kind) = self.token()? else {
                return Ok(tokens);
            };
            tokens.push(Token {
                kind,
                span: Span::new(start, self.at),
            });
        }
    }

    fn token(&mut self) -> Result<Option<TokenKind>> {
        let Some(byte) = self.peek() else {
            return Ok(None);
        };
        let kind = match byte {
            b'(' => TokenKind::Parenthesized(self.list(b')')?),
            b'[' => TokenKind::Bracketed(self.list(b']')?),
            b'"' => TokenKind::String(self.string()?),
            b'`' => TokenKind::String(self.line()?),
            b'0'..=b'9' => self.number()?,
            byte if is_name_start(byte) => TokenKind::Identifier(self.take_while(is_name)),
            byte if is_operator(byte) => TokenKind::Operator(self.take_while(is_operator)),
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    /// The items between brackets. A comma behind the last item is allowed.
    fn list(&mut self, close: u8) -> Result<Vec<Vec<Token>>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let item = self.nested(Self::tokens)?;
            match self.peek() {
                Some(b',') => items.push(item),
                Some(byte) if byte == close => {
                    if !item.is_empty() {
                        items.push(item);
                    }
                    self.at += 1;
                    return Ok(items);
                }
                _ => return Err(self.error()),
            }
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None | Some(b'\n') => return Err(self.error()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(bytes);
                }
                Some(b'\\') => {
                    self.at += 1;
                    bytes.push(self.escape()?);
                }
                Some(byte) => {
                    self.at += 1;
                    bytes.push(byte);
                }
            }
        }
    }

    /// A backquote and the rest of its line, newline included: text as it stands, without escapes.
    fn line(&mut self) -> Result<Vec<u8>> {
        let rest = &self.text[self.at + 1..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            self.at = self.text.len();
            return Err(self.error());
        };
        self.at += end + 2;
        Ok(rest[..=end].to_vec())
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<u8> {
        let byte = match self.peek() {
            Some(b'a') => 0x07,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0b,
            Some(byte @ (b'\'' | b'"' | b'\\' | b'?')) => byte,
            Some(b'x') => {
                self.at += 1;
                return Ok(self.hex_digit()? << 4 | self.hex_digit()?);
            }
            Some(b'0'..=b'7') => {
                let mut value = 0u8;
                for _ in 0..3 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    value = value.wrapping_shl(3) | (digit - b'0');
                    self.at += 1;
                }
                return Ok(value);
            }
            _ => return Err(self.error()),
        };
        self.at += 1;
        Ok(byte)
    }

    fn hex_digit(&mut self) -> Result<u8> {
        let digit = match self.peek() {
            Some(byte @ b'0'..=b'9') => byte - b'0',
            Some(byte @ b'a'..=b'f') => byte - b'a' + 10,
            Some(byte @ b'A'..=b'F') => byte - b'A' + 10,
            _ => return Err(self.error()),
        };
        self.at += 1;
        Ok(digit)
    }

    /// `0x"…"`, with the opening quote next.
    fn binary(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
            if self.peek() == Some(b'"') {
                self.at += 1;
                return Ok(bytes);
            }
            bytes.push(self.hex_digit()? << 4 | self.hex_digit()?);
        }
    }

    fn number(&mut self) -> Result<TokenKind> {
        let start = self.at;
        let kind = if self.text[start..].starts_with(b"0x\"") {
            self.at += 2;
            return Ok(TokenKind::Binary(self.binary()?));
        } else if self.text[start..].starts_with(b"0x") {
            self.at += 2;
            let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
            if digits.is_empty() {
                return Err(self.error());
            }
            TokenKind::Integer(u64::from_str_radix(&digits, 16).ok())
        } else {
            self.decimal(start)?
        };
        match self.peek() {
            Some(byte) if is_name(byte) || byte == b'.' => Err(self.error()),
            _ => Ok(kind),
        }
    }

    /// A decimal or octal integer, or a float.
    fn decimal(&mut self, start: usize) -> Result<TokenKind> {
        let mut digits = self.take_while(|byte| byte.is_ascii_digit());
        let mut float = false;
        if self.peek() == Some(b'.') {
            float = true;
            self.at += 1;
            digits.push('.');
            digits += &self.take_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            float = true;
            self.at += 1;
            digits.push('e');
            if let Some(sign @ (b'+' | b'-')) = self.peek() {
                self.at += 1;
                digits.push(char::from(sign));
            }
            let exponent = self.take_while(|byte| byte.is_ascii_digit());
            if exponent.is_empty() {
                return Err(self.error());
            }
            digits += &exponent;
        }
        if float {
            return Ok(TokenKind::Float(digits.parse().unwrap_or(f64::NAN)));
        }
        if !digits.starts_with('0') || digits.len() == 1 {
            return Ok(TokenKind::Integer(digits.parse().ok()));
        }
        if let Some(bad) = digits.find(['8', '9']) {
            self.at = start + bad;
            return Err(self.error());
        }
        Ok(TokenKind::Integer(u64::from_str_radix(&digits, 8).ok()))
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_DEPTH {
            return Err(LexError {
                at: self.at,
                message: "Nested too deeply.",
            });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Skips spaces, comments and byte order marks.
    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) => self.at += 1,
                Some(b'#') => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                Some(0xef) if self.text[self.at..].starts_with(b"\xef\xbb\xbf") => self.at += 3,
                _ => return,
            }
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn error(&self) -> LexError {
        LexError {
            at: self.at,
            message: "Parse error.",
        }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_operator(byte: u8) -> bool {
    b"!$%&*+-./:<=>?@^|~".contains(&byte)
}
