//! Memory caches: values that all Workers of the process with the same cache see, until it is full.

pub mod store;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use io::{IoContext, IoOwn};
use jsg::js::{Function, Global, Local, Promise, Value};
use jsg::{DomException, Error, Handle, Lock, Result};

use store::{Outcome, Store, Turn};

/// The longest key, in bytes.
const MAX_KEY: usize = 2048;

/// A binding to a memory cache.
#[jsg::class]
pub struct MemoryCache {
    store: Arc<Store>,
}

/// What a fallback gives.
#[derive(jsg::Dictionary)]
#[jsg(name = "CacheValueProduceResult")]
struct Produced<'s> {
    value: Option<Local<'s, Value>>,
    /// Milliseconds since the epoch.
    expiration: Option<f64>,
}

#[jsg::methods]
impl MemoryCache {
    #[jsg(method, promise)]
    fn read<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: Key,
        fallback: Option<Local<'s, Function>>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.checked()?;
        let now = IoContext::current(js)?.now();
        let Some(fallback) = fallback else {
            let value = match self.store.get(&key, now) {
                Some(bytes) => read(js, &bytes)?,
                None => jsg::js::undefined(js).into(),
            };
            return Ok(jsg::promise::resolved(js, value));
        };
        let pending = match self.store.get_or_fill(&key, now) {
            Ok(bytes) => {
                let value = read(js, &bytes)?;
                return Ok(jsg::promise::resolved(js, value));
            }
            Err(pending) => pending,
        };
        let fallback = Global::new(js, fallback);
        let outcome = async move {
            pending
                .await
                .map_err(|_| Error::Internal("a memory cache forgot who waits".into()))
        };
        Ok(jsg::promise::from_future_with(
            js,
            outcome,
            move |js, outcome| match outcome {
                Outcome::Value(bytes) => read(js, &bytes),
                Outcome::Turn(turn) => {
                    let fallback = Local::new(js, fallback);
                    Ok(fill(js, turn, &key, fallback)?.into())
                }
            },
        ))
    }

    #[jsg(method, flag = MemoryCacheDelete)]
    fn delete(&self, js: &mut Lock<'_, '_>, key: Key) -> Result<()> {
        let key = key.checked()?;
        IoContext::current(js)?;
        self.store.delete(&key);
        Ok(())
    }
}

impl MemoryCache {
    pub fn create<'s>(js: &mut Lock<'s, '_>, store: Arc<Store>) -> Handle<'s, Self> {
        Handle::new(js, Self { store })
    }
}

/// A key: a string, and nothing that could become one.
struct Key(String);

impl Key {
    fn checked(self) -> Result<String> {
        if self.0.len() > MAX_KEY {
            return Err(Error::range_error("Key too large."));
        }
        Ok(self.0)
    }
}

impl<'s> jsg::FromJs<'s> for Key {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(value
            .is_string()
            .then(|| Self(value.to_rust_string_lossy(js))))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_string()
    }
}

fn read<'s>(js: &mut Lock<'s, '_>, bytes: &[u8]) -> Result<Local<'s, Value>> {
    jsg::clone::deserialize(js, bytes.to_vec().into(), &Default::default())
}

/// The turn ends with the event at the latest, whoever still holds the closures.
type OwnTurn = Rc<IoOwn<RefCell<Option<Turn>>>>;

/// Calls the fallback and stores what it gives.
fn fill<'s>(
    js: &mut Lock<'s, '_>,
    turn: Turn,
    key: &str,
    fallback: Local<'s, Function>,
) -> Result<Local<'s, Promise>> {
    let context = IoContext::current(js)?;
    let turn: OwnTurn = Rc::new(context.own("", RefCell::new(Some(turn))));
    let produced = jsg::promise::try_catch(js, |js| {
        let receiver = jsg::js::undefined(js).into();
        let key = jsg::string(js, key).into();
        let value = fallback.call(js, receiver, &[key]).ok_or(Error::Pending)?;
        Ok(jsg::promise::of(js, value))
    });
    let produced = produced.unwrap_or_else(|exception| jsg::promise::rejected(js, exception));
    let failed = turn.clone();
    let stored = jsg::promise::then(
        js,
        produced,
        move |js, value| store(js, &turn, value),
        |js, reason| Err(Error::value(js, reason)),
    )?;
    jsg::promise::then(
        js,
        stored,
        |_, value| Ok(value),
        move |js, reason| {
            if let Ok(turn) = failed.get(js) {
                drop(turn.take());
            }
            Err(Error::value(js, reason))
        },
    )
}

fn store<'s>(
    js: &mut Lock<'s, '_>,
    turn: &OwnTurn,
    value: Local<'s, Value>,
) -> Result<Local<'s, Value>> {
    let produced: Option<Produced<'s>> = match value.is_object() {
        true => jsg::FromJs::try_from_js(js, value)?,
        false => None,
    };
    let produced = produced.ok_or_else(|| {
        Error::type_error(
            "Incorrect type for Promise: the Promise did not resolve to 'CacheValueProduceResult'.",
        )
    })?;
    let value = produced
        .value
        .unwrap_or_else(|| jsg::js::undefined(js).into());
    let bytes = write(js, value)?;
    if produced.expiration.is_some_and(f64::is_nan) {
        return Err(Error::type_error("Expiration time must not be NaN."));
    }
    let turn = turn.get(js)?.take();
    if let Some(turn) = turn {
        let now = IoContext::current(js)?.now();
        turn.fill(&bytes.into(), produced.expiration, now);
    }
    Ok(value)
}

fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    let written = jsg::promise::try_catch(js, |js| {
        jsg::clone::serialize(js, value, &[], &Default::default())
    });
    match written {
        Ok(written) => Ok(written.data),
        // What cannot be cloned is named by its type only.
        Err(exception) if Handle::<DomException>::from_value(js, exception).is_some() => {
            let kind = value.type_of(js).to_rust_string_lossy(js);
            Err(jsg::clone::data_clone_error(format!(
                "failed to serialize {kind}"
            )))
        }
        Err(exception) => Err(Error::value(js, exception)),
    }
}
