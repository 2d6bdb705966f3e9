//! What an object says about its WebSockets that hibernate.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use io::IoContext;
use io::hibernation::{Answer, Sockets};
use jsg::{Error, Handle, Lock, Result};
use web::websocket::{WebSocket, WebSocketRequestResponsePair};

/// How many tags a WebSocket may have, and how many bytes each of them.
const MAX_TAGS: usize = 10;
const MAX_TAG: usize = 256;
/// The longest message with a known answer, and the longest answer.
const MAX_ANSWER: usize = 2048;
/// A week.
const MAX_EVENT_TIMEOUT: u32 = 604_800_000;

/// Those of the object that the current event is of.
pub(super) fn sockets(js: &Lock<'_, '_>) -> Result<Rc<Sockets>> {
    let context = IoContext::current(js)?;
    let sockets = context.actor().and_then(|actor| actor.sockets());
    sockets
        .cloned()
        .ok_or_else(|| Error::Internal("the state of no object".into()))
}

pub(super) fn accept<'s>(
    js: &mut Lock<'s, '_>,
    sockets: &Rc<Sockets>,
    web_socket: Handle<'s, WebSocket>,
    tags: Option<Vec<String>>,
) -> Result<()> {
    WebSocket::check_hibernation(js, web_socket)?;
    let tags = distinct(tags.unwrap_or_default())?;
    WebSocket::accept_for_hibernation(js, web_socket, sockets, tags)
}

fn distinct(tags: Vec<String>) -> Result<Vec<Rc<str>>> {
    let mut distinct: Vec<Rc<str>> = Vec::new();
    for tag in tags {
        if distinct.len() == MAX_TAGS {
            return Err(Error::error(format!(
                "a Hibernatable WebSocket cannot have more than {MAX_TAGS} tags"
            )));
        }
        if tag.len() > MAX_TAG {
            return Err(Error::error(format!(
                "\"{tag}\" is longer than the max tag length ({MAX_TAG} characters)."
            )));
        }
        if !distinct.iter().any(|known| **known == *tag) {
            distinct.push(tag.into());
        }
    }
    Ok(distinct)
}

pub(super) fn answer(pair: &WebSocketRequestResponsePair) -> Result<Answer> {
    let fits = |name: &str, text: &str| {
        let size = text.len();
        if size <= MAX_ANSWER {
            return Ok(Bytes::copy_from_slice(text.as_bytes()));
        }
        let small = name.to_lowercase();
        Err(Error::range_error(format!(
            "{name} cannot be larger than {MAX_ANSWER} bytes. A {small} of size {size} was provided."
        )))
    };
    Ok(Answer {
        request: fits("Request", pair.request())?,
        response: fits("Response", pair.response())?,
    })
}

pub(super) fn pair<'s>(
    js: &mut Lock<'s, '_>,
    answer: &Answer,
) -> Handle<'s, WebSocketRequestResponsePair> {
    // They were strings.
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    let pair = WebSocketRequestResponsePair::of(text(&answer.request), text(&answer.response));
    Handle::new(js, pair)
}

pub(super) fn event_timeout(millis: Option<u32>) -> Result<Option<Duration>> {
    match millis {
        None | Some(0) => Ok(None),
        Some(millis) if millis > MAX_EVENT_TIMEOUT => Err(Error::error(format!(
            "Event timeout should not exceed {MAX_EVENT_TIMEOUT} ms."
        ))),
        Some(millis) => Ok(Some(Duration::from_millis(millis.into()))),
    }
}
