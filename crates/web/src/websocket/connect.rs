//! `new WebSocket(url, protocols)` (WebSockets §3.1): a request to the Worker's global outbound service.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use futures::future::{Either, select};
use http::header::{
    HeaderMap, HeaderValue, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use io::IoContext;
use jsg::js::{Array, Local, Value};
use jsg::promise::Continuation;
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Result, Strong};
use net::Body;

use super::native::{Attempt, State};
use super::{WebSocket, receive};
use crate::events::{CloseEvent, Closing, Event};
use crate::fetch::fetcher::GlobalOutbound;
use crate::fetch::redirect;

/// The second argument of the constructor.
pub enum Protocols {
    One(String),
    List(Vec<String>),
}

impl<'s> FromJs<'s> for Protocols {
    fn type_name() -> Cow<'static, str> {
        "Array or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if Local::<Array>::try_from(value).is_ok() {
            return Ok(Vec::<String>::try_from_js(js, value)?.map(Self::List));
        }
        Ok(String::try_from_js(js, value)?.map(Self::One))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

fn refused(text: &str) -> Error {
    Error::dom("SyntaxError", format!("WebSocket Constructor: {text}"))
}

/// The constructor.
pub(super) fn connect<'s>(
    js: &mut Lock<'s, '_>,
    call: &jsg::Call<'s>,
    url: String,
    protocols: Option<Protocols>,
) -> Result<Handle<'s, WebSocket>> {
    let context = IoContext::current(js)?;
    let target = target(&url)?;
    let mut headers = HeaderMap::new();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Some(protocols) = protocols.map(joined).transpose()?.flatten()
        && let Ok(protocols) = HeaderValue::try_from(protocols)
    {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    }
    if js.flag(Flag::WebSocketCompression) {
        headers.insert(
            SEC_WEBSOCKET_EXTENSIONS,
            HeaderValue::from_static("permessage-deflate"),
        );
    }
    let mut request = http::Request::new(Body::empty());
    *request.headers_mut() = headers;
    *request.uri_mut() = target.parse().map_err(|_| refused("The url is invalid."))?;
    let channel = match js.extension::<GlobalOutbound>() {
        Some(outbound) => Rc::clone(&outbound.0),
        None => return Err(Error::error("This Worker has no outbound service.")),
    };
    let (attempt, stopped) = Attempt::new();
    let state = State::Connecting { _attempt: attempt };
    let this = WebSocket::over(js, state, Some(url))?;
    let this = call.attach(js, this);
    let strong = Strong::new(js, this);
    context.add_task_then(async move {
        let answer = std::pin::pin!(channel.request(request));
        let answer = match select(stopped, answer).await {
            Either::Left(_) => Err(Error::error("Network connection lost.")),
            Either::Right((Ok(response), _)) => established(response),
            Either::Right((Err(error), _)) => Err(error.into()),
        };
        let finish: Continuation = Box::new(move |js| finish(js, &strong, answer));
        finish
    });
    Ok(this)
}

struct Established {
    web_socket: net::WebSocket,
    protocol: Option<String>,
    extensions: Option<String>,
}

fn established(mut response: http::Response<Body>) -> Result<Established> {
    let status = response.status().as_u16();
    if status != 101 {
        return Err(Error::type_error(format!(
            "Failed to establish the WebSocket connection: expected server to reply with HTTP status code 101 \
             (switching protocols), but received {status} instead."
        )));
    }
    let Some(web_socket) = response.body_mut().take_web_socket() else {
        return Err(Error::type_error(
            "Worker received body in a response to a request for a WebSocket.",
        ));
    };
    let text = |name| {
        let value: &HeaderValue = response.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Ok(Established {
        web_socket,
        protocol: text(SEC_WEBSOCKET_PROTOCOL),
        extensions: text(SEC_WEBSOCKET_EXTENSIONS),
    })
}

fn finish(js: &mut Lock<'_, '_>, this: &Strong<WebSocket>, answer: Result<Established>) {
    let this = this.get(js);
    let done = jsg::promise::try_catch(js, |js| {
        let answer = answer?;
        let native = this.native.get(js)?;
        native.state.replace(State::Waiting(answer.web_socket));
        *this.protocol.borrow_mut() = answer.protocol;
        *this.extensions.borrow_mut() = answer.extensions;
        receive::start(js, this)?;
        let event = Handle::new(js, Event::trusted("open"));
        receive::dispatch(js, this, event)
    });
    let Err(exception) = done else { return };
    if let Ok(native) = this.native.get(js) {
        native.closed_incoming.set(true);
    }
    WebSocket::report_exception(js, this, exception);
    let reason = "Failed to establish websocket connection".to_owned();
    let event = CloseEvent::trusted(1006, reason, Closing::Abrupt);
    let dispatched = jsg::promise::try_catch(js, |js| receive::dispatch_close(js, this, event));
    if let Err(exception) = dispatched {
        crate::report::report_exception(js, exception);
    }
}

/// The URL of the request: `http` for `ws`, and without credentials.
fn target(url: &str) -> Result<String> {
    let parsed = redirect::legacy_href(url).ok_or_else(|| refused("The url is invalid."))?;
    let rest = if let Some(rest) = parsed.strip_prefix("ws:") {
        format!("http:{rest}")
    } else if let Some(rest) = parsed.strip_prefix("wss:") {
        format!("https:{rest}")
    } else {
        return Err(refused("The url scheme must be ws or wss."));
    };
    if rest.contains('#') {
        return Err(refused("The url fragment must be empty."));
    }
    let url = redirect::sendable(&rest).ok_or_else(|| refused("The url is invalid."))?;
    Ok(url.into_owned())
}

/// The header that offers the protocols.
fn joined(protocols: Protocols) -> Result<Option<String>> {
    match protocols {
        Protocols::One(protocol) if is_token(&protocol) => Ok(Some(protocol)),
        Protocols::One(_) => Err(refused("The protocol header token is invalid.")),
        Protocols::List(list) => {
            let mut seen = HashSet::new();
            for protocol in &list {
                if !is_token(protocol) {
                    return Err(refused("One of the protocol header tokens is invalid."));
                }
                if !seen.insert(protocol.as_str()) {
                    return Err(refused(
                        "The protocols header cannot have repeating values.",
                    ));
                }
            }
            Ok((!list.is_empty()).then(|| list.join(", ")))
        }
    }
}

/// RFC 6455 §4.1, item 10. Quotation marks pass, as in the real workerd.
fn is_token(text: &str) -> bool {
    let is_good = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\/[]?={}".contains(&byte);
    !text.is_empty() && text.bytes().all(is_good)
}
