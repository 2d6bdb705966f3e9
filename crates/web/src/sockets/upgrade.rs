//! `startTls()`: what was written goes out in the clear, then the connection moves to a new socket.

use std::rc::Rc;

use io::IoContext;
use io::channel::Opened;
use jsg::js::{Local, Value};
use jsg::{Error, Handle, Lock, Result, Strong};

use super::connection::Connection;
use super::socket::{Failure, Opening, Socket};

/// The secured socket; its connection comes later. The server's certificate is for the host `expected`, or else for
/// the one that the socket was connected to.
pub(super) fn start<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, Socket>,
    expected: Option<String>,
) -> Result<Handle<'s, Socket>> {
    let parts = this.get().prepare_upgrade(js)?;
    let domain = this.get().take_domain();
    let domain = expected.unwrap_or(domain);
    let secured = Socket::create(js, parts)?;
    let opened = this.get().opened_promise(js);
    let flushed = {
        let old = Strong::new(js, this);
        jsg::promise::then(
            js,
            opened,
            move |js, _| old.get(js).get().flush(js),
            |js, reason| Err(Error::value(js, reason)),
        )?
    };
    let (old, new) = (Strong::new(js, this), Strong::new(js, secured));
    let connection = secured.get().connection(js)?;
    let failed = Strong::new(js, secured);
    let handed_over = jsg::promise::then(
        js,
        flushed,
        move |js, _| {
            let (old, new) = (old.get(js), new.get(js));
            hand_over(js, old, new, connection, domain)
        },
        |js, reason| Err(Error::value(js, reason)),
    )?;
    let told = jsg::promise::then(
        js,
        handed_over,
        |js, _| Ok(jsg::js::undefined(js).into()),
        move |js, reason| {
            failed.get(js).get().fail(js, reason);
            Ok(jsg::js::undefined(js).into())
        },
    )?;
    jsg::promise::mark_handled(told);
    Ok(secured)
}

fn hand_over<'s>(
    js: &mut Lock<'s, '_>,
    old: Handle<'s, Socket>,
    new: Handle<'s, Socket>,
    secured: Rc<Connection>,
    domain: String,
) -> Result<Local<'s, Value>> {
    let context = IoContext::current(js)?;
    let connection = old.get().give_up(js)?;
    let Some((io, starter)) = connection.take() else {
        return Err(Error::type_error(
            "The connection was closed before startTls completed.",
        ));
    };
    let Some(starter) = starter else {
        return Err(Error::error(
            "startTls() is not supported on this connection.",
        ));
    };
    let opening: Opening = Box::pin(async move {
        let io = starter.start(io, domain).await?;
        Ok(Opened { io, tls: None })
    });
    Socket::open_with(js, &context, new, secured, opening, Failure::AsItIs);
    Ok(jsg::js::undefined(js).into())
}
