//! The `connect` event: a raw connection for `connect(socket, env, ctx)` of an entry point.
//!
//! The connection ends with the handler: what the guest still does with the socket then fails.

use std::rc::Rc;

use compat::Flag;
use io::channel::{Datagrams, Opened, SubrequestChannel};
use io::{ChannelError, IoContext};
use jsg::js::{Global, Local};
use web::sockets::Socket;
use web::sockets::connection::Connection;
use web::sockets::socket::{Parts, Protocol, SecureTransport};
use web::streams::native_sink::failure;

use super::{Guard, Waiting, execution_context, instance_of, settle, wait};
use crate::definition::Entrypoint;
use crate::errors::{condemned, log_uncaught, to_remote};
use crate::handlers::Event;
use crate::instance::Instance;
use crate::worker::Worker;

const NO_HANDLER: &str = "Received a connect event but we lack a handler. Did you remember to export a connect() function?";
const NOT_EXPORTED: &str = "Handler does not export a connect() function.";
const GONE: &str = "Can't read from request stream because client disconnected.";

/// A connection that has come in.
pub struct Incoming {
    pub carrier: Carrier,
    pub local_address: Option<String>,
    pub remote_address: Option<String>,
    /// Whether the handler may put TLS on it.
    pub start_tls: bool,
}

/// What carries it.
pub enum Carrier {
    Stream(Opened),
    Datagrams(Rc<dyn Datagrams>),
}

/// Whether the entry point takes connections.
///
/// # Errors
/// It does not, or the Worker cannot start.
pub fn check(worker: &Worker, entrypoint: &Entrypoint) -> Result<Rc<Instance>, ChannelError> {
    let instance = instance_of(worker)?;
    let handled = instance.isolate().enter(|js| {
        let handlers = instance.handlers(entrypoint.name.as_deref());
        let handled = handlers.is_some_and(|handlers| handlers.handles(js, Event::Connect));
        if !handled {
            web::console::warn_once(js, NO_HANDLER);
        }
        handled
    });
    if handled {
        Ok(instance)
    } else {
        Err(ChannelError::Remote {
            class: "Error".into(),
            message: NOT_EXPORTED.into(),
        })
    }
}

/// Whether the Worker has its `globalOutbound` answer raw connections in its place.
pub fn passes_through(worker: &Worker) -> bool {
    worker.definition().flags.contains(Flag::ConnectPassThrough)
}

/// Where connections to the Worker go if they pass through it.
pub(super) fn next(worker: &Worker) -> Option<Rc<dyn SubrequestChannel>> {
    let outbound = worker.definition().global_outbound?;
    passes_through(worker).then(|| worker.host().subrequest_channel(outbound))
}

/// An event whose handler has been called. Dropping it ends the event, unless `waitUntil` keeps it.
pub struct Running {
    context: Rc<IoContext>,
    instance: Rc<Instance>,
    waiting: Waiting,
    // Before the guard: the guest's streams hear of the end while the event lives.
    _end: End,
    _guard: Guard,
}

/// Calls the handler.
pub fn start(instance: &Rc<Instance>, entrypoint: &Entrypoint, incoming: Incoming) -> Running {
    let context = IoContext::new(instance.isolate().clone());
    let guard = Guard::new(context.clone());
    let mut connection = None;
    let waiting = context.run(|js| {
        let called = jsg::promise::try_catch(js, |js| {
            call(js, instance, entrypoint, incoming, &mut connection)
        });
        match called {
            Ok(value) => wait(js, value),
            Err(exception) => Waiting::Now(Err(Global::new(js, exception))),
        }
    });
    Running {
        context,
        instance: instance.clone(),
        waiting,
        _end: End(connection),
        _guard: guard,
    }
}

impl Running {
    /// Waits for the handler's end, and with it that of the connection.
    ///
    /// # Errors
    /// What the handler threw.
    pub async fn finish(self) -> Result<(), ChannelError> {
        if let Some(error) = condemned(&self.instance) {
            return Err(error);
        }
        match settle(&self.context, &self.instance, self.waiting).await? {
            Ok(_) => Ok(()),
            Err(reason) => Err(self.context.run(|js| {
                let reason = Local::new(js, reason);
                log_uncaught(js, "Uncaught (in promise)", reason);
                to_remote(js, reason)
            })),
        }
    }
}

/// Closes the connection when the handler is done.
struct End(Option<Rc<Connection>>);

impl Drop for End {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.fail(failure("TypeError", GONE));
        }
    }
}

fn call<'s>(
    js: &mut jsg::Lock<'s, '_>,
    instance: &Rc<Instance>,
    entrypoint: &Entrypoint,
    incoming: Incoming,
    connection: &mut Option<Rc<Connection>>,
) -> jsg::Result<Local<'s, jsg::js::Value>> {
    let handlers = instance
        .handlers(entrypoint.name.as_deref())
        .ok_or_else(|| jsg::Error::error(NOT_EXPORTED))?;
    let parts = Parts {
        protocol: match incoming.carrier {
            Carrier::Stream(_) => Protocol::Tcp,
            Carrier::Datagrams(_) => Protocol::Udp,
        },
        remote_address: incoming.remote_address,
        local_address: incoming.local_address,
        secure: if incoming.start_tls {
            SecureTransport::StartTls
        } else {
            SecureTransport::Off
        },
        domain: Some(String::new()),
        default_fetch_port: false,
        allow_half_open: false,
        high_water_mark: None,
    };
    let (socket, opened) = match incoming.carrier {
        Carrier::Stream(opened) => Socket::accept(js, parts, opened)?,
        Carrier::Datagrams(datagrams) => Socket::accept_datagrams(js, parts, datagrams)?,
    };
    *connection = Some(opened);
    let env = instance.env(js);
    let ctx = execution_context(js, instance, entrypoint, !handlers.is_class())?;
    let callee = handlers
        .callee(js, Event::Connect, env, ctx.object())?
        .ok_or_else(|| jsg::Error::error(NOT_EXPORTED))?;
    callee.call(js, socket.object().into(), env, ctx.object())
}
