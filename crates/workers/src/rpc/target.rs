//! `RpcTarget`: the base of classes whose instances are passed by reference.

use io::IoContext;
use io::passage;
use io::rpc::{External, Incoming, Outgoing, Ownership};
use io::token::{Tokens, Usage};
use jsg::class::Builder;
use jsg::clone::{Cloneable, Reader, Writer, data_clone_error};
use jsg::js::{Function, Local, Object, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result};
use web::fetch::Stored;

use super::local::LocalTarget;
use super::promise::RpcPromise;
use super::property::RpcProperty;
use super::stub::RpcStub;
use super::{Receivable, inherits_target, is_function, receivable};
use crate::entrypoint::rename;

/// The base of classes whose instances are passed by reference.
#[jsg::class(name = "JsRpcTarget")]
pub struct RpcTarget {}

#[jsg::methods]
impl RpcTarget {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {}
    }

    #[jsg(define)]
    fn rename(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcTarget");
    }
}

/// What tells a reference in the bytes.
const REFERENCE: u32 = 1;

impl Cloneable for RpcTarget {
    const TAG: u32 = REFERENCE;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let outgoing = outgoing(to, "Remote RPC references can only be serialized for RPC.")?;
        let object = owned(js, this.object(), outgoing, Form::Target)?;
        push(js, outgoing, object, Receivable::Target)
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        if let Some(stored) = from.externals::<Stored>() {
            let token = stored.next(js, NOT_READABLE)?;
            let tokens = js.extension::<Tokens>();
            let tokens = tokens.ok_or_else(|| data_clone_error(NOT_READABLE))?;
            let stub = tokens.0.stub(&token)?.restore();
            return Ok(RpcStub::stored(js, stub)?.object());
        }
        let incoming = from
            .externals::<Incoming>()
            .ok_or_else(|| data_clone_error(NOT_READABLE))?;
        let Some(External::Capability(capability)) = incoming.find(from)? else {
            return Err(Error::Internal("a message without its reference".into()));
        };
        match capability.channel() {
            // An environment is made outside of all events: each use of the stub has one anew.
            Some(channel) if incoming.is_carried() && IoContext::try_current(js).is_none() => {
                Ok(RpcStub::shared(js, channel).object())
            }
            _ => Ok(RpcStub::receive(js, capability, incoming)?.object()),
        }
    }
}

const NOT_READABLE: &str = "RpcStub cannot be deserialized in this context.";
const NOT_WRITABLE: &str = "RpcStub cannot be serialized in this context.";
const NOT_PERSISTENT: &str =
    "RpcStub cannot be serialized in this context because it is not a persistent stub.";

fn outgoing<'a>(to: &'a Writer<'_>, refusal: &'static str) -> Result<&'a Outgoing> {
    to.externals::<Outgoing>()
        .ok_or_else(|| data_clone_error(refusal))
}

/// Writes what V8 cannot write itself: functions, stubs, proxies.
pub(crate) fn write_reference<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    to: &Writer<'_>,
) -> Result<()> {
    to.u32(REFERENCE);
    let stub = Handle::<RpcStub>::from_value(js, object.into());
    if let (Some(stub), Some(stored)) = (stub, to.externals::<Stored>()) {
        return store(js, stub, stored);
    }
    let outgoing = outgoing(to, NOT_WRITABLE)?;
    if let Some(stub) = stub {
        let capability = stub.get().capability(js)?;
        if outgoing.is_numbered() && capability.channel().is_none() {
            return Err(data_clone_error(NOT_PERSISTENT));
        }
        if outgoing.ownership() == Ownership::Transfer {
            outgoing.transfer(stub.get().reference());
        }
        let capability = match outgoing.holds() {
            true => passage::given(&IoContext::current(js)?, capability),
            false => capability,
        };
        outgoing.add(External::Capability(capability), to);
        return Ok(());
    }
    let value = object.into();
    if Handle::<RpcPromise>::from_value(js, value).is_some() {
        return Err(not_serializable("RpcPromise"));
    }
    if Handle::<RpcProperty>::from_value(js, value).is_some() {
        return Err(not_serializable("RpcProperty"));
    }
    if object.is_api_wrapper() {
        // One of ours that can be called.
        let class = object.get_constructor_name().to_rust_string_lossy(js);
        return Err(not_serializable(&class));
    }
    let (form, receivable) = if object.is_proxy() {
        let receivable = receivable(js, object)?.ok_or_else(|| {
            data_clone_error(
                "Proxy could not be serialized because it is not a valid RPC receiver type. The Proxy must emulate \
                 either a plain object or an RpcTarget, as indicated by the Proxy's prototype chain.",
            )
        })?;
        (Form::Proxy(receivable), receivable)
    } else {
        (Form::Function, Receivable::Plain)
    };
    let object = owned(js, object, outgoing, form)?;
    push(js, outgoing, object, receivable)
}

/// Writes the token of a stub beside the value that is stored.
fn store<'s>(js: &mut Lock<'s, '_>, stub: Handle<'s, RpcStub>, stored: &Stored) -> Result<()> {
    if !js.flag(Flag::AllowIrrevocableStubStorage) {
        return Err(data_clone_error(NOT_WRITABLE));
    }
    let capability = stub.get().capability(js)?;
    let channel = capability.channel();
    let channel = channel.ok_or_else(|| data_clone_error(NOT_PERSISTENT))?;
    let token = channel.token(Usage::Storage).map_err(data_clone_error)?;
    stored.push(token.write());
    Ok(())
}

fn not_serializable(class: &str) -> Error {
    data_clone_error(format!(
        "Could not serialize object of type \"{class}\". This type does not support serialization."
    ))
}

fn push<'s>(
    js: &mut Lock<'s, '_>,
    outgoing: &Outgoing,
    object: Local<'s, Object>,
    receivable: Receivable,
) -> Result<()> {
    let target = LocalTarget::new(js, object, receivable)?;
    let sent = target.clone();
    let holds = outgoing.holds();
    outgoing.when_sent(move || {
        sent.arm();
        sent.keep(holds);
    });
    outgoing.push(External::Capability(target));
    Ok(())
}

/// What a reference is made of, for its errors.
enum Form {
    Target,
    Function,
    Proxy(Receivable),
}

/// The object to refer to. A message that does not take ownership refers to a duplicate, where the
/// object knows how to make one.
fn owned<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    outgoing: &Outgoing,
    form: Form,
) -> Result<Local<'s, Object>> {
    if outgoing.ownership() == Ownership::Transfer {
        return Ok(object);
    }
    let key = jsg::intern(js, "dup");
    let dup = object.get(js, key.into()).ok_or(Error::Pending)?;
    let Ok(dup) = Local::<Function>::try_from(dup) else {
        return Ok(object);
    };
    let copy: Local<'s, Value> = dup.call(js, object.into(), &[]).ok_or(Error::Pending)?;
    if let Ok(copy) = Local::<Object>::try_from(copy) {
        let is_alike = match form {
            Form::Target => inherits_target(js, copy)?,
            Form::Function => is_function(js, copy.into()),
            Form::Proxy(expected) => receivable(js, copy)? == Some(expected),
        };
        if is_alike {
            return Ok(copy);
        }
    }
    Err(data_clone_error(match form {
        Form::Target => {
            "Couldn't create a stub for the RcpTarget because it has a dup() method which did not return another \
             RpcTarget. Either remove the dup() method or make sure it returns an RpcTarget."
        }
        Form::Function => {
            "Couldn't create a stub for the function because it has a dup() method which did not return another \
             function. Either remove the dup() method or make sure it returns a function."
        }
        Form::Proxy(_) => {
            "Couldn't create a stub for the Proxy because it has a dup() method which did not return the same \
             underlying type (RpcTarget or Function) as the Proxy itself represents. Either remove the dup() method \
             or make sure it returns an RpcTarget."
        }
    }))
}
