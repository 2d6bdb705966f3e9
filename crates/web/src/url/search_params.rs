//! The class `URLSearchParams` under the flag `url_standard` (URL §6.2).

use std::cell::RefCell;
use std::rc::Rc;

use jsg::convert::{Record, Sequence, UsvString};
use jsg::js::{Function, Local, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Nullable, Result, ToJs, Untraced};

use super::pairs::{Pairs, without_question_mark};
use crate::iterator::{self, LivePairs, PairIterable, Part, iterators};

/// A list of parameters: of its own, or that of a URL, whose query follows its changes.
#[jsg::class(name = "URLSearchParams")]
pub struct UrlSearchParams {
    /// Plain text.
    pairs: Untraced<RefCell<Pairs>>,
    /// The URL whose query this is.
    url: Option<Rc<RefCell<ada_url::Url>>>,
}

/// What a list can be made of.
#[derive(jsg::Union)]
pub enum Init {
    Pairs(Sequence<Sequence<UsvString>>),
    Record(Record<UsvString, UsvString>),
    Text(UsvString),
}

impl Init {
    fn into_pairs(self) -> Result<Pairs> {
        match self {
            Self::Pairs(pairs) => pairs.0.into_iter().map(pair).collect(),
            Self::Record(record) => {
                let mut pairs = Pairs::default();
                // Two names may become the same when their surrogates are replaced: the later value
                // takes the place of the earlier.
                for (name, value) in record.0 {
                    pairs.set(&name.0, &value.0);
                }
                Ok(pairs)
            }
            Self::Text(text) => Ok(parse_query(&text.0)),
        }
    }
}

fn pair(items: Sequence<UsvString>) -> Result<(String, String)> {
    match <[UsvString; 2]>::try_from(items.0) {
        Ok([name, value]) => Ok((name.0, value.0)),
        Err(_) => Err(Error::type_error("Invalid URL search params sequence.")),
    }
}

impl UrlSearchParams {
    /// The list of a URL.
    pub(super) fn of_url(url: Rc<RefCell<ada_url::Url>>) -> Self {
        let pairs = parse_query(url.borrow().search());
        Self {
            pairs: Untraced(RefCell::new(pairs)),
            url: Some(url),
        }
    }

    /// Replaces the list by a new query of its URL.
    pub(super) fn reset(&self, query: &str) {
        *self.pairs.borrow_mut() = parse_query(query);
    }

    /// The list as it is now.
    pub fn pairs(&self) -> std::cell::Ref<'_, Pairs> {
        self.pairs.borrow()
    }

    /// Changes the list, and with it the query of its URL.
    fn change(&self, change: impl FnOnce(&mut Pairs)) {
        let mut pairs = self.pairs.borrow_mut();
        change(&mut pairs);
        if let Some(url) = &self.url {
            url.borrow_mut().set_search(Some(&pairs.serialize()));
        }
    }

    /// The second argument of `delete` and `has`, where it counts.
    fn relevant_value(js: &Lock<'_, '_>, value: Option<UsvString>) -> Option<String> {
        value
            .filter(|_| js.flag(Flag::UrlsearchparamsDeleteHasValueArg))
            .map(|value| value.0)
    }
}

fn parse_query(query: &str) -> Pairs {
    Pairs::parse(without_question_mark(query))
}

iterators! {
    /// Of `params.entries()`.
    EntryIterator(LivePairs<UrlSearchParams>);
    /// Of `params.keys()`.
    KeyIterator(LivePairs<UrlSearchParams>);
    /// Of `params.values()`.
    ValueIterator(LivePairs<UrlSearchParams>);
}

impl PairIterable for UrlSearchParams {
    fn pair_at<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        index: usize,
    ) -> Option<Result<(Local<'s, Value>, Local<'s, Value>)>> {
        let pairs = self.pairs();
        let (name, value) = pairs.at(index)?;
        let name = name.to_js(js);
        Some(name.and_then(|name| Ok((name, value.to_js(js)?))))
    }
}

#[jsg::methods]
impl UrlSearchParams {
    #[jsg(constructor)]
    fn new(init: Option<Init>) -> Result<Self> {
        let pairs = init.map_or_else(|| Ok(Pairs::default()), Init::into_pairs)?;
        Ok(Self {
            pairs: Untraced(RefCell::new(pairs)),
            url: None,
        })
    }

    #[jsg(prototype_getter)]
    fn size(&self) -> u32 {
        u32::try_from(self.pairs().len()).unwrap_or(u32::MAX)
    }

    #[jsg(method)]
    fn append(&self, name: UsvString, value: UsvString) {
        self.change(|pairs| pairs.append(&name.0, &value.0));
    }

    #[jsg(method)]
    fn delete(&self, js: &mut Lock<'_, '_>, name: UsvString, value: Option<UsvString>) {
        let value = Self::relevant_value(js, value);
        self.change(|pairs| pairs.delete(&name.0, value.as_deref()));
    }

    #[jsg(method)]
    fn get<'s>(&self, js: &mut Lock<'s, '_>, name: UsvString) -> Result<Local<'s, Value>> {
        match self.pairs().get(&name.0) {
            Some(value) => value.to_js(js),
            None => Ok(jsg::js::null(js).into()),
        }
    }

    #[jsg(method)]
    fn get_all(&self, name: UsvString) -> Vec<String> {
        self.pairs().all(&name.0).map(str::to_owned).collect()
    }

    #[jsg(method)]
    fn has(&self, js: &mut Lock<'_, '_>, name: UsvString, value: Option<UsvString>) -> bool {
        let value = Self::relevant_value(js, value);
        self.pairs().has(&name.0, value.as_deref())
    }

    #[jsg(method)]
    fn set(&self, name: UsvString, value: UsvString) {
        self.change(|pairs| pairs.set(&name.0, &value.0));
    }

    #[jsg(method)]
    fn sort(&self) {
        self.change(Pairs::sort);
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

    /// The list in its form-urlencoded form.
    #[jsg(method, name = "toString")]
    pub fn serialized(&self) -> String {
        self.pairs().serialize()
    }
}
