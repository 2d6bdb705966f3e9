//! A header list (Fetch §2.2.2) as both HTTP and the Headers class see it.
//!
//! The list *is* an [`http::HeaderMap`], so it comes from and goes to the HTTP layer without a copy.
//! Workers may also hold what HTTP cannot carry (an empty name, a name beyond ASCII, a value with
//! control characters): such a header lives in `odd`, which goes beside the map as an extension of the message.
//!
//! 1. A name is in `map` or in `odd`, never in both.
//! 2. Names in `odd` are in ASCII lower case and sorted by first use.

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use jsg::{Error, Result};
use net::OddHeaders;

/// See the module's documentation.
#[derive(Clone, Debug, Default)]
pub struct HeaderList {
    map: HeaderMap,
    odd: Vec<(String, Vec<String>)>,
}

/// A validated name.
enum Name {
    Http(HeaderName),
    Odd(String),
}

/// A validated, trimmed value.
enum Value {
    Http(HeaderValue),
    Odd(String),
}

impl HeaderList {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty() && self.odd.is_empty()
    }

    /// The values of a header, joined as one.
    pub fn get(&self, name: &str) -> Result<Option<String>> {
        Ok(match parse_name(name)? {
            Name::Http(name) => self.joined(&name),
            Name::Odd(name) => self.odd_values(&name).map(join),
        })
    }

    /// As [`get`](Self::get), for a name that is known to be good.
    pub fn joined(&self, name: &HeaderName) -> Option<String> {
        if let Some(values) = self.odd_values(name.as_str()) {
            return Some(join(values));
        }
        let mut values = self.map.get_all(name).iter();
        let mut all = text(values.next()?).into_owned();
        for value in values {
            all.push_str(", ");
            all.push_str(&text(value));
        }
        Some(all)
    }

    /// Whether a header of this name is there.
    pub fn has(&self, name: &str) -> Result<bool> {
        Ok(match parse_name(name)? {
            Name::Http(name) => self.contains(&name),
            Name::Odd(name) => self.odd_values(&name).is_some(),
        })
    }

    /// As [`has`](Self::has), for a name that is known to be good.
    pub fn contains(&self, name: &HeaderName) -> bool {
        self.map.contains_key(name) || self.odd_values(name.as_str()).is_some()
    }

    /// Replaces all headers of this name by one.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let value = parse_value(value)?;
        match (parse_name(name)?, value) {
            (Name::Http(name), Value::Http(value)) => {
                self.remove_odd(name.as_str());
                self.map.insert(name, value);
            }
            (name, value) => {
                let name = self.make_odd(name);
                self.odd[name].1 = vec![value.into_text()];
            }
        }
        Ok(())
    }

    /// As [`set`](Self::set), for what is known to be good.
    pub fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        self.remove_odd(name.as_str());
        self.map.insert(name, value);
    }

    /// Adds a header after those of the same name.
    pub fn append(&mut self, name: &str, value: &str) -> Result<()> {
        let value = parse_value(value)?;
        match (parse_name(name)?, value) {
            (Name::Http(name), Value::Http(value)) if self.odd_values(name.as_str()).is_none() => {
                self.map.append(name, value);
            }
            (name, value) => {
                let name = self.make_odd(name);
                self.odd[name].1.push(value.into_text());
            }
        }
        Ok(())
    }

    /// Removes all headers of this name.
    pub fn delete(&mut self, name: &str) -> Result<()> {
        match parse_name(name)? {
            Name::Http(name) => self.remove(&name),
            Name::Odd(name) => self.remove_odd(&name),
        }
        Ok(())
    }

    /// As [`delete`](Self::delete), for a name that is known to be good.
    pub fn remove(&mut self, name: &HeaderName) {
        self.map.remove(name);
        self.remove_odd(name.as_str());
    }

    /// The values of Set-Cookie, one by one.
    pub fn set_cookies(&self) -> Vec<String> {
        if let Some(values) = self.odd_values(SET_COOKIE.as_str()) {
            return values.to_vec();
        }
        self.map
            .get_all(SET_COOKIE)
            .iter()
            .map(|value| text(value).into_owned())
            .collect()
    }

    /// The list "sorted and combined" (Fetch §2.2.2). Cookies stay apart if asked so.
    pub fn sorted(&self, cookies: Cookies) -> Vec<(String, String)> {
        let mut all = Vec::with_capacity(self.map.len() + self.odd.len());
        for name in self.map.keys() {
            if *name == SET_COOKIE && cookies == Cookies::Apart {
                continue;
            }
            if let Some(value) = self.joined(name) {
                all.push((name.as_str().to_owned(), value));
            }
        }
        for (name, values) in &self.odd {
            if name != SET_COOKIE.as_str() || cookies == Cookies::Combined {
                all.push((name.clone(), join(values)));
            }
        }
        if cookies == Cookies::Apart {
            let name = SET_COOKIE.as_str();
            all.extend(self.set_cookies().into_iter().map(|v| (name.to_owned(), v)));
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// The list for where there is nothing but HTTP.
    ///
    /// # Errors
    /// When it holds what HTTP cannot carry.
    pub fn to_map(&self) -> Result<HeaderMap> {
        match self.odd.first() {
            None => Ok(self.map.clone()),
            Some((name, _)) => Err(unsendable(name)),
        }
    }

    /// The list for a message, with the extension that the message then has.
    pub fn to_parts(&self) -> (HeaderMap, Option<OddHeaders>) {
        let odd = (!self.odd.is_empty()).then(|| OddHeaders(self.odd.clone()));
        (self.map.clone(), odd)
    }

    /// The list of a message.
    pub fn of_message(map: HeaderMap, extensions: &mut http::Extensions) -> Self {
        let odd = extensions.remove().map(|OddHeaders(odd)| odd);
        Self {
            map,
            odd: odd.unwrap_or_default(),
        }
    }

    fn odd_values(&self, name: &str) -> Option<&[String]> {
        let (_, values) = self.odd.iter().find(|(other, _)| other == name)?;
        Some(values)
    }

    fn remove_odd(&mut self, name: &str) {
        if !self.odd.is_empty() {
            self.odd.retain(|(other, _)| other != name);
        }
    }

    /// Moves a header to `odd`; the index of its entry.
    #[cold]
    fn make_odd(&mut self, name: Name) -> usize {
        let (name, values) = match name {
            Name::Odd(name) => (name, Vec::new()),
            Name::Http(name) => {
                let values = self.map.get_all(&name).iter();
                let values = values.map(|value| text(value).into_owned()).collect();
                self.map.remove(&name);
                (name.as_str().to_owned(), values)
            }
        };
        if let Some(index) = self.odd.iter().position(|(other, _)| *other == name) {
            return index;
        }
        self.odd.push((name, values));
        self.odd.len() - 1
    }
}

/// How [`HeaderList::sorted`] shows several Set-Cookie headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    Apart,
    Combined,
}

impl From<HeaderMap> for HeaderList {
    fn from(map: HeaderMap) -> Self {
        Self {
            map,
            odd: Vec::new(),
        }
    }
}

impl Value {
    fn into_text(self) -> String {
        match self {
            Self::Http(value) => text(&value).into_owned(),
            Self::Odd(value) => value,
        }
    }
}

/// Header values are UTF-8 to Workers.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

fn join(values: &[String]) -> String {
    values.join(", ")
}

fn parse_name(name: &str) -> Result<Name> {
    if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
        return Ok(Name::Http(name));
    }
    if name.bytes().all(is_token_byte) {
        return Ok(Name::Odd(name.to_ascii_lowercase()));
    }
    Err(Error::type_error("Invalid header name."))
}

/// A token character of RFC 2616, and everything beyond ASCII.
fn is_token_byte(byte: u8) -> bool {
    !byte.is_ascii_control() && !b"()<>@,;:\\\"/[]?={} ".contains(&byte)
}

fn parse_value(value: &str) -> Result<Value> {
    let value = value.trim_matches(['\t', '\r', '\n', ' ']);
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => Ok(Value::Http(value)),
        Err(_) if value.contains(['\0', '\r', '\n']) => {
            Err(Error::type_error("Invalid header value."))
        }
        Err(_) => Ok(Value::Odd(value.to_owned())),
    }
}

#[cold]
pub fn unsendable(name: &str) -> Error {
    Error::type_error(io::channel::unsendable_header(name))
}
