//! The `cf` object of a message: JSON, an object only when JavaScript reads it.

use std::cell::RefCell;

use jsg::js::{IntegrityLevel, Local, Object, Value};
use jsg::{Error, Flag, JsRef, Lock, LockExt, Result, ToJs};

use super::request_init::CacheMode;

/// See the module's documentation.
#[derive(jsg::Trace, Default)]
pub struct CfSlot(RefCell<State>);

#[derive(jsg::Trace, Default)]
enum State {
    #[default]
    None,
    /// What came with a message: its object will be frozen.
    Json(String),
    /// A guest's own copy.
    Copy(String),
    /// The address of the client, who need not be looked at.
    Client(jsg::Untraced<net::ClientAddress>), // plain data
    Object(JsRef<Object>),
}

impl CfSlot {
    /// From JSON text; what is no object counts as none.
    pub fn from_json(text: String) -> Self {
        Self(RefCell::new(State::Json(text)))
    }

    fn copy(text: String) -> Self {
        Self(RefCell::new(State::Copy(text)))
    }

    /// What a server without a front end tells of a client.
    pub fn of_client(address: net::ClientAddress) -> Self {
        Self(RefCell::new(State::Client(jsg::Untraced(address))))
    }

    /// A deep copy of what a guest gave.
    pub fn copy_of<'s>(js: &mut Lock<'s, '_>, object: Option<Local<'s, Object>>) -> Result<Self> {
        let Some(object) = object else {
            return Ok(Self::default());
        };
        let text = jsg::json_stringify(js, object.into())?;
        Ok(Self::copy(text.to_rust_string_lossy(js)))
    }

    /// The object.
    pub fn get<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Object>>> {
        let (text, is_copy) = match &*self.0.borrow() {
            State::None => return Ok(None),
            State::Object(object) => return Ok(Some(object.get(js))),
            State::Copy(text) => (text.clone(), true),
            State::Json(text) => (text.clone(), false),
            State::Client(address) => (client_json(address), false),
        };
        let value = jsg::json_parse(js, &text)?;
        let object = Local::<Object>::try_from(value)
            .map_err(|_| Error::Internal("the JSON of `cf` is no object".to_owned()))?;
        if !is_copy {
            if !js.flag(Flag::NoCfBotmanagementDefault) {
                add_bot_management(js, object)?;
            }
            freeze(js, object);
        }
        self.0.replace(State::Object(JsRef::new(js, object)));
        Ok(Some(object))
    }

    /// A slot with a deep copy.
    pub fn duplicate(&self, js: &mut Lock<'_, '_>) -> Result<Self> {
        Ok(self.to_json(js)?.map(Self::copy).unwrap_or_default())
    }

    /// The object as JSON text.
    pub fn to_json(&self, js: &mut Lock<'_, '_>) -> Result<Option<String>> {
        if !js.flag(Flag::NoCfBotmanagementDefault) {
            // The object has more than the text.
            self.get(js)?;
        }
        let object = match &*self.0.borrow() {
            State::None => return Ok(None),
            State::Json(text) | State::Copy(text) => return Ok(Some(text.clone())),
            State::Client(address) => return Ok(Some(client_json(address))),
            State::Object(object) => object.get(js),
        };
        let text = jsg::json_stringify(js, object.into())?;
        Ok(Some(text.to_rust_string_lossy(js)))
    }
}

impl CfSlot {
    /// The object as JSON text for a request that is sent: what it and the `cache` option say of caching
    /// is in it in every form that a cache understands. None, where nobody reads it and nothing depends on it.
    ///
    /// # Errors
    /// If the two contradict each other.
    pub fn to_subrequest_json(
        &self,
        js: &mut Lock<'_, '_>,
        cache: Option<CacheMode>,
        is_read: bool,
    ) -> Result<Option<String>> {
        if !is_read && cache.is_none() && matches!(*self.0.borrow(), State::Client(_)) {
            return Ok(None);
        }
        let text = self.to_json(js)?;
        let names_ttl = text.as_ref().is_some_and(|text| text.contains(CACHE_TTL));
        if cache.is_none() && !names_ttl {
            return Ok(text);
        }
        let value = jsg::json_parse(js, text.as_deref().unwrap_or("{}"))?;
        let Ok(cf) = Local::<Object>::try_from(value) else {
            return Ok(text);
        };
        let control = match cache {
            Some(mode) => {
                let control = bypass(js, cf, mode)?;
                control.filter(|_| !js.flag(Flag::CacheOptionPreservesCacheControl))
            }
            None => control_of_ttl(js, cf)?,
        };
        if let Some(control) = control
            && !has(js, cf, "cacheControl")
        {
            let control = jsg::string(js, &control);
            set(js, cf, "cacheControl", control.into());
        }
        let text = jsg::json_stringify(js, cf.into())?;
        Ok(Some(text.to_rust_string_lossy(js)))
    }
}

const CACHE_TTL: &str = "cacheTtl";

/// The time to live of what is not to be cached.
const NO_CACHE_TTL: i32 = -1;

fn has<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str) -> bool {
    let key = jsg::intern(js, name);
    object.has(js, key.into()) == Some(true)
}

fn set<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str, value: Local<'s, Value>) {
    let key = jsg::intern(js, name);
    object.set(js, key.into(), value);
}

/// What the `cache` option means, in an object of JSON; gives the value of `cacheControl`.
fn bypass<'s>(
    js: &mut Lock<'s, '_>,
    cf: Local<'s, Object>,
    mode: CacheMode,
) -> Result<Option<String>> {
    if mode == CacheMode::NoStore {
        let key = jsg::intern(js, CACHE_TTL);
        if has(js, cf, CACHE_TTL) {
            let old = cf.get(js, key.into()).ok_or(Error::Pending)?;
            if !old.is_number() || old.number_value(js) != Some(NO_CACHE_TTL.into()) {
                return Err(Error::type_error(format!(
                    "CacheTtl: {}, is not compatible with cache: {} header.",
                    old.to_rust_string_lossy(js),
                    mode.name()
                )));
            }
        } else {
            let ttl = NO_CACHE_TTL.to_js(js)?;
            cf.set(js, key.into(), ttl);
        }
    }
    Ok(match mode {
        CacheMode::NoStore | CacheMode::Reload => {
            let level = jsg::string(js, "bypass");
            set(js, cf, "cacheLevel", level.into());
            (mode == CacheMode::NoStore).then(|| "no-store".to_owned())
        }
        CacheMode::NoCache => {
            let yes = true.to_js(js)?;
            set(js, cf, "cacheForceRevalidate", yes);
            Some("no-cache".to_owned())
        }
    })
}

/// What `cacheTtl` means as `cacheControl`.
fn control_of_ttl<'s>(js: &mut Lock<'s, '_>, cf: Local<'s, Object>) -> Result<Option<String>> {
    let key = jsg::intern(js, CACHE_TTL);
    let ttl = cf.get(js, key.into()).ok_or(Error::Pending)?;
    Ok(match ttl.int32_value(js).filter(|_| ttl.is_int32()) {
        None => None,
        Some(NO_CACHE_TTL) => Some("no-store".to_owned()),
        Some(ttl) => Some(format!("max-age={ttl}")),
    })
}

/// An address has no character that JSON escapes.
pub(super) fn client_json(address: &net::ClientAddress) -> String {
    match address {
        net::ClientAddress::Unix { pid, uid } => match pid {
            Some(pid) => format!("{{\"clientPid\":{pid},\"clientUid\":{uid}}}"),
            None => format!("{{\"clientUid\":{uid}}}"),
        },
        address => format!("{{\"clientIp\":\"{address}\"}}"),
    }
}

/// What old Workers expect of bot management where there is none.
const BOT_MANAGEMENT: &str = r#"{"corporateProxy":false,"verifiedBot":false,"jsDetection":{"passed":false},"staticResource":false,"detectionIds":{},"score":99}"#;

fn add_bot_management<'s>(js: &mut Lock<'s, '_>, cf: Local<'s, Object>) -> Result<()> {
    let key = jsg::intern(js, "botManagement");
    if cf.has(js, key.into()) == Some(false) {
        let value = jsg::json_parse(js, BOT_MANAGEMENT)?;
        cf.set(js, key.into(), value);
    }
    Ok(())
}

/// Freezes an object of JSON and all within it; its depth is what the parser allowed.
fn freeze<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>) {
    let mut pending = vec![object];
    while let Some(object) = pending.pop() {
        object.set_integrity_level(js, IntegrityLevel::Frozen);
        let Some(keys) = object.get_own_property_names(js, Default::default()) else {
            continue;
        };
        for index in 0..keys.length() {
            let value = keys
                .get_index(js, index)
                .and_then(|key| object.get(js, key));
            if let Some(Ok(inner)) = value.map(Local::<Object>::try_from) {
                pending.push(inner);
            }
        }
    }
}
