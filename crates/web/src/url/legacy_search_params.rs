//! The class `URLSearchParams` from before the flag `url_standard`.

use std::cell::RefCell;
use std::rc::Rc;

use jsg::convert::Record;
use jsg::js::{Function, Local, Value};
use jsg::{Error, Handle, Lock, Nullable, Result, ToJs, Untraced};

use super::legacy::{LegacyRecord, Parameter, decode_form, encode_form};
use super::pairs;
use crate::iterator::{self, LivePairs, PairIterable, Part, iterators};

/// The query of a URL, or one of its own.
#[jsg::class(name = "URLSearchParams")]
pub struct LegacyUrlSearchParams {
    /// Plain text, shared with the URL.
    record: Untraced<Rc<RefCell<LegacyRecord>>>,
}

/// What a list can be made of.
#[derive(jsg::Union)]
pub enum Init<'s> {
    Params(Handle<'s, LegacyUrlSearchParams>),
    List(Vec<Vec<String>>),
    Record(Record<String, String>),
    Text(String),
}

impl Init<'_> {
    fn into_query(self) -> Result<Vec<Parameter>> {
        match self {
            Self::Params(params) => Ok(params.record.borrow().query.clone()),
            Self::List(list) => list.into_iter().map(pair).collect(),
            Self::Record(record) => {
                let pairs = record.0.into_iter();
                Ok(pairs.map(|(name, value)| parameter(name, value)).collect())
            }
            Self::Text(text) => Ok(parse(pairs::without_question_mark(&text))),
        }
    }
}

fn pair(items: Vec<String>) -> Result<Parameter> {
    match <[String; 2]>::try_from(items) {
        Ok([name, value]) => Ok(parameter(name, value)),
        Err(_) => Err(Error::type_error(
            "To initialize a URLSearchParams object from an array-of-arrays, each inner array must have exactly two elements.",
        )),
    }
}

fn parameter(name: String, value: String) -> Parameter {
    Parameter {
        name: name.into_bytes(),
        value: Some(value.into_bytes()),
    }
}

/// Parses a form; broken escapes do not matter here.
fn parse(text: &str) -> Vec<Parameter> {
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Parameter {
                name: decode_form(name).0,
                value: Some(decode_form(value).0),
            }
        })
        .collect()
}

/// Bytes as JavaScript sees them.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn value_text(parameter: &Parameter) -> String {
    text(parameter.value.as_deref().unwrap_or_default())
}

impl LegacyUrlSearchParams {
    pub(super) fn of_record(record: Rc<RefCell<LegacyRecord>>) -> Self {
        Self {
            record: Untraced(record),
        }
    }
    /// The values of a name.
    fn values_of(&self, name: &str) -> Vec<String> {
        let record = self.record.borrow();
        let named = record.query.iter();
        named
            .filter(|parameter| parameter.name == name.as_bytes())
            .map(value_text)
            .collect()
    }

    /// The list in its form-urlencoded form: unlike in a URL, each name has its equals sign.
    pub fn serialized(&self) -> String {
        let mut out = String::new();
        for parameter in &self.record.borrow().query {
            if !out.is_empty() {
                out.push('&');
            }
            encode_form(&parameter.name, &mut out);
            out.push('=');
            encode_form(parameter.value.as_deref().unwrap_or_default(), &mut out);
        }
        out
    }
}

iterators! {
    /// Of `params.entries()`.
    EntryIterator(LivePairs<LegacyUrlSearchParams>);
    /// Of `params.keys()`.
    KeyIterator(LivePairs<LegacyUrlSearchParams>);
    /// Of `params.values()`.
    ValueIterator(LivePairs<LegacyUrlSearchParams>);
}

impl PairIterable for LegacyUrlSearchParams {
    fn pair_at<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        index: usize,
    ) -> Option<Result<(Local<'s, Value>, Local<'s, Value>)>> {
        let record = self.record.borrow();
        let parameter = record.query.get(index)?;
        let name = text(&parameter.name).to_js(js);
        Some(name.and_then(|name| Ok((name, value_text(parameter).to_js(js)?))))
    }
}

#[jsg::methods]
impl LegacyUrlSearchParams {
    #[jsg(constructor)]
    fn new(init: Option<Init<'_>>) -> Result<Self> {
        let record = LegacyRecord {
            query: init.map_or_else(|| Ok(Vec::new()), Init::into_query)?,
            ..LegacyRecord::default()
        };
        Ok(Self::of_record(Rc::new(RefCell::new(record))))
    }

    #[jsg(prototype_getter)]
    fn size(&self) -> u32 {
        u32::try_from(self.record.borrow().query.len()).unwrap_or(u32::MAX)
    }

    #[jsg(method)]
    fn append(&self, name: String, value: String) {
        self.record.borrow_mut().query.push(parameter(name, value));
    }

    #[jsg(method)]
    fn delete(&self, name: String) {
        let mut record = self.record.borrow_mut();
        record
            .query
            .retain(|parameter| parameter.name != name.as_bytes());
    }

    #[jsg(method)]
    fn get(&self, name: String) -> Nullable<String> {
        Nullable(self.values_of(&name).into_iter().next())
    }

    #[jsg(method)]
    fn get_all(&self, name: String) -> Vec<String> {
        self.values_of(&name)
    }

    #[jsg(method)]
    fn has(&self, name: String) -> bool {
        !self.values_of(&name).is_empty()
    }

    #[jsg(method)]
    fn set(&self, name: String, value: String) {
        let mut fresh = Some(parameter(name, value));
        let name = fresh.as_ref().map(|p| p.name.clone()).unwrap_or_default();
        let mut record = self.record.borrow_mut();
        record.query.retain_mut(|parameter| {
            if parameter.name != name {
                return true;
            }
            fresh.take().map(|first| *parameter = first).is_some()
        });
        record.query.extend(fresh);
    }

    #[jsg(method)]
    fn sort(&self) {
        let key = |p: &Parameter| -> Vec<u16> { text(&p.name).encode_utf16().collect() };
        self.record.borrow_mut().query.sort_by_cached_key(key);
    }

    #[jsg(method)]
    #[jsg(iterator)]
    fn entries<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, EntryIterator> {
        let pairs = LivePairs::new(js, this, Part::Both);
        EntryIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn keys<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, KeyIterator> {
        let pairs = LivePairs::new(js, this, Part::Name);
        KeyIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn values<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, ValueIterator> {
        let pairs = LivePairs::new(js, this, Part::Value);
        ValueIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn for_each<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        this_arg: Nullable<Local<'s, Value>>,
    ) -> Result<()> {
        iterator::for_each(js, this, callback, this_arg.0)
    }

    #[jsg(method, name = "toString")]
    fn stringify(&self) -> String {
        self.serialized()
    }
}
