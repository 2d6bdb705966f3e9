//! Messages of remote calls as `JsValue`s: bytes, and what they refer to in the order in which they are met.

use std::rc::Rc;

use capnp::Error;
use futures::channel::oneshot;
use io::inline::{Places, inline};
use io::rpc::{External, Message, SocketInfo};
use io::token::{Refusal, Token, Usage};
use net::Body;

use crate::layout::{Cap, Fields, New, Outgoing, Result, pipelined};
use crate::schema::{ABORT, PUSH_ABORT_SIGNAL, PUSH_BYTE_STREAM, RELEASE, external};
use crate::seal;
use crate::streams::{RemoteSink, pump, serve_sink};
use crate::target::{Session, remote_capability, serve_capability};

/// A message that is ready to be written into a call or its results.
pub struct Prepared {
    data: Vec<u8>,
    externals: Vec<Ready>,
}

/// Something that a message refers to, as the other side will call it.
enum Ready {
    Target(Cap),
    Writable(Cap),
    Readable(Cap),
    Signal(Cap),
    Service(Vec<u8>),
    Class(Vec<u8>),
    Socket(SocketInfo),
}

/// Makes a message ready. `pusher` takes what has to be at the other side before.
///
/// # Errors
/// It refers to what cannot cross a connection.
pub fn prepare(session: &Rc<Session>, pusher: &Cap, message: Message) -> Result<Prepared> {
    let Message {
        data,
        references,
        externals,
    } = message;
    let mut table: Vec<Option<External>> = externals.into_iter().map(Some).collect();
    let (data, order) = if references == 0 {
        (data, (0..table.len()).collect())
    } else {
        let inlined = inline(&data, references, Places::Ordered).map_err(|_| {
            Error::failed("a value that cannot be sent over this connection".into())
        })?;
        (inlined.data, inlined.order)
    };
    let mut externals = Vec::with_capacity(order.len());
    for place in order {
        let external = table.get_mut(place).and_then(Option::take);
        let external = external.ok_or_else(|| Error::failed("a reference is missing".into()))?;
        externals.push(ready(session, pusher, external)?);
    }
    Ok(Prepared { data, externals })
}

fn ready(session: &Rc<Session>, pusher: &Cap, external: External) -> Result<Ready> {
    Ok(match external {
        External::Capability(capability) => Ready::Target(serve_capability(session, capability)),
        External::Writable(sink) => Ready::Writable(serve_sink(session, sink)),
        External::Readable(body) => Ready::Readable(push_body(session, pusher, body)),
        External::Signal(signal) => Ready::Signal(push_signal(session, pusher, signal)),
        External::Service(service) => Ready::Service(sealed(service.token(Usage::Loop))?),
        External::Class(class) => Ready::Class(sealed(class.token(Usage::Loop))?),
        External::Socket(info) => Ready::Socket(info),
        External::Token(_) => return Err(refused("a class of another loop")),
    })
}

/// The error of what the guest has sent and cannot be sent.
fn refused(what: &str) -> Error {
    Error::failed(format!(
        "jsg.DOMException(DataCloneError): {what} cannot be sent over this connection."
    ))
}

fn sealed(token: std::result::Result<Token, Refusal>) -> Result<Vec<u8>> {
    let token = token.map_err(|_| refused("A stub of this service"))?;
    seal::seal(&token.write()).ok_or_else(|| refused("A stub"))
}

fn push_body(session: &Rc<Session>, pusher: &Cap, body: Body) -> Cap {
    let mut call = Outgoing::new(&**pusher, PUSH_BYTE_STREAM);
    let length = body.length().map_or(0, |length| length.saturating_add(1));
    call.params::<1, 0>().u64(0, length); // lengthPlusOne
    let sent = call.send();
    let (source, sink) = (pipelined(&sent, 0), pipelined(&sent, 1));
    let pumped = pump(session.clone(), body, sink);
    // The results are used before they have come.
    tokio::task::spawn_local(futures::future::join(pumped, sent.promise));
    source
}

fn push_signal(session: &Rc<Session>, pusher: &Cap, signal: oneshot::Receiver<Vec<u8>>) -> Cap {
    let sent = Outgoing::new(&**pusher, PUSH_ABORT_SIGNAL).send();
    let (source, trigger) = (pipelined(&sent, 0), pipelined(&sent, 1));
    // An event goes on for those of its signals that the other side may follow.
    let (gone, session) = (session.caller_gone(), session.kept_for_caller());
    tokio::task::spawn_local(async move {
        let pushed = sent.promise;
        let told = async {
            let aborted = tokio::select! {
                aborted = signal => aborted,
                () = gone => Err(oneshot::Canceled),
            };
            drop(session);
            match aborted {
                Ok(reason) => {
                    let mut call = Outgoing::new(&*trigger, ABORT);
                    call.params::<0, 1>().fields::<0, 2>(0).data(0, &reason); // reason.v8Serialized
                    call.send().promise.await
                }
                // It will never abort.
                Err(_) => Outgoing::new(&*trigger, RELEASE).send().promise.await,
            }
        };
        futures::future::join(told, pushed).await
    });
    source
}

impl Prepared {
    /// Writes it as a `JsValue`.
    pub fn write(self, to: &mut New<'_, 0, 2>) {
        to.data(0, &self.data); // v8Serialized
        if self.externals.is_empty() {
            return;
        }
        let count = self.externals.len() as u32;
        let mut list = to.list::<2, 2>(1, count); // externals
        for (index, external) in self.externals.into_iter().enumerate() {
            let mut entry = list.reborrow().get(index as u32);
            let mut refer = |tag, cap| {
                entry.u16(0, tag);
                entry.cap(0, cap);
            };
            match external {
                Ready::Target(cap) => refer(external::RPC_TARGET, cap),
                Ready::Writable(cap) => refer(external::WRITABLE_STREAM, cap),
                Ready::Readable(cap) => refer(external::READABLE_STREAM, cap),
                Ready::Signal(cap) => refer(external::ABORT_SIGNAL, cap),
                Ready::Service(token) => {
                    entry.u16(0, external::SERVICE_TOKEN);
                    entry.data(0, &token);
                }
                Ready::Class(token) => {
                    entry.u16(0, external::CLASS_TOKEN);
                    entry.data(0, &token);
                }
                Ready::Socket(info) => {
                    entry.u16(0, external::SOCKET);
                    entry.text(0, &info.remote_address); // remoteAddress
                    entry.u16(1, info.secure_transport); // secureTransport
                    entry.flag(32, info.is_default_fetch_port); // isDefaultFetchPort
                    entry.text(1, info.local_address.as_deref().unwrap_or_default()); // localAddress
                    entry.flag(33, info.allow_half_open); // allowHalfOpen
                }
            }
        }
    }
}

/// More than a message of this side ever refers to.
const MOST_EXTERNALS: u32 = 1 << 16;

/// The encodings of streams that say that there is none.
const IDENTITY: u16 = 0;

/// Reads a `JsValue`.
///
/// # Errors
/// It refers to what this side does not know.
pub fn read(session: &Rc<Session>, value: Fields<'_>) -> Result<Message> {
    let pusher = &session.pusher;
    let list = value.list(1)?; // externals
    if list.len() > MOST_EXTERNALS {
        return Err(Error::failed("a value refers to too much".into()));
    }
    let mut externals = Vec::with_capacity(list.len() as usize);
    for entry in list.iter() {
        let plain = || match entry.u16(1) {
            IDENTITY => Ok(()), // encoding
            _ => Err(Error::unimplemented(
                "encoded streams are not supported".into(),
            )),
        };
        externals.push(match entry.u16(0) {
            external::RPC_TARGET => External::Capability(remote_capability(session, entry.cap(0)?)),
            external::WRITABLE_STREAM => {
                plain()?;
                External::Writable(Rc::new(RemoteSink::new(session, entry.cap(0)?)))
            }
            external::READABLE_STREAM => {
                plain()?;
                External::Readable(pusher.body(entry.cap(0)?))
            }
            external::SERVICE_TOKEN | external::CLASS_TOKEN => {
                let token = seal::open(entry.data(0)?);
                let foreign = || Error::failed("a token that is not of this process".into());
                External::Token(token.ok_or_else(foreign)?.to_vec())
            }
            external::SOCKET => {
                let local = entry.text(1)?; // localAddress
                External::Socket(SocketInfo {
                    remote_address: entry.text(0)?.to_owned(),
                    local_address: (!local.is_empty()).then(|| local.to_owned()),
                    secure_transport: entry.u16(1),
                    is_default_fetch_port: entry.flag(32),
                    allow_half_open: entry.flag(33),
                })
            }
            external::ABORT_SIGNAL => External::Signal(pusher.signal(session, entry.cap(0)?)),
            _ => {
                return Err(Error::unimplemented(
                    "a value refers to what cannot be received over this connection".into(),
                ));
            }
        });
    }
    Ok(Message {
        data: value.data(0)?.to_vec(), // v8Serialized
        references: 0,
        externals,
    })
}
