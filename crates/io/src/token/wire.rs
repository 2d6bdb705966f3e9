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
    read_within(bytes, usage, None, 0).ok()
}

/// See [`write_whole_value`].
pub fn read_whole_value(bytes: &[u8]) -> Option<Written> {
    let message = message(bytes).ok()?;
    let from: Fields<'_> = message.get_root().ok()?;
    read_value(&from, Usage::Loop, 0).ok()?
}

fn message(bytes: &[u8]) -> Result<Reader<OwnedSegments>> {
    let mut packed = bytes.strip_prefix(&MAGIC).ok_or_else(broken)?;
    serialize_packed::read_message(&mut packed, ReaderOptions::new())
}

/// Reads a token of this form, if one is expected.
fn read_within(bytes: &[u8], usage: Usage, form: Option<u16>, depth: usize) -> Result<Token> {
    if depth > DEEPEST {
        return Err(broken());
    }
    let message = message(bytes)?;
    let from: Fields<'_> = message.get_root()?;
    if form.is_some_and(|form| form != from.u16(token::FORM)) {
        return Err(broken());
    }
    let token = Token {
        to: read_referent(&from, usage, depth + 1)?,
        // Tokens were stored before they said whether they may be.
        is_persistent: usage == Usage::Storage || from.u16(token::PERSISTENCE) == 1,
    };
    match from.u16(token::FORM) == token.form() as u16 {
        true => Ok(token),
        false => Err(broken()),
    }
}

fn read_referent(from: &Fields<'_>, usage: Usage, depth: usize) -> Result<Referent> {
    match from.u16(token::KIND) {
        SERVICE => {
            let named = Named {
                service: from.text(0)?.into(),
                entrypoint: optional_text(from, 1)?.map(Into::into),
                props: read_value(&from.fields(2)?, usage, depth)?,
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
            let params = read_value(&from.fields(1)?, usage, depth)?;
            Ok(Referent::Restored(Restored {
                kind: match from.u16(token::FORM) == Form::Stub as u16 {
                    true => Kind::Stub,
                    false => Kind::Service,
                },
                vendor: Box::new(read_within(from.data(0)?, usage, form, depth)?),
                params: params.unwrap_or_else(|| Written::Json("{}".into())),
            }))
        }
        _ => Err(broken()),
    }
}

fn optional_text<'a>(from: &Fields<'a>, pointer: usize) -> Result<Option<&'a str>> {
    match from.has(pointer) {
        true => from.text(pointer).map(Some),
        false => Ok(None),
    }
}

fn read_value(from: &Fields<'_>, usage: Usage, depth: usize) -> Result<Option<Written>> {
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
            tokens: read_tokens(from, count, usage, depth)?,
        })),
        _ => Err(broken()),
    }
}

fn read_tokens(from: &Fields<'_>, count: u32, usage: Usage, depth: usize) -> Result<Vec<Token>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let list = from.fields(value::TOKENS)?.list(0)?;
    if list.len() != count {
        return Err(broken());
    }
    let tokens = list.iter().map(|entry| {
        let form = entry.u16(0).checked_sub(1).ok_or_else(broken)?;
        read_within(entry.data(0)?, usage, Some(form), depth)
    });
    tokens.collect()
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
