//! JSON Web Keys (RFC 7517, RFC 7518 §6), as dictionaries and as objects.

use jsg::js::{Array, Local, Object, Value};
use jsg::{Flag, Lock, LockExt, Result, ToJs};

use crate::error::{self, data};
use crate::params::Text;

/// `JsonWebKey` (Web Cryptography §15).
#[derive(Debug, Default, jsg::Dictionary)]
#[jsg(name = "JsonWebKey")]
pub struct Jwk {
    pub kty: Text,
    #[jsg(name = "use")]
    pub purpose: Option<String>,
    #[jsg(name = "key_ops")]
    pub key_ops: Option<Vec<String>>,
    pub alg: Option<String>,
    pub ext: Option<bool>,
    pub crv: Option<String>,
    pub x: Option<String>,
    pub y: Option<String>,
    pub d: Option<String>,
    pub n: Option<String>,
    pub e: Option<String>,
    pub p: Option<String>,
    pub q: Option<String>,
    pub dp: Option<String>,
    pub dq: Option<String>,
    pub qi: Option<String>,
    pub oth: Option<Vec<OtherPrime>>,
    pub k: Option<String>,
    #[jsg(name = "pub")]
    pub public: Option<String>,
    #[jsg(name = "priv")]
    pub private: Option<String>,
}

/// `RsaOtherPrimesInfo`: read, never used.
#[derive(Debug, Default, jsg::Dictionary)]
#[jsg(name = "RsaOtherPrimesInfo")]
pub struct OtherPrime {
    pub r: Option<String>,
    pub d: Option<String>,
    pub t: Option<String>,
}

impl<'s> ToJs<'s> for Jwk {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let operations = self
            .key_ops
            .map(|operations| strings(js, operations.iter().map(String::as_str)).into());
        let ext = match self.ext {
            Some(ext) => Some(ext.to_js(js)?),
            None => None,
        };
        let text = |js: &Lock<'s, '_>, text: Option<String>| {
            text.map(|text| jsg::string(js, &text).into())
        };
        let members: [(&'static str, Option<Local<'s, Value>>); 20] = [
            ("kty", text(js, Some(self.kty.0))),
            ("use", text(js, self.purpose)),
            ("key_ops", operations),
            ("alg", text(js, self.alg)),
            ("ext", ext),
            ("crv", text(js, self.crv)),
            ("x", text(js, self.x)),
            ("y", text(js, self.y)),
            ("d", text(js, self.d)),
            ("n", text(js, self.n)),
            ("e", text(js, self.e)),
            ("p", text(js, self.p)),
            ("q", text(js, self.q)),
            ("dp", text(js, self.dp)),
            ("dq", text(js, self.dq)),
            ("qi", text(js, self.qi)),
            ("oth", None),
            ("k", text(js, self.k)),
            ("pub", text(js, self.public)),
            ("priv", text(js, self.private)),
        ];
        let object = Object::new(js);
        set_members(js, object, &members);
        Ok(object.into())
    }
}

/// Sets the members of a dictionary that is given to the guest. Those that are not there are undefined,
/// or used to be left out.
pub fn set_members<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    members: &[(&'static str, Option<Local<'s, Value>>)],
) {
    let all = js.flag(Flag::EnableFastJsgStruct);
    for (name, value) in members {
        let value = match value {
            Some(value) => *value,
            None if all => jsg::js::undefined(js).into(),
            None => continue,
        };
        let key = jsg::intern(js, name);
        object.create_data_property(js, key.into(), value);
    }
}

/// An array of strings.
pub(crate) fn strings<'s, 'a>(
    js: &mut Lock<'s, '_>,
    texts: impl Iterator<Item = &'a str>,
) -> Local<'s, Array> {
    let elements: Vec<Local<'s, Value>> = texts.map(|text| jsg::intern(js, text).into()).collect();
    Array::new_with_elements(js, &elements)
}

/// A number or key in a JSON Web Key.
pub fn encode(bytes: &[u8]) -> String {
    jsg::base64::Alphabet::Url.encode(bytes)
}

/// The bytes of a member that must be there, or the error with `refusal` as its text.
pub fn decode(text: Option<&String>, refusal: impl FnOnce() -> String) -> error::Result<Vec<u8>> {
    text.and_then(|text| {
        let standard: Vec<u8> = text
            .bytes()
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => other,
            })
            .collect();
        jsg::base64::decode(&standard)
    })
    .ok_or_else(|| data(refusal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read() {
        let bytes = |text: &str| decode(Some(&text.to_owned()), || "no".to_owned());
        assert_eq!(bytes("-_8"), Ok(vec![0xfb, 0xff]));
        assert_eq!(bytes("+/8="), Ok(vec![0xfb, 0xff]));
        assert_eq!(bytes("*"), Err(data("no")));
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }
}
