//! What can be called, on both sides (`JsRpcTarget`).

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use capnp::Error;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared, ready};
use io::ChannelError;
use io::rpc::{Call, CallResult, Capability, Operation, Return, Started};

use crate::error::{received, told};
use crate::layout::{
    Answer, Cap, Fields, Incoming, Outgoing, Response, Result, Serve, export, pipelined,
};
use crate::pusher::Pusher;
use crate::schema::{CALL, call_params};
use crate::value::{self, prepare};

/// All that one event and its caller refer to at each other's side. It goes with the last of it.
#[derive(Default)]
pub struct Session {
    pub pusher: Pusher,
    /// Where the other side waits for the end.
    pub ended: RefCell<Option<oneshot::Sender<()>>>,
    /// What keeps the event at the other side going.
    pub kept: RefCell<Option<Cap>>,
    /// Comes when the other side has let go of its event here.
    pub gone: OnceCell<Gone>,
}

type Gone = Shared<LocalBoxFuture<'static, ()>>;

impl Session {
    /// Comes when the other side has called this one and has gone.
    pub fn caller_gone(&self) -> impl Future<Output = ()> + 'static {
        let gone = self.gone.get().cloned();
        async move {
            match gone {
                Some(gone) => gone.await,
                None => std::future::pending().await,
            }
        }
    }

    /// The session, if the other side has called this one.
    pub fn kept_for_caller(self: &Rc<Self>) -> Option<Rc<Self>> {
        self.gone.get().map(|_| self.clone())
    }
}

/// What the other side pushes.
impl Serve for Session {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        self.pusher.answer(&self, call)
    }
}

/// Something of this side that the other side calls.
struct Target {
    session: Rc<Session>,
    capability: Rc<dyn Capability>,
}

/// The way for the other side to call something.
pub fn serve_capability(session: &Rc<Session>, capability: Rc<dyn Capability>) -> Cap {
    let mut beneath = Some(capability.clone());
    while let Some(passed) = beneath {
        let any = passed.as_any();
        let remote = any.and_then(|any| any.downcast_ref::<RemoteTarget>());
        if let Some(Ok(remote)) = remote.map(RemoteTarget::reached)
            && Rc::ptr_eq(&remote.session, session)
        {
            return remote.cap;
        }
        beneath = passed.beneath();
    }
    export(Rc::new(Target {
        session: session.clone(),
        capability,
    }))
}

impl Serve for Target {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        if call.method == CALL {
            return Answer::later(self.answer(call));
        }
        self.session.clone().call(call)
    }
}

impl Target {
    async fn answer(self: Rc<Self>, mut call: Incoming) -> Result<()> {
        let params = call.params()?;
        let (asked, pusher) = (self.read(params)?, pusher_of(params)?);
        let Return {
            value,
            pipeline,
            has_disposer,
        } = self
            .capability
            .call(asked)
            .await
            .map_err(|error| told(&error))?;
        let value = prepare(&self.session, &pusher, value)?;
        let mut results = call.results::<1, 3>()?;
        value.write(&mut results.fields(0)); // result
        results.cap(1, serve_capability(&self.session, pipeline)); // callPipeline
        results.flag(0, has_disposer); // hasDisposer
        Ok(())
    }

    fn read(&self, params: Fields<'_>) -> Result<Call> {
        let path = match params.u16(0) {
            call_params::METHOD_NAME => vec![params.text(0)?.to_owned()],
            call_params::METHOD_PATH => {
                let names = params.texts(0)?.iter();
                let names = names.map(|name| Ok(name?.to_str()?.to_owned()));
                names.collect::<Result<_>>()?
            }
            _ => return Err(Error::unimplemented("unknown kind of method name".into())),
        };
        let operation = match params.u16(1) {
            call_params::CALL_WITH_ARGS => Operation::Call(if params.has(1) {
                let arguments = params.fields(1)?;
                Some(value::read(&self.session, arguments)?)
            } else {
                None
            }),
            call_params::GET_PROPERTY => Operation::Get,
            _ => return Err(Error::unimplemented("unknown kind of call".into())),
        };
        Ok(Call { path, operation })
    }
}

/// Where the results push what they refer to.
fn pusher_of(params: Fields<'_>) -> Result<Cap> {
    if params.u16(2) != call_params::EXTERNAL_PUSHER {
        return Err(Error::unimplemented("the caller takes no streams".into()));
    }
    if params.has(2) {
        return params.cap(2);
    }
    Ok(capnp_rpc::new_broken_cap(Error::failed("the caller takes no streams".into())).hook)
}

/// Something at the other side.
pub struct RemoteTarget(RefCell<std::result::Result<Reached, ChannelError>>);

#[derive(Clone)]
struct Reached {
    cap: Cap,
    session: Rc<Session>,
}

/// The way to call something at the other side.
pub fn remote_capability(session: &Rc<Session>, cap: Cap) -> Rc<dyn Capability> {
    Rc::new(RemoteTarget::new(session.clone(), cap))
}

type Found = std::result::Result<Rc<RemoteTarget>, ChannelError>;

/// What a call that is perhaps not sent yet comes to.
struct Pipelined(Shared<LocalBoxFuture<'static, Found>>);

impl RemoteTarget {
    pub fn new(session: Rc<Session>, cap: Cap) -> Self {
        Self(RefCell::new(Ok(Reached { cap, session })))
    }

    fn reached(&self) -> std::result::Result<Reached, ChannelError> {
        self.0.borrow().clone()
    }

    /// There is nothing at the other side any more, for this reason.
    fn lose(&self, reason: ChannelError) {
        drop(self.0.replace(Err(reason)));
    }
}

impl Capability for RemoteTarget {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        let own = Self(RefCell::new(self.reached()));
        start(ready(Ok(Rc::new(own))), call)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Capability for Pipelined {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        start(self.0.clone(), call)
    }
}

/// Calls what will be at the other side.
pub fn start(target: impl Future<Output = Found> + 'static, call: Call) -> Started {
    let (sent, pipeline) = oneshot::channel();
    let result = async move {
        let target = match target.await {
            Ok(target) => target,
            Err(error) => {
                // Perhaps nobody calls on the result.
                let _ = sent.send(Err(error.clone()));
                return Err(error);
            }
        };
        perform(target, call, sent).await
    };
    let pipeline = async move {
        pipeline.await.unwrap_or_else(|_| {
            let message = "The call was cancelled.".to_owned();
            Err(ChannelError::Disconnected(message))
        })
    };
    Started {
        result: Box::pin(result),
        pipeline: Some(Rc::new(Pipelined(pipeline.boxed_local().shared()))),
    }
}

async fn perform(target: Rc<RemoteTarget>, call: Call, sent: oneshot::Sender<Found>) -> CallResult {
    let Reached { cap, session } = target.reached()?;
    let outgoing = match write(&session, &cap, call) {
        Ok(outgoing) => outgoing,
        Err(error) => {
            let error = received(&error);
            // Perhaps nobody calls on the result.
            let _ = sent.send(Err(error.clone()));
            return Err(error);
        }
    };
    let calling = outgoing.send();
    // An entry point takes one call: the other side need not wait for more.
    drop((target, cap));
    let pipeline = Rc::new(RemoteTarget::new(session.clone(), pipelined(&calling, 1)));
    // Perhaps nobody calls on the result.
    let _ = sent.send(Ok(pipeline.clone()));
    let read = |response: Response| {
        let results: Fields<'_> = response.get()?.get_as()?;
        let value = value::read(&session, results.fields(0)?)?; // result
        Ok((value, results.flag(0))) // hasDisposer
    };
    match calling.promise.await.and_then(read) {
        Ok((value, has_disposer)) => Ok(Return {
            value,
            pipeline,
            has_disposer,
        }),
        Err(error) => {
            let error = received(&error);
            pipeline.lose(error.clone());
            Err(error)
        }
    }
}

fn write(session: &Rc<Session>, cap: &Cap, call: Call) -> Result<Outgoing> {
    let (is_call, arguments) = match call.operation {
        Operation::Get => (false, None),
        // Tokens name nothing beyond this process.
        Operation::Restore(_) => {
            let text = "jsg.TypeError: The receiver does not support restore";
            return Err(Error::failed(text.into()));
        }
        Operation::Call(arguments) => (true, arguments),
    };
    let arguments = arguments.map(|arguments| prepare(session, cap, arguments));
    let arguments = arguments.transpose()?;
    let mut outgoing = Outgoing::new(&**cap, CALL);
    let mut params = outgoing.params::<1, 3>();
    match &call.path[..] {
        [name] => params.text(0, name),
        path => {
            params.u16(0, call_params::METHOD_PATH);
            let mut names = params.texts(0, path.len() as u32);
            for (index, name) in path.iter().enumerate() {
                names.set(index as u32, &name[..]);
            }
        }
    }
    if !is_call {
        params.u16(1, call_params::GET_PROPERTY);
    }
    if let Some(arguments) = arguments {
        arguments.write(&mut params.fields(1)); // callWithArgs
    }
    params.u16(2, call_params::EXTERNAL_PUSHER);
    params.cap(2, export(session.clone()));
    Ok(outgoing)
}
