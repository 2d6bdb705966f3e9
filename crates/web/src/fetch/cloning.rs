//! Headers, requests and responses as bytes and back, for structured clone and all that builds on it.
//!
//! A message is written as what its constructor takes, so that reading it is calling that. Its body
//! is a stream, which only a remote call can carry.

use std::rc::Rc;

use futures::channel::oneshot;
use io::IoContext;
use io::rpc::{External, Incoming, Outgoing};
use io::token::{Token, Tokens, Usage};
use jsg::clone::{Cloneable, Reader, Writer, data_clone_error};
use jsg::js::{Local, Number, Object, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Nullable, Result, Strong};
use net::common_headers::COMMON_HEADERS;

use super::fetcher::{Fetcher, ignored};
use super::header_list::{Cookies, HeaderList};
use super::headers::{Guard, Headers};
use super::request::Request;
use super::request_init::{Redirect, RequestInfo};
use super::response::{Encoding, Response};
use super::stored::Stored;
use crate::abort::{AbortSignal, Origin};
use crate::file::Blob;
use crate::streams::pump::Consumer;
use crate::streams::remote::{self, RemoteSink};
use crate::streams::{ReadableStream, WritableStream};

/// Lets the isolate clone objects of this crate's classes.
pub(crate) fn register(js: &Lock<'_, '_>) {
    jsg::clone::register::<Headers>(js);
    jsg::clone::register::<Request>(js);
    jsg::clone::register::<Response>(js);
    jsg::clone::register::<ReadableStream>(js);
    jsg::clone::register::<WritableStream>(js);
    jsg::clone::register::<Fetcher>(js);
    jsg::clone::register::<AbortSignal>(js);
    jsg::clone::register::<Blob>(js);
}

/// More headers than this are not read.
const MOST_HEADERS: u32 = 1024;

const GUARD_IMMUTABLE: u32 = 0;
const GUARD_NONE: u32 = 3;

impl Cloneable for Headers {
    const TAG: u32 = 4;

    fn write<'s>(_: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let headers = this.get();
        to.u32(match headers.guard() {
            Guard::Immutable => GUARD_IMMUTABLE,
            Guard::None => GUARD_NONE,
        });
        let pairs = headers.list().borrow().sorted(Cookies::Apart);
        to.u32(u32::try_from(pairs.len()).unwrap_or(u32::MAX));
        for (name, value) in &pairs {
            match COMMON_HEADERS.iter().position(|known| known == name) {
                Some(place) => to.u32(place as u32 + 1),
                None => {
                    to.u32(0);
                    to.string(name);
                }
            }
            to.string(value);
        }
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let guard = match from.u32()? {
            GUARD_IMMUTABLE => Guard::Immutable,
            _ => Guard::None,
        };
        let count = from.u32()?;
        if count > MOST_HEADERS {
            return Err(data_clone_error(format!(
                "Deserialization failed: header count exceeds maximum ({count})"
            )));
        }
        let mut list = HeaderList::default();
        for _ in 0..count {
            let place = from.u32()? as usize;
            let name = match place.checked_sub(1) {
                None => from.string()?,
                Some(index) => COMMON_HEADERS
                    .get(index)
                    .copied()
                    .map(str::to_owned)
                    .ok_or_else(|| data_clone_error("Deserialization failed: unknown header"))?,
            };
            list.append(&name, &from.string()?)?;
        }
        Ok(Handle::new(js, Self::from_list(list, guard)).object())
    }
}

fn set<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str, value: Local<'s, Value>) {
    let key = jsg::intern(js, name);
    object.create_data_property(js, key.into(), value);
}

fn set_text<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str, text: &str) {
    let value = jsg::string(js, text);
    set(js, object, name, value.into());
}

/// What a constructor takes. Members of `Object.prototype` are none of it.
fn read_init<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Value>> {
    let init = from.value(js)?;
    if let Ok(object) = Local::<Object>::try_from(init) {
        let null = jsg::js::null(js);
        object.set_prototype(js, null.into());
    }
    Ok(init)
}

impl Cloneable for Request {
    const TAG: u32 = 5;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let request = this.get();
        to.string(request.url_text());
        let init = Object::new(js);
        if *request.method_name() != http::Method::GET {
            set_text(js, init, "method", request.method_name().as_str());
        }
        let headers = request.header_slot().get(js);
        set(js, init, "headers", headers.object().into());
        if let Some(body) = request.body().stream(js)? {
            set(js, init, "body", body.object().into());
        }
        if request.redirect_mode() == Redirect::Manual {
            set_text(js, init, "redirect", request.redirect_mode().name());
        }
        if let Some(cf) = request.cf_slot().get(js)? {
            set(js, init, "cf", cf.into());
        }
        if let Some(cache) = request.cache_mode() {
            set_text(js, init, "cache", cache.name());
        }
        if let Some(signal) = request.own_signal(js)
            && !ignored(js, signal.get())
        {
            set(js, init, "signal", signal.object().into());
        }
        if request.response_encoding() == Encoding::Manual {
            set_text(js, init, "encodeResponseBody", "manual");
        }
        to.value(js, init.into())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let url = from.string()?;
        let init = read_init(js, from)?;
        let init = FromJs::from_js(js, init)?;
        Ok(Self::construct(js, RequestInfo::Url(url), Some(init))?.object())
    }
}

impl Cloneable for Response {
    const TAG: u32 = 6;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let response = this.get();
        if response.has_web_socket() {
            return Err(data_clone_error(
                "Could not serialize object of type \"WebSocket\". This type does not support serialization.",
            ));
        }
        let body = match response.body().stream(js)? {
            Some(stream) => stream.object().into(),
            None => jsg::js::null(js).into(),
        };
        to.value(js, body)?;
        let init = Object::new(js);
        if response.code() != 200 {
            let status = Number::new(js, f64::from(response.code()));
            set(js, init, "status", status.into());
        }
        if !response.reason().is_empty() {
            set_text(js, init, "statusText", response.reason());
        }
        let headers = response.header_slot().get(js);
        set(js, init, "headers", headers.object().into());
        if let Some(cf) = response.cf_slot().get(js)? {
            set(js, init, "cf", cf.into());
        }
        if response.encoding() == Encoding::Manual {
            set_text(js, init, "encodeBody", "manual");
        }
        to.value(js, init.into())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let body = from.value(js)?;
        let init = read_init(js, from)?;
        if let Ok(init) = Local::<Object>::try_from(init) {
            let key = jsg::intern(js, "status");
            let status = init.get(js, key.into());
            if status.is_some_and(|status| status.number_value(js) == Some(0.0)) {
                return Ok(Self::error(js).object());
            }
        }
        let init = FromJs::from_js(js, init)?;
        let body = Nullable((!body.is_null_or_undefined()).then_some(body));
        let response = Self::new(js, Some(body), Some(init))?;
        Ok(Handle::new(js, response).object())
    }
}

impl Cloneable for ReadableStream {
    const TAG: u32 = 3;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let outgoing = to
            .externals::<Outgoing>()
            .ok_or_else(|| data_clone_error("ReadableStream can only be serialized for RPC."))?;
        if this.get().is_locked() {
            return Err(Error::type_error(
                "The ReadableStream has been locked to a reader.",
            ));
        }
        let holds = outgoing.holds();
        let body = Self::into_body_for(js, this, Consumer::Message { holds })?;
        let context = IoContext::current(js)?;
        outgoing.push(External::Readable(remote::body(&context, body)));
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error("ReadableStream can only be serialized for RPC."))?;
        let Some(External::Readable(body)) = incoming.take() else {
            return Err(Error::Internal("a message without its stream".into()));
        };
        let stream = Self::from_body(js, body)?;
        Ok(Handle::new(js, stream).object())
    }
}

const NO_SERVICE: &str = "ServiceStub cannot be serialized in this context.";
const NO_SERVICE_READ: &str = "ServiceStub cannot be deserialized in this context.";

impl Cloneable for Fetcher {
    const TAG: u32 = 11;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let channel = Rc::clone(this.get().channel(js)?);
        let outgoing = to.externals::<Outgoing>();
        let is_stored =
            to.externals::<Stored>().is_some() && js.flag(Flag::AllowIrrevocableStubStorage);
        if outgoing.is_none() && !is_stored {
            return Err(data_clone_error(NO_SERVICE));
        }
        if let Some(reason) = channel.not_sendable() {
            return Err(data_clone_error(reason));
        }
        match outgoing {
            Some(outgoing) if outgoing.is_numbered() => {
                outgoing.add(External::Service(channel), to);
            }
            Some(outgoing) => {
                let channel = channel.anew().unwrap_or(channel);
                outgoing.push(External::Service(channel));
            }
            None => {
                let token = channel.token(Usage::Storage).map_err(data_clone_error)?;
                to.bytes(&token.write());
            }
        }
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        if let Some(stored) = from.externals::<Stored>() {
            let token = stored.read(js, from, NO_SERVICE_READ)?;
            let Some(tokens) = js.extension::<Tokens>() else {
                return Err(data_clone_error(NO_SERVICE_READ));
            };
            let channel = tokens.0.service(&token)?;
            return Ok(Self::create(js, channel).object());
        }
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error(NO_SERVICE_READ))?;
        let channel = match incoming.find(from)? {
            Some(External::Service(channel)) => channel,
            Some(External::Token(token)) => {
                let (Some(token), Some(tokens)) = (Token::read(&token), js.extension::<Tokens>())
                else {
                    return Err(data_clone_error(NO_SERVICE_READ));
                };
                tokens.0.service(&token)?
            }
            _ => return Err(Error::Internal("a message without its service".into())),
        };
        Ok(Self::create(js, channel).object())
    }
}

impl Cloneable for WritableStream {
    const TAG: u32 = 2;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let outgoing = to
            .externals::<Outgoing>()
            .ok_or_else(|| data_clone_error("WritableStream can only be serialized for RPC."))?;
        let sink = Self::hand_over(js, this)?;
        let context = IoContext::current(js)?;
        let hold = outgoing.holds().then(|| context.hold());
        let sink = RemoteSink::new(&context, sink, hold);
        outgoing.push(External::Writable(Rc::new(sink)));
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error("WritableStream can only be serialized for RPC."))?;
        let Some(External::Writable(sink)) = incoming.take() else {
            return Err(Error::Internal("a message without its stream".into()));
        };
        let stream = Self::from_sink(js, sink, None)?;
        Ok(Handle::new(js, stream).object())
    }
}

/// Keeps the event until the signal aborts or nobody follows it any more.
fn while_followed(
    context: &Rc<IoContext>,
    aborted: oneshot::Receiver<Vec<u8>>,
) -> oneshot::Receiver<Vec<u8>> {
    let (mut sender, receiver) = oneshot::channel();
    let hold = context.hold();
    context.add_task(async move {
        tokio::select! {
            () = sender.cancellation() => {}
            reason = aborted => {
                if let Ok(reason) = reason {
                    // Nobody has to know.
                    let _ = sender.send(reason);
                }
            }
        }
        drop(hold);
    });
    receiver
}

const SIGNAL_NOT_ENABLED: &str = "AbortSignal serialization is not enabled.";
const SIGNAL_NOT_REMOTE: &str = "AbortSignal can only be serialized for RPC.";

/// A signal goes as another one that aborts when it does, with a copy of its reason.
impl Cloneable for AbortSignal {
    const TAG: u32 = 9;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        if !js.flag(Flag::EnableAbortsignalRpc) {
            return Err(data_clone_error(SIGNAL_NOT_ENABLED));
        }
        let outgoing = to
            .externals::<Outgoing>()
            .ok_or_else(|| data_clone_error(SIGNAL_NOT_REMOTE))?;
        let signal = this.get();
        let is_aborted = signal.is_aborted();
        to.u32(is_aborted.into());
        // No signal of ours is known never to abort.
        to.u32(0);
        let reason = signal.reason_value(js);
        to.value(js, reason)?;
        if is_aborted {
            return Ok(());
        }
        let (sender, receiver) = oneshot::channel::<Vec<u8>>();
        let registration = signal.on_abort_remotely(js, move |js, reason| {
            // What cannot be copied is told by its text.
            let written = jsg::promise::try_catch(js, |js| {
                jsg::clone::serialize(js, reason, &[], &Default::default())
            })
            .or_else(|_| {
                jsg::promise::try_catch(js, |js| {
                    let text = reason.to_string(js).ok_or(Error::Pending)?;
                    jsg::clone::serialize(js, text.into(), &[], &Default::default())
                })
            });
            if let Ok(written) = written {
                // Nobody follows any more: nobody has to know.
                let _ = sender.send(written.data);
            }
        });
        let context = IoContext::current(js)?;
        context.own("", registration).leave();
        let receiver = match outgoing.holds() {
            true => while_followed(&context, receiver),
            false => receiver,
        };
        outgoing.push(External::Signal(receiver));
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error(SIGNAL_NOT_REMOTE))?;
        let is_aborted = from.u32()? != 0;
        from.u32()?;
        let reason = from.value(js)?;
        if is_aborted {
            return Ok(Self::aborted_with(js, reason).object());
        }
        let Some(External::Signal(receiver)) = incoming.take() else {
            return Err(Error::Internal("a message without its signal".into()));
        };
        let signal = Self::create(js, Origin::Guest);
        let follower = Strong::new(js, signal);
        IoContext::current(js)?.add_task_then(async move {
            let reason = receiver.await;
            let finish: jsg::promise::Continuation = Box::new(move |js| {
                // The other side is gone: nobody will abort.
                let Ok(reason) = reason else {
                    return;
                };
                let triggered = jsg::promise::try_catch(js, |js| {
                    let reason = jsg::clone::deserialize(js, reason.into(), &Default::default())?;
                    Self::trigger(js, follower.get(js), Some(reason))
                });
                if let Err(exception) = triggered {
                    io::context::report_uncaught(js, "", exception);
                }
            });
            finish
        });
        Ok(signal.object())
    }
}
