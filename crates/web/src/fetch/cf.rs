//! The `cf` object of a message: JSON, an object only when JavaScript reads it.

use std::cell::RefCell;

use jsg::js::{Local, Object};
use jsg::{JsRef, Lock, Result};

/// See the module's documentation.
#[derive(jsg::Trace, Default)]
pub struct CfSlot(RefCell<State>);

#[derive(jsg::Trace, Default)]
enum State {
    #[default]
    None,
    Json(String),
    /// The address of the client, who need not be looked at.
    Client(jsg::Untraced<net::ClientAddress>), // plain data
    Object(JsRef<Object>),
}

impl CfSlot {
    /// From JSON text; what is no object counts as none.
    pub fn from_json(text: String) -> Self {
        Self(RefCell::new(State::Json(text)))
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
        Ok(Self::from_json(text.to_rust_string_lossy(js)))
    }

    /// The object.
    pub fn get<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Object>>> {
        let text = match &*self.0.borrow() {
            State::None => return Ok(None),
            State::Object(object) => return Ok(Some(object.get(js))),
            State::Json(text) => text.clone(),
            State::Client(address) => client_json(address),
        };
        let value = jsg::json_parse(js, &text)?;
        let object = Local::<Object>::try_from(value).ok();
        let state = match object {
            Some(object) => State::Object(JsRef::new(js, object)),
            None => State::None,
        };
        self.0.replace(state);
        Ok(object)
    }

    /// A slot with a deep copy.
    pub fn duplicate(&self, js: &mut Lock<'_, '_>) -> Result<Self> {
        Ok(self.to_json(js)?.map(Self::from_json).unwrap_or_default())
    }

    /// The object as JSON text.
    pub fn to_json(&self, js: &mut Lock<'_, '_>) -> Result<Option<String>> {
        let object = match &*self.0.borrow() {
            State::None => return Ok(None),
            State::Json(text) => return Ok(Some(text.clone())),
            State::Client(address) => return Ok(Some(client_json(address))),
            State::Object(object) => object.get(js),
        };
        let text = jsg::json_stringify(js, object.into())?;
        Ok(Some(text.to_rust_string_lossy(js)))
    }
}

/// An address has no character that JSON escapes.
fn client_json(address: &net::ClientAddress) -> String {
    match address {
        net::ClientAddress::Unix { pid, uid } => match pid {
            Some(pid) => format!("{{\"clientPid\":{pid},\"clientUid\":{uid}}}"),
            None => format!("{{\"clientUid\":{uid}}}"),
        },
        address => format!("{{\"clientIp\":\"{address}\"}}"),
    }
}
