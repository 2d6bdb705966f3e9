//! The class `Socket`: two streams over a connection, and promises for its beginning and its end.
//!
//! 1. `closed` is settled once: by `close()`, by the peer's end, by a failure, or by an upgrade to TLS.
//! 2. Without `allowHalfOpen` the end of what the peer sends closes the writable stream, once flushed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::channel::{ChannelError, Opened};
use io::{IoContext, IoOwn};
use jsg::js::{Local, Object, Promise, Value};
use jsg::promise::Continuation;
use jsg::{Error, Flag, Handle, Lock, LockExt, Ref, Result, Strong};
use net::BodyError;

use super::connection::{Connection, Sink, TAKEN};
use super::ends::{Ended, Failed, Finish, Flush, Rethrow};
use crate::streams::deferred::Deferred;
use crate::streams::pipe::PipeToOptions;
use crate::streams::{ReadableStream, WritableStream};

const REFUSED: &str = "proxy request failed, cannot connect to the specified address";
const REFUSED_HTTP: &str = "proxy request failed, cannot connect to the specified address. It looks like you might be trying \
                            to connect to a HTTP-based service — consider using fetch instead";
const NO_DATABASE: &str = "connection attempt failed";

/// Whether TLS is spoken, or may be later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecureTransport {
    Off,
    StartTls,
    On,
}

/// What is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Tcp,
    Udp,
}

/// What a socket is made from.
#[derive(Clone)]
pub struct Parts {
    pub protocol: Protocol,
    pub remote_address: Option<String>,
    pub local_address: Option<String>,
    pub secure: SecureTransport,
    /// The host, for TLS.
    pub domain: Option<String>,
    pub default_fetch_port: bool,
    pub allow_half_open: bool,
    pub high_water_mark: Option<u64>,
}

/// See the module.
#[jsg::class]
pub struct Socket {
    pub(super) connection: RefCell<Option<IoOwn<Rc<Connection>>>>,
    readable: Ref<ReadableStream>,
    writable: Ref<WritableStream>,
    opened: Deferred,
    pub(super) closed: Deferred,
    upgraded: Cell<bool>,
    closing: Cell<bool>,
    pub(super) progress: Cell<Progress>,
    parts: jsg::Untraced<RefCell<Parts>>, // plain data
}

/// What has become of the attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Opening,
    Opened,
    Failed,
}

/// Options of `startTls()`.
#[derive(jsg::Dictionary)]
pub struct TlsOptions {
    expected_server_hostname: Option<String>,
}

#[jsg::methods]
impl Socket {
    #[jsg(prototype_getter)]
    fn readable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ReadableStream> {
        self.readable.get(js)
    }

    #[jsg(prototype_getter)]
    fn writable<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, WritableStream> {
        self.writable.get(js)
    }

    #[jsg(prototype_getter)]
    fn closed<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        self.closed.promise(js)
    }

    #[jsg(prototype_getter)]
    fn opened<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        self.opened.promise(js)
    }

    #[jsg(prototype_getter)]
    fn upgraded(&self) -> bool {
        self.upgraded.get()
    }

    #[jsg(prototype_getter)]
    fn secure_transport(&self) -> &'static str {
        match self.parts.borrow().secure {
            SecureTransport::Off => "off",
            SecureTransport::StartTls => "starttls",
            SecureTransport::On => "on",
        }
    }

    #[jsg(prototype_getter, flag = Experimental)]
    fn protocol(&self) -> &'static str {
        match self.parts.borrow().protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }

    #[jsg(method, promise)]
    fn close<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        if self.closing.replace(true) {
            return Ok(self.closed.promise(js));
        }
        let is_gone = |connection: &IoOwn<_>| connection.is_gone();
        if self.progress.get() == Progress::Opening
            && self.connection.borrow().as_ref().is_some_and(is_gone)
        {
            // Nobody is left to open it.
            let undefined = jsg::js::undefined(js).into();
            return Ok(jsg::promise::resolved(js, undefined));
        }
        let opened = self.opened.promise(js);
        let flushed = jsg::promise::react::<Flush, Rethrow>(js, opened, this)?;
        jsg::promise::react::<Finish, Failed>(js, flushed, this)
    }

    #[jsg(method)]
    fn start_tls<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        options: Option<TlsOptions>,
    ) -> Result<Handle<'s, Self>> {
        let expected = options.and_then(|options| options.expected_server_hostname);
        super::upgrade::start(js, this, expected)
    }

    #[jsg(method, promise, flag = Experimental)]
    fn proxy_to<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        peer: Handle<'s, Self>,
        options: Option<PipeToOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        let (options, peer) = (options.unwrap_or_default(), peer.get());
        let (from, to) = (self.readable.get(js), peer.writable.get(js));
        let there = ReadableStream::pipe_into(js, from, to, options)?;
        let (from, to) = (peer.readable.get(js), self.writable.get(js));
        let back = ReadableStream::pipe_into(js, from, to, options)?;
        super::ends::both(js, [there, back])
    }
}

/// What a connection that cannot be opened is to the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// One text for all: a guest is not to probe a network.
    Refused,
    /// The same for those to the database of a binding.
    Database,
    /// The reason itself.
    AsItIs,
}

/// A connection on its way.
pub type Opening = LocalBoxFuture<'static, Result<Opened, ChannelError>>;

impl Socket {
    /// A socket without its connection yet.
    ///
    /// # Errors
    /// At global scope.
    pub fn create<'s>(js: &mut Lock<'s, '_>, parts: Parts) -> Result<Handle<'s, Self>> {
        let connection = Connection::opening();
        let readable = ReadableStream::from_body(js, connection.body())?;
        let readable = Handle::new(js, readable);
        let sink = Rc::new(Sink(connection.clone()));
        let writable = WritableStream::from_sink(js, sink, parts.high_water_mark)?;
        let writable = Handle::new(js, writable);
        Self::over(js, parts, connection, readable, writable)
    }

    /// A socket of streams that are there.
    pub(super) fn over<'s>(
        js: &mut Lock<'s, '_>,
        parts: Parts,
        connection: Rc<Connection>,
        readable: Handle<'s, ReadableStream>,
        writable: Handle<'s, WritableStream>,
    ) -> Result<Handle<'s, Self>> {
        let context = IoContext::current(js)?;
        let allow_half_open = parts.allow_half_open;
        let socket = Self {
            connection: RefCell::new(Some(context.own("", connection.clone()))),
            readable: Ref::new(js, readable),
            writable: Ref::new(js, writable),
            opened: Deferred::handled(js),
            closed: Deferred::handled(js),
            upgraded: Cell::new(false),
            closing: Cell::new(false),
            progress: Cell::new(Progress::Opening),
            parts: jsg::Untraced(RefCell::new(parts)),
        };
        let socket = Handle::new(js, socket);
        if !allow_half_open {
            let kept = Strong::new(js, socket);
            let ended = connection.clone().read_to_end();
            context.add_task_then(async move {
                let ended = ended.await;
                let close: Continuation = Box::new(move |js| {
                    if ended {
                        let socket = kept.get(js);
                        // A failure to start it is the failure of the stream, which has been told.
                        let _ = Self::close_write_side(js, socket);
                    }
                });
                close
            });
        }
        let kept = Strong::new(js, socket);
        context.add_task_then(async move {
            let gone = connection.hung_up().await;
            let tell: Continuation = Box::new(move |js| {
                if gone {
                    kept.get(js).get().closed.resolve(js);
                }
            });
            tell
        });
        Ok(socket)
    }

    /// The socket of a connection that came in.
    ///
    /// # Errors
    /// At global scope.
    pub fn accept<'s>(
        js: &mut Lock<'s, '_>,
        parts: Parts,
        opened: Opened,
    ) -> Result<(Handle<'s, Self>, Rc<Connection>)> {
        let socket = Self::create(js, parts)?;
        let connection = socket.get().connection(js)?;
        connection.open(opened);
        socket.get().tell_opened(js);
        Ok((socket, connection))
    }

    /// Opens the socket's connection, which may be another's by the time it is there.
    pub fn open_with<'s>(
        js: &mut Lock<'s, '_>,
        context: &IoContext,
        socket: Handle<'s, Self>,
        connection: Rc<Connection>,
        opening: Opening,
        failure: Failure,
    ) {
        let kept = Strong::new(js, socket);
        context.add_task_then(async move {
            let result = opening.await.map(|opened| connection.open(opened));
            let connection = connection.clone();
            let tell: Continuation = Box::new(move |js| {
                let socket = kept.get(js);
                if let Err(error) = &result {
                    let name = super::failure::name(&error.to_string());
                    connection.failures.connect.set(name);
                }
                match (result, failure) {
                    (Ok(()), _) => socket.get().tell_opened(js),
                    (Err(error), Failure::AsItIs) => {
                        let reason = jsg::promise::exception_of(js, error.into());
                        socket.get().fail(js, reason);
                    }
                    (Err(error), Failure::Refused) => {
                        tracing::info!("a socket cannot connect: {error}");
                        socket.get().refuse(js);
                    }
                    (Err(error), Failure::Database) => {
                        tracing::warn!("failed to connect to local database: {error}");
                        let reason = jsg::promise::exception_of(js, Error::error(NO_DATABASE));
                        socket.get().fail(js, reason);
                    }
                }
                connection.give_up();
            });
            tell
        });
    }

    pub(super) fn connection(&self, js: &Lock<'_, '_>) -> Result<Rc<Connection>> {
        match &*self.connection.borrow() {
            Some(connection) => Ok(Rc::clone(&*connection.get(js)?)),
            None => Err(Error::type_error(TAKEN)),
        }
    }

    pub(super) fn tell_opened(&self, js: &mut Lock<'_, '_>) {
        let info = Object::new(js);
        let parts = self.parts.borrow();
        for (name, address) in [
            ("remoteAddress", &parts.remote_address),
            ("localAddress", &parts.local_address),
        ] {
            let value = match address {
                Some(address) => jsg::string(js, address).into(),
                None if js.flag(Flag::EnableFastJsgStruct) => jsg::js::undefined(js).into(),
                None => continue,
            };
            let key = jsg::intern(js, name);
            info.create_data_property(js, key.into(), value);
        }
        drop(parts);
        self.progress.set(Progress::Opened);
        self.opened.resolve_with(js, info.into());
    }

    fn refuse(&self, js: &mut Lock<'_, '_>) {
        let text = if self.parts.borrow().default_fetch_port {
            REFUSED_HTTP
        } else {
            REFUSED
        };
        let reason = jsg::promise::exception_of(js, Error::error(text));
        self.fail(js, reason);
    }

    /// There is no connection and will be none.
    pub(super) fn fail<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        self.progress.set(Progress::Failed);
        self.closed.reject(js, reason);
        self.opened.reject(js, reason);
        let text = format!("jsg.Error: {}", message(js, reason));
        if let Ok(connection) = self.connection(js) {
            // What a write says that the abort below does not reach any more.
            connection.fail(BodyError::Connection(text.clone()));
        }
        let aborted = jsg::promise::exception_of(js, Error::error(text));
        self.end_streams(js, Some(aborted));
    }

    /// Ends both streams at once.
    pub(super) fn end_streams<'s>(&self, js: &mut Lock<'s, '_>, reason: Option<Local<'s, Value>>) {
        let undefined = jsg::js::undefined(js).into();
        let (readable, writable) = (self.readable.get(js), self.writable.get(js));
        let ended = [
            ReadableStream::cancel_stream(js, readable, undefined),
            WritableStream::abort_stream(js, writable, reason),
        ];
        for promise in ended.into_iter().flatten() {
            jsg::promise::mark_handled(promise);
        }
    }

    /// A promise for the moment when all that was written is on its way.
    pub(super) fn flush<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let writable = self.writable.get(js);
        if writable.get().is_closed_or_closing() {
            return Ok(jsg::js::undefined(js).into());
        }
        match WritableStream::flush_stream(js, writable)? {
            Some(flushed) => Ok(flushed.into()),
            None => Ok(jsg::js::undefined(js).into()),
        }
    }

    fn close_write_side<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        let writable = this.get().writable.get(js);
        let is_sent = this.get().connection.borrow().is_none();
        if is_sent || writable.get().is_closed_or_closing() {
            return Ok(());
        }
        let closed = WritableStream::close_stream(js, writable)?;
        let told = jsg::promise::react::<Ended, Failed>(js, closed, this)?;
        jsg::promise::mark_handled(told);
        Ok(())
    }

    /// Starts over TLS what this socket was; gives what the new one is made from.
    pub(super) fn prepare_upgrade(&self, js: &Lock<'_, '_>) -> Result<Parts> {
        let refused = |text: &'static str| Err(Error::type_error(text));
        let secure = self.parts.borrow().secure;
        if secure == SecureTransport::On {
            return refused("Cannot startTls on a TLS socket.");
        }
        if self.connection.borrow().is_none() {
            return refused("The connection was closed before startTls could be started.");
        }
        if secure != SecureTransport::StartTls {
            return refused(
                "The `secureTransport` socket option must be set to 'starttls' for startTls to be used.",
            );
        }
        self.connection(js)?;
        let mut parts = self.parts.borrow().clone();
        if parts.domain.is_none() {
            return refused(
                "startTls has already been called on this socket, or the socket was transferred over RPC.",
            );
        }
        parts.secure = SecureTransport::On;
        Ok(parts)
    }

    pub(super) fn take_domain(&self) -> String {
        self.parts.borrow_mut().domain.take().unwrap_or_default()
    }

    pub(super) fn opened_promise<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Promise> {
        self.opened.promise(js)
    }

    /// Leaves the connection, once it is there, to whoever speaks over it from now on. The streams stay behind, locked.
    pub(super) fn detach(&self, js: &mut Lock<'_, '_>) -> Result<Rc<Connection>> {
        self.closing.set(true);
        let writable = self.writable.get(js);
        WritableStream::hand_over(js, writable)?;
        let readable = self.readable.get(js);
        ReadableStream::into_body(js, readable)?;
        let connection = self.connection(js)?;
        self.connection.take();
        self.closed.resolve(js);
        Ok(connection)
    }

    /// Whether `startTls()` has been called.
    pub(super) fn is_being_secured(&self) -> bool {
        let parts = self.parts.borrow();
        parts.secure == SecureTransport::StartTls && parts.domain.is_none()
    }

    /// Whether `close()` has been called, and the socket is not another's.
    pub(super) fn is_closed_from_here(&self) -> bool {
        self.closing.get() && self.connection.borrow().is_none()
    }

    pub(super) fn readable_stream<'s>(&self, js: &Lock<'s, '_>) -> Handle<'s, ReadableStream> {
        self.readable.get(js)
    }

    pub(super) fn parts(&self) -> Parts {
        self.parts.borrow().clone()
    }

    pub(super) fn writable_stream<'s>(&self, js: &Lock<'s, '_>) -> Handle<'s, WritableStream> {
        self.writable.get(js)
    }

    /// Leaves the connection to another socket.
    pub(super) fn give_up(&self, js: &mut Lock<'_, '_>) -> Result<Rc<Connection>> {
        let readable = self.readable.get(js);
        // A reader of the guest's own finds the stream at its end.
        let _ = ReadableStream::into_body(js, readable);
        self.upgraded.set(true);
        self.closed.resolve(js);
        let connection = self.connection(js).map_err(|_| {
            Error::type_error("The connection was closed before startTls completed.")
        })?;
        self.connection.take();
        Ok(connection)
    }
}

fn message<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> String {
    let Ok(object) = Local::<Object>::try_from(reason) else {
        return String::new();
    };
    let key = jsg::intern(js, "message");
    match object.get(js, key.into()) {
        Some(text) => text.to_rust_string_lossy(js),
        None => String::new(),
    }
}
