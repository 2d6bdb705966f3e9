//! What happens when a socket's promises settle on its way to the end.

use std::cell::Cell;
use std::rc::Rc;

use jsg::js::{Global, Local, Promise, Value};
use jsg::promise::React;
use jsg::{Error, Handle, Lock, Result};

use super::socket::Socket;

/// A promise for the moment when both have been fulfilled, or the first is rejected.
pub(super) fn both<'s>(
    js: &mut Lock<'s, '_>,
    promises: [Local<'s, Promise>; 2],
) -> Result<Local<'s, Promise>> {
    let resolver = jsg::promise::resolver(js);
    let left = Rc::new(Cell::new(promises.len()));
    for promise in promises {
        let (fulfil, reject) = (Global::new(js, resolver), Global::new(js, resolver));
        let left = left.clone();
        let told = jsg::promise::then(
            js,
            promise,
            move |js, _| {
                left.set(left.get() - 1);
                let undefined = jsg::js::undefined(js).into();
                if left.get() == 0 {
                    Local::new(js, fulfil).resolve(js, undefined);
                }
                Ok(undefined)
            },
            move |js, reason| {
                Local::new(js, reject).reject(js, reason);
                Ok(jsg::js::undefined(js).into())
            },
        )?;
        jsg::promise::mark_handled(told);
    }
    Ok(resolver.get_promise(js))
}

/// `close()`: everything written goes out first.
pub(super) struct Flush;
pub(super) struct Rethrow;
pub(super) struct Finish;
pub(super) struct FinishFailed;
/// The end of what the peer sends: the write side has been closed.
pub(super) struct Ended;
pub(super) struct EndFailed;

impl React for Flush {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        socket.get().flush(js)
    }
}

impl React for Rethrow {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        _: Handle<'s, Socket>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        Err(Error::value(js, reason))
    }
}

impl React for Finish {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        let socket = socket.get();
        socket.end_streams(js, None);
        if let Ok(connection) = socket.connection(js) {
            connection.close();
        }
        socket.connection.take();
        socket.closed.resolve(js);
        Ok(jsg::js::undefined(js).into())
    }
}

impl React for FinishFailed {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        socket.get().closed.reject(js, reason);
        Ok(jsg::js::undefined(js).into())
    }
}

impl React for Ended {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        socket.get().closed.resolve(js);
        Ok(jsg::js::undefined(js).into())
    }
}

impl React for EndFailed {
    type Target = Socket;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        socket: Handle<'s, Socket>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        socket.get().closed.reject(js, reason);
        Ok(jsg::js::undefined(js).into())
    }
}
