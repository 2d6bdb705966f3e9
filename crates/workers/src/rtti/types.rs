//! Types of Rust, as the macros have written them down.

/// A path without its qualifiers and lifetimes; `()`, a tuple, and `[]`, a slice, count as names.
#[derive(Debug, PartialEq, Eq)]
pub struct RustType<'a> {
    pub name: &'a str,
    pub arguments: Vec<RustType<'a>>,
}

impl<'a> RustType<'a> {
    pub fn parse(text: &'a str) -> Self {
        Parser {
            tokens: tokens(text),
            next: 0,
        }
        .parse()
    }

    /// The first argument, and nothing where there is none.
    pub fn inner(&self) -> &RustType<'a> {
        self.arguments.first().unwrap_or(&NOTHING)
    }
}

/// What functions without a result return.
pub static NOTHING: RustType<'static> = RustType {
    name: "()",
    arguments: Vec::new(),
};

/// Words and single signs. A lifetime is a word with its apostrophe.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        out.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    out
}

struct Parser<'a> {
    tokens: Vec<&'a str>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a str {
        self.tokens.get(self.next).copied().unwrap_or_default()
    }

    fn take(&mut self) -> &'a str {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        self.next += usize::from(found);
        found
    }

    fn parse(&mut self) -> RustType<'a> {
        while matches!(self.peek(), "&" | "mut" | "dyn" | "impl" | "const") || self.at_lifetime() {
            self.next += 1;
        }
        match self.take() {
            "(" => RustType {
                name: "()",
                arguments: self.until(")"),
            },
            "[" => RustType {
                name: "[]",
                arguments: self.until("]"),
            },
            mut name => {
                while self.eat(":") {
                    self.eat(":");
                    if self.peek() != "<" {
                        name = self.take();
                    }
                }
                let arguments = if self.eat("<") {
                    self.until(">")
                } else {
                    Vec::new()
                };
                RustType { name, arguments }
            }
        }
    }

    /// Types up to a bracket. Of `Output = T` and `T; 3` the type counts.
    fn until(&mut self, end: &str) -> Vec<RustType<'a>> {
        let mut found = Vec::new();
        while self.next < self.tokens.len() && !self.eat(end) {
            if self.eat(",") {
            } else if self.at_lifetime() {
                self.next += 1;
            } else if self.eat("+") || self.eat(";") {
                self.take();
            } else if self.tokens.get(self.next + 1) == Some(&"=") {
                self.next += 2;
            } else {
                found.push(self.parse());
            }
        }
        found
    }

    fn at_lifetime(&self) -> bool {
        self.peek().starts_with('\'')
    }
}

#[cfg(test)]
mod tests {
    use super::RustType;

    fn shown(text: &str) -> String {
        fn show(ty: &RustType<'_>) -> String {
            let arguments: Vec<_> = ty.arguments.iter().map(show).collect();
            match arguments.len() {
                0 => ty.name.to_owned(),
                _ => format!("{}<{}>", ty.name, arguments.join(",")),
            }
        }
        show(&RustType::parse(text))
    }

    #[test]
    fn reads_what_the_compiler_prints() {
        for (text, expected) in [
            ("String", "String"),
            ("& 'static str", "str"),
            (
                "Option < Local < 's , jsg :: js :: Value > >",
                "Option<Local<Value>>",
            ),
            ("Result < () >", "Result<()>"),
            (
                "impl Future < Output = Result < u64 > > + use < >",
                "Future<Result<u64>>",
            ),
            ("[u8 ; 4]", "[]<u8>"),
            ("(String , f64)", "()<String,f64>"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
