//! Tokens as bytes: a number that tells them, then a packed message of Cap'n Proto. The bytes are the real workerd's.

use capnp::message::{Builder, HeapAllocator, Reader, ReaderOptions};
use capnp::serialize::OwnedSegments;
use capnp::{Error, serialize_packed};

use super::{Form, Kind, Named, Referent, Restored, Token, Usage, Written};
use crate::layout::{Fields, New, Result};

/// What begins a token.
const MAGIC: [u8; 4] = 0x9082_806d_u32.to_le_bytes();
/// How deep tokens may stand within others.
const DEEPEST: usize = 32;
/// No packed byte stands for so many words.
const MOST_UNPACKED: usize = 256;

/// The struct of a token: its form, what it leads to, whether it may be stored.
type NewToken<'a> = New<'a, 1, 3>;

mod token {
    pub const FORM: usize = 0;
    pub const KIND: usize = 1;
    pub const PERSISTENCE: usize = 2;
}

const SERVICE: u16 = 0;
const OBJECT: u16 = 1;
const RESTORED: u16 = 2;

/// The struct of a value: what it is, the number of its tokens.
type NewValue<'a> = New<'a, 2, 4>;

mod value {
    pub const KIND: usize = 0;
    pub const EMPTY: u16 = 0;
    pub const JSON: u16 = 1;
    pub const CLONE: u16 = 2;
    /// In units of 32 bits.
    pub const COUNT: usize = 1;

    /// The value itself.
    pub const DATA: usize = 0;
    pub const PROPERTIES: usize = 1;
    pub const TOKENS: usize = 3;
}

pub fn write(token: &Token) -> Vec<u8> {
    let mut message = Builder::new_default();
    write_token(&mut message.init_root(), token);
    packed(&message)
}

/// A value that stands alone, for another loop.
pub fn write_whole_value(value: &Written) -> Vec<u8> {
    let mut message = Builder::new_default();
    write_value(&mut message.init_root(), Some(value));
    packed(&message)
}

fn packed(message: &Builder<HeapAllocator>) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    // Writing to memory does not fail.
    let _ = serialize_packed::write_message(&mut bytes, message);
    bytes
}

fn write_token(to: &mut NewToken<'_>, token: &Token) {
    to.u16(token::FORM, token.form() as u16);
    to.u16(token::PERSISTENCE, u16::from(token.is_persistent));
    match &token.to {
        Referent::Service(named) | Referent::Class(named) => {
            to.u16(token::KIND, SERVICE);
            to.text(0, &named.service);
            if let Some(entrypoint) = &named.entrypoint {
                to.text(1, entrypoint);
            }
            write_value(&mut to.fields(2), named.props.as_ref());
        }
        Referent::Object { key, id, name } => {
            to.u16(token::KIND, OBJECT);
            to.text(0, key);
            to.data(1, id);
            if let Some(name) = name {
                to.text(2, name);
            }
        }
        Referent::Restored(restored) => {
            to.u16(token::KIND, RESTORED);
            to.data(0, &write(&restored.vendor));
            write_value(&mut to.fields(1), Some(&restored.params));
        }
    }
}

fn write_value(to: &mut NewValue<'_>, written: Option<&Written>) {
    match written {
        None => to.u16(value::KIND, value::EMPTY),
        Some(Written::Json(json)) => {
            to.u16(value::KIND, value::JSON);
            to.text(value::DATA, json);
        }
        Some(Written::Clone { data, tokens }) => {
            to.u16(value::KIND, value::CLONE);
            to.data(value::DATA, data);
            if !tokens.is_empty() {
                to.u32(value::COUNT, tokens.len() as u32);
                write_tokens(&mut to.fields(value::TOKENS), tokens);
            }
        }
    }
}

fn write_tokens(table: &mut New<'_, 0, 1>, tokens: &[Token]) {
    let mut list = table.list::<1, 1>(0, tokens.len() as u32);
    for (index, token) in tokens.iter().enumerate() {
        let mut entry = list.reborrow().get(index as u32);
        // 0 is an entry that nobody has written.
        entry.u16(0, token.form() as u16 + 1);
        entry.data(0, &write(token));
    }
}

pub fn read(bytes: &[u8], usage: Usage) -> Option<Token> {
    Reading::new(bytes, usage).token(bytes, None, 0).ok()
}

/// See [`write_whole_value`].
pub fn read_whole_value(bytes: &[u8]) -> Option<Written> {
    let mut reading = Reading::new(bytes, Usage::Loop);
    let message = reading.message(bytes).ok()?;
    let from: Fields<'_> = message.get_root().ok()?;
    reading.value(&from, 0).ok()?
}

/// What is read, and how much more that may be.
struct Reading {
    usage: Usage,
    /// The bytes of the tokens within. Those of a message may name the same ones often, at every depth: what nobody
    /// writes, and would take for ever to read.
    left: usize,
}

impl Reading {
    /// Of tokens within others, each byte may stand once at each depth.
    fn new(bytes: &[u8], usage: Usage) -> Self {
        Self {
            usage,
            left: bytes.len() * (DEEPEST + 1),
        }
    }

    fn message(&mut self, bytes: &[u8]) -> Result<Reader<OwnedSegments>> {
        self.left = self.left.checked_sub(bytes.len()).ok_or_else(broken)?;
        let mut packed = bytes.strip_prefix(&MAGIC).ok_or_else(broken)?;
        // No more than what is there can stand for, whatever it says.
        let most = ReaderOptions::new().traversal_limit_in_words;
        let words = packed.len().saturating_mul(MOST_UNPACKED);
        let options = ReaderOptions {
            traversal_limit_in_words: most.map(|most| most.min(words)),
            ..ReaderOptions::new()
        };
        serialize_packed::read_message(&mut packed, options)
    }

    /// Reads a token of this form, if one is expected.
    fn token(&mut self, bytes: &[u8], form: Option<u16>, depth: usize) -> Result<Token> {
        if depth > DEEPEST {
            return Err(broken());
        }
        let message = self.message(bytes)?;
        let from: Fields<'_> = message.get_root()?;
        if form.is_some_and(|form| form != from.u16(token::FORM)) {
            return Err(broken());
        }
        let token = Token {
            to: self.referent(&from, depth + 1)?,
            // Tokens were stored before they said whether they may be.
            is_persistent: self.usage == Usage::Storage || from.u16(token::PERSISTENCE) == 1,
        };
        match from.u16(token::FORM) == token.form() as u16 {
            true => Ok(token),
            false => Err(broken()),
        }
    }

    fn referent(&mut self, from: &Fields<'_>, depth: usize) -> Result<Referent> {
        match from.u16(token::KIND) {
            SERVICE => {
                let named = Named {
                    service: from.text(0)?.into(),
                    entrypoint: optional_text(from, 1)?.map(Into::into),
                    props: self.value(&from.fields(2)?, depth)?,
                };
                Ok(match from.u16(token::FORM) == Form::Class as u16 {
                    true => Referent::Class(named),
                    false => Referent::Service(named),
                })
            }
            OBJECT => Ok(Referent::Object {
                key: from.text(0)?.into(),
                id: from.data(1)?.to_vec(),
                name: optional_text(from, 2)?.map(str::to_owned),
            }),
            RESTORED => {
                let form = Some(Form::Service as u16);
                let params = self.value(&from.fields(1)?, depth)?;
                Ok(Referent::Restored(Restored {
                    kind: match from.u16(token::FORM) == Form::Stub as u16 {
                        true => Kind::Stub,
                        false => Kind::Service,
                    },
                    vendor: Box::new(self.token(from.data(0)?, form, depth)?),
                    params: params.unwrap_or_else(|| Written::Json("{}".into())),
                }))
            }
            _ => Err(broken()),
        }
    }

    fn value(&mut self, from: &Fields<'_>, depth: usize) -> Result<Option<Written>> {
        let count = from.u32(value::COUNT);
        if from.has(value::PROPERTIES) {
            // Tokens have no such values.
            return Err(broken());
        }
        match from.u16(value::KIND) {
            value::EMPTY if count == 0 => Ok(None),
            value::JSON if count == 0 => Ok(Some(Written::Json(from.text(value::DATA)?.into()))),
            value::CLONE => Ok(Some(Written::Clone {
                data: from.data(value::DATA)?.to_vec(),
                tokens: self.tokens(from, count, depth)?,
            })),
            _ => Err(broken()),
        }
    }

    fn tokens(&mut self, from: &Fields<'_>, count: u32, depth: usize) -> Result<Vec<Token>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let list = from.fields(value::TOKENS)?.list(0)?;
        if list.len() != count {
            return Err(broken());
        }
        let tokens = list.iter().map(|entry| {
            let form = entry.u16(0).checked_sub(1).ok_or_else(broken)?;
            self.token(entry.data(0)?, Some(form), depth)
        });
        tokens.collect()
    }
}

fn optional_text<'a>(from: &Fields<'a>, pointer: usize) -> Result<Option<&'a str>> {
    match from.has(pointer) {
        true => from.text(pointer).map(Some),
        false => Ok(None),
    }
}

#[cold]
fn broken() -> Error {
    Error::failed("no token".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2);
        digits
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Tokens that another server has written.
    const SERVICE: &str = "6d80829010165001031402013109b201512002040000ff6d808290100f5001050310011109b211113a5\
        1100204ff7065727369737465016e742d73747562731f2d746573743f536f2f757263650501020000110dd20002ffff106f22046b69\
        6e0264220773657276696365220269644904037b02";
    const OBJECT: &str = "6d808290100f5001031401011109b231110201111d9aff7065727369737465016e742d73747562731f2d74657\
        374ff7d6ad1e65cac78cc05bec54533e865be15d053175f2d4e49e77a144e2331de1f7f6374782d6163746f722d746172676574032d61";

    #[test]
    fn the_tokens_of_others_are_read() {
        let token = Token::read_stored(&bytes(OBJECT)).unwrap();
        let Referent::Object { key, id, name } = &token.to else {
            panic!("no object");
        };
        assert_eq!((&**key, id.len()), ("persistent-stubs-test", 32));
        assert_eq!(name.as_deref(), Some("ctx-actor-target-a"));
        assert_eq!(token.write(), bytes(OBJECT));

        let token = Token::read_stored(&bytes(SERVICE)).unwrap();
        assert!(token.is_persistent);
        let Referent::Restored(Restored {
            kind: Kind::Service,
            vendor,
            params: Written::Clone { data, tokens },
        }) = &token.to
        else {
            panic!("nothing restored");
        };
        assert!(data.starts_with(b"\xff\x10o") && tokens.is_empty());
        let source = Named {
            service: "persistent-stubs-test".into(),
            entrypoint: Some("Source".into()),
            props: None,
        };
        assert_eq!(vendor.to, Referent::Service(source));
    }

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let object = Token {
            to: Referent::Object {
                key: "k".into(),
                id: vec![7; 32],
                name: None,
            },
            is_persistent: false,
        };
        let class = Token {
            to: Referent::Class(Named {
                service: "main".into(),
                entrypoint: Some("C".into()),
                props: Some(Written::Json("{\"a\":1}".into())),
            }),
            is_persistent: true,
        };
        let params = Written::Clone {
            data: vec![1, 2],
            tokens: vec![object.clone(), class],
        };
        let token = Token {
            to: Referent::Restored(Restored {
                kind: Kind::Stub,
                vendor: Box::new(object),
                params,
            }),
            is_persistent: true,
        };
        let bytes = token.write();
        assert_eq!(Token::read(&bytes), Some(token));
        for end in 0..bytes.len() {
            assert_eq!(Token::read(&bytes[..end]), None);
        }
    }

    /// A token of a service whose properties have tokens: many that are all the same bytes.
    fn of_the_same(inner: &[u8], count: u32) -> Vec<u8> {
        let mut message = Builder::new_default();
        let mut token: NewToken<'_> = message.init_root();
        token.text(0, "s");
        let mut props: NewValue<'_> = token.fields(2);
        props.u16(value::KIND, value::CLONE);
        props.u32(value::COUNT, count);
        let mut table: New<'_, 0, 1> = props.fields(value::TOKENS);
        let mut list = table.list::<1, 1>(0, count);
        for index in 0..count {
            list.reborrow().get(index).u16(0, Form::Service as u16 + 1);
        }
        list.get(0).data(0, inner);
        let mut words: Vec<u64> = message.get_segments_for_output()[0]
            .chunks(8)
            .map(|word| u64::from_le_bytes(word.try_into().unwrap()))
            .collect();
        // Each entry's pointer is as far from the bytes as the first one's, less the entries between.
        let first = words.iter().position(|word| *word == 1).unwrap() + 1;
        for index in 1..count as usize {
            words[first + 2 * index] = words[first] - 4 * 2 * index as u64;
        }
        let table = (words.len() as u64) << 32;
        let packed = std::iter::once(&table).chain(&words);
        let packed = packed.flat_map(|word| [&[0xff][..], &word.to_le_bytes(), &[0]].concat());
        MAGIC.into_iter().chain(packed).collect()
    }

    #[test]
    fn tokens_that_name_the_same_bytes_often_are_refused() {
        let service = Token {
            to: Referent::Service(Named {
                service: "s".into(),
                entrypoint: None,
                props: None,
            }),
            is_persistent: true,
        };
        let mut bytes = of_the_same(&service.write(), 16);
        let token = Token::read(&bytes).unwrap();
        let Referent::Service(named) = token.to else {
            panic!("no service");
        };
        let Some(Written::Clone { tokens, .. }) = named.props else {
            panic!("no properties");
        };
        assert_eq!(tokens, vec![service; 16]);
        for _ in 0..16 {
            bytes = of_the_same(&bytes, 16);
        }
        assert_eq!(Token::read(&bytes), None);
    }

    #[test]
    fn a_vendor_is_a_service() {
        let class = Token {
            to: Referent::Class(Named {
                service: "main".into(),
                entrypoint: None,
                props: None,
            }),
            is_persistent: true,
        };
        let token = Token {
            to: Referent::Restored(Restored {
                kind: Kind::Service,
                vendor: Box::new(class),
                params: Written::Json("{}".into()),
            }),
            is_persistent: true,
        };
        assert_eq!(Token::read(&token.write()), None);
    }
}
