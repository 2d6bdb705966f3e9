//! The `cf` object of a message: JSON, an object only when JavaScript reads it.

use std::cell::RefCell;

use jsg::js::{IntegrityLevel, Local, Object};
use jsg::{Flag, JsRef, Lock, LockExt, Result};

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
        let object = Local::<Object>::try_from(value).ok();
        if let Some(object) = object
            && !is_copy
        {
            if !js.flag(Flag::NoCfBotmanagementDefault) {
                add_bot_management(js, object)?;
            }
            freeze(js, object);
        }
        let state = match object {
            Some(object) => State::Object(JsRef::new(js, object)),
            None => State::None,
        };
        self.0.replace(state);
        Ok(object)
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
