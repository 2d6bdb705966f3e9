//! What an [`EventSource`] does outside of its members: requests, reading, waiting.

use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use io::IoContext;
use jsg::convert::Record;
use jsg::js::{Local, Value};
use jsg::promise::Continuation;
use jsg::{Error, Handle, Lock, Nullable, Result, Strong};
use net::{Body, BodyError};

use super::parser::Parser;
use super::{CLOSED, CONNECTING, EventSource};
use crate::fetch::headers::HeadersInit;
use crate::fetch::request_init::{RequestDict, RequestInfo, RequestInit};
use crate::fetch::{Response, fetcher};
use crate::mime::MimeType;
use crate::streams::{ReadableStream, native};

const EVENT_STREAM: &str = "text/event-stream";

/// What the wait before another attempt is kept within.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A stream that is being read.
struct Reading {
    this: Strong<EventSource>,
    body: Body,
    parser: Parser,
    aborted: Pin<Box<dyn Future<Output = Error>>>,
}

/// What reading comes to.
enum Read {
    Chunk(Bytes),
    /// The end, or a connection that broke.
    End,
    Failed(BodyError),
    Aborted,
}

/// "Announce the connection" and all that follows, for one with a URL: sends the request.
pub(super) fn start<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, EventSource>) {
    if this.is_closed() {
        return;
    }
    let sent = jsg::promise::try_catch(js, |js| request(js, this));
    // The guest has no listeners yet: a request that cannot be made fails as one that was.
    let answer = match sent {
        Ok(answer) => answer,
        Err(exception) => jsg::promise::rejected(js, exception),
    };
    let continued = jsg::promise::try_catch(js, |js| {
        let (strong, other) = (Strong::new(js, this), Strong::new(js, this));
        jsg::promise::observe(
            js,
            answer,
            move |js, value| {
                let this = strong.get(js);
                answered(js, this, value);
                Ok(())
            },
            move |js, reason| {
                let this = other.get(js);
                EventSource::fail(js, this, reason, CLOSED);
                Ok(())
            },
        )
    });
    if let Err(exception) = continued {
        EventSource::fail(js, this, exception, CLOSED);
    }
}

fn request<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, EventSource>,
) -> Result<Local<'s, jsg::js::Promise>> {
    let url = this.url.borrow().clone().unwrap_or_default();
    let mut headers = vec![
        ("accept".to_owned(), EVENT_STREAM.to_owned()),
        ("cache-control".to_owned(), "no-cache".to_owned()),
    ];
    let id = this.last_event_id.borrow();
    if !id.is_empty() {
        headers.push(("last-event-id".to_owned(), id.to_string()));
    }
    let dict = RequestDict {
        headers: Some(HeadersInit::Record(Record(headers))),
        signal: Some(Nullable(Some(this.signal(js)))),
        ..RequestDict::default()
    };
    let channel = match &this.fetcher {
        Some(fetcher) => Some(Rc::clone(fetcher.get(js).channel(js)?)),
        None => None,
    };
    let init = RequestInit::Dict(Box::new(dict));
    fetcher::fetch(js, channel, RequestInfo::Url(url), Some(init))
}

/// What a response means: its stream is read, or it was the last one.
fn answered<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, EventSource>, value: Local<'s, Value>) {
    if this.is_closed() {
        return;
    }
    let Some(response) = Handle::<Response>::from_value(js, value) else {
        return;
    };
    if let Some(text) = refusal(js, response.get()) {
        let exception = jsg::promise::exception_of(js, Error::dom("AbortError", text));
        return EventSource::fail(js, this, exception, CLOSED);
    }
    if response.redirected() {
        this.url.replace(Some(response.url().to_owned()));
    }
    if response.body().is_null() {
        return no_body(js, this);
    }
    let read = jsg::promise::try_catch(js, |js| {
        let body = response.body().send(js)?;
        EventSource::notify_open(js, this)?;
        read(js, this, body)
    });
    if let Err(exception) = read {
        EventSource::fail(js, this, exception, CLOSED);
    }
}

/// Why a response is no event stream.
fn refusal(js: &Lock<'_, '_>, response: &Response) -> Option<String> {
    let status = response.code();
    if !(200..300).contains(&status) {
        return Some(format!("The response status code was {status}."));
    }
    let Some(kind) = response.content_type(js) else {
        return Some("No content type header was present in the response.".to_owned());
    };
    match MimeType::parse(&kind) {
        Some(parsed) if parsed.essence() == EVENT_STREAM => None,
        _ => Some(format!("The content type '{kind}' is invalid.")),
    }
}

/// A response without a body is forgiven once.
fn no_body<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, EventSource>) {
    if this.had_no_body.replace(true) {
        let error = Error::error("The server provided no content.");
        let exception = jsg::promise::exception_of(js, error);
        return EventSource::fail(js, this, exception, CLOSED);
    }
    let error = Error::error("The server provided no content. Will try reconnecting.");
    reconnect(js, this, error);
}

/// Reads from a stream of the guest's; there is no second attempt.
pub(super) fn open_stream<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, EventSource>,
    stream: Handle<'s, ReadableStream>,
) -> Result<()> {
    EventSource::notify_open(js, this)?;
    let body = jsg::promise::try_catch(js, |js| ReadableStream::into_body(js, stream));
    match body {
        Ok(body) => read(js, this, body),
        Err(exception) => {
            // The guest has no listeners yet.
            let (this, exception) = (Strong::new(js, this), jsg::js::Global::new(js, exception));
            IoContext::current(js)?.add_task_then(async move {
                let fail: Continuation = Box::new(move |js| {
                    let this = this.get(js);
                    let exception = Local::new(js, exception);
                    EventSource::fail(js, this, exception, CLOSED);
                });
                fail
            });
            Ok(())
        }
    }
}

fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, EventSource>, body: Body) -> Result<()> {
    let signal = this.signal(js);
    let reading = Reading {
        this: Strong::new(js, this),
        body,
        parser: Parser::new(this.last_event_id.borrow().clone()),
        aborted: Box::pin(signal.aborted(js)),
    };
    next(js, reading)
}

/// Waits for more of the stream.
fn next(js: &mut Lock<'_, '_>, mut reading: Reading) -> Result<()> {
    IoContext::current(js)?.add_task_then(async move {
        let read = {
            let chunk = std::pin::pin!(reading.body.next());
            match select(&mut reading.aborted, chunk).await {
                Either::Left(_) => Read::Aborted,
                Either::Right((Some(Ok(bytes)), _)) => Read::Chunk(bytes),
                Either::Right((Some(Err(error)), _)) => match error {
                    BodyError::Incomplete | BodyError::Connection(_) => Read::End,
                    error => Read::Failed(error),
                },
                Either::Right((None, _)) => Read::End,
            }
        };
        let finish: Continuation = Box::new(move |js| advance(js, reading, read));
        finish
    });
    Ok(())
}

fn advance(js: &mut Lock<'_, '_>, mut reading: Reading, read: Read) {
    let this = reading.this.get(js);
    match read {
        Read::Aborted => {}
        Read::Chunk(bytes) => {
            let messages = reading.parser.feed(&bytes);
            this.last_event_id
                .replace(reading.parser.last_event_id.clone());
            if let Some(time) = reading.parser.retry.take() {
                let time = time.clamp(SHORTEST_WAIT, LONGEST_WAIT);
                this.reconnection_time.set(time);
            }
            match messages {
                Ok(messages) => {
                    EventSource::notify_messages(js, this, messages);
                    // Fails only for want of an event, and then there is nobody to tell.
                    let _ = next(js, reading);
                }
                Err(_) => {
                    let error = Error::type_error("Memory limit exceeded before EOF.");
                    let exception = jsg::promise::exception_of(js, error);
                    EventSource::fail(js, this, exception, CLOSED);
                }
            }
        }
        Read::End => {
            let error = Error::error("The server disconnected.");
            if this.url.borrow().is_some() {
                return reconnect(js, this, error);
            }
            let exception = jsg::promise::exception_of(js, error);
            EventSource::fail(js, this, exception, CLOSED);
        }
        Read::Failed(error) => {
            let exception = native::body_exception(js, error);
            EventSource::fail(js, this, exception, CLOSED);
        }
    }
}

/// "Reestablish the connection": tells of `error`, waits, and starts again.
fn reconnect<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, EventSource>, error: Error) {
    let exception = jsg::promise::exception_of(js, error);
    EventSource::fail(js, this, exception, CONNECTING);
    let Some(context) = IoContext::try_current(js).filter(|_| !this.is_closed()) else {
        return;
    };
    this.renew(js);
    let strong = Strong::new(js, this);
    let timer = context.set_timer(this.reconnection_time.get(), false, move |js| {
        let this = strong.get(js);
        this.attempt.set(None);
        start(js, this);
    });
    this.attempt.set(Some(timer));
}
