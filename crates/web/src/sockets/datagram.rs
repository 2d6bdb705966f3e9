//! Sockets that carry datagrams: their streams are of `Datagram` objects, one each.

use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use io::channel::Datagrams;
use jsg::convert::BufferSource;
use jsg::js::{Function, Local, Uint8Array, Value};
use jsg::{Error, Handle, JsRef, Lock, Result, Strong};

use super::connection::Connection;
use super::socket::{Parts, Socket};
use crate::streams::default_controller::ReadableStreamDefaultController;
use crate::streams::sink::{SinkMembers, UnderlyingSink};
use crate::streams::source::{QueuingStrategy, SourceMembers, UnderlyingSource};
use crate::streams::{ReadableStream, WritableStream};

const NO_DATAGRAM: &str = "This socket's writable stream only accepts Datagram instances.";

/// One datagram.
#[jsg::class]
pub struct Datagram {
    data: JsRef<Uint8Array>,
}

#[jsg::methods]
impl Datagram {
    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>, data: Local<'_, Uint8Array>) -> Self {
        Self {
            data: JsRef::new(js, data),
        }
    }

    #[jsg(prototype_getter)]
    fn data<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Uint8Array> {
        self.data.get(js)
    }
}

impl Socket {
    /// The socket of a peer that sends datagrams. The connection stands for its life only.
    ///
    /// # Errors
    /// At global scope.
    pub fn accept_datagrams<'s>(
        js: &mut Lock<'s, '_>,
        parts: Parts,
        datagrams: Rc<dyn Datagrams>,
    ) -> Result<(Handle<'s, Self>, Rc<Connection>)> {
        let connection = Connection::opening();
        let readable = readable(js, datagrams.clone())?;
        let writable = writable(js, datagrams)?;
        let socket = Self::over(js, parts, connection.clone(), readable, writable)?;
        socket.get().tell_opened(js);
        Ok((socket, connection))
    }
}

fn readable<'s>(
    js: &mut Lock<'s, '_>,
    datagrams: Rc<dyn Datagrams>,
) -> Result<Handle<'s, ReadableStream>> {
    let pull = jsg::promise::function(js, "", move |js, args| {
        let controller = Handle::<ReadableStreamDefaultController>::from_value(js, args.get(0))
            .ok_or_else(|| Error::Internal("a pull without its controller".into()))?;
        let controller = Strong::new(js, controller);
        let datagrams = datagrams.clone();
        let received = async move { Ok(poll_fn(|cx| datagrams.poll_receive(cx)).await) };
        let pulled = jsg::promise::from_future_with(js, received, move |js, received| {
            let controller = controller.get(js);
            // A stream that was cancelled meanwhile takes no more.
            let _ = match received {
                Some(bytes) => deliver(js, controller, &bytes),
                None => ReadableStreamDefaultController::close_stream(js, controller),
            };
            Ok(jsg::js::undefined(js).into())
        });
        Ok(pulled.into())
    });
    let members = SourceMembers {
        pull: Some(pull),
        ..SourceMembers::default()
    };
    let source = UnderlyingSource {
        object: None,
        members,
    };
    // Nothing is taken before somebody asks: what waits is bounded where it arrives.
    ReadableStream::of_values(js, source, QueuingStrategy::none())
}

fn deliver<'s>(
    js: &mut Lock<'s, '_>,
    controller: Handle<'s, ReadableStreamDefaultController>,
    bytes: &Bytes,
) -> Result<()> {
    let data = jsg::convert::uint8_array(js, bytes)?;
    let data = JsRef::new(js, data);
    let datagram = Handle::new(js, Datagram { data });
    ReadableStreamDefaultController::enqueue_chunk(js, controller, datagram.object().into())
}

fn writable<'s>(
    js: &mut Lock<'s, '_>,
    datagrams: Rc<dyn Datagrams>,
) -> Result<Handle<'s, WritableStream>> {
    let write: Local<'_, Function> = jsg::promise::function(js, "", move |js, args| {
        let chunk: Local<'_, Value> = args.get(0);
        let Some(datagram) = Handle::<Datagram>::from_value(js, chunk) else {
            return Err(Error::type_error(NO_DATAGRAM));
        };
        let data = datagram.get().data.get(js);
        let sent = datagrams.send(BufferSource::View(data.into()).to_vec().into());
        let sent = jsg::promise::from_future(js, async move { sent.await.map_err(Error::from) });
        Ok(sent.into())
    });
    let members = SinkMembers {
        write: Some(write),
        ..SinkMembers::default()
    };
    let sink = UnderlyingSink {
        object: None,
        members,
    };
    WritableStream::of_values(js, sink, QueuingStrategy::default())
}
