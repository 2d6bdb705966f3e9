//! What happens when a socket's promises settle on its way to the end.

use std::cell::Cell;
use std::rc::Rc;

use jsg::js::{Global, Local, Promise};
use jsg::{Error, Lock, Result};

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

jsg::reactions! {
    Socket;

    /// `close()`: everything written goes out first.
    pub(super) Flush = |js, socket, _value| {
        socket.get().flush(js)?
    }

    pub(super) Rethrow = |js, _socket, reason| {
        Err::<(), _>(Error::value(js, reason))?
    }

    pub(super) Finish = |js, socket, _value| {
        let socket = socket.get();
        socket.end_streams(js, None);
        if let Ok(connection) = socket.connection(js) {
            connection.close();
        }
        socket.connection.take();
        socket.closed.resolve(js);
    }

    /// The end of what the peer sends: the write side has been closed.
    pub(super) Ended = |js, socket, _value| {
        socket.get().closed.resolve(js);
    }

    pub(super) Failed = |js, socket, reason| {
        socket.get().closed.reject(js, reason);
    }
}
