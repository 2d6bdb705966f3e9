//! Calls and servers of any interface of Cap'n Proto, with structs by the places of their fields.
//!
//! The schemas are facts of the protocol: [`schema`](crate::schema) has their numbers. Nothing is generated.

use std::ops::Deref;
use std::rc::Rc;

use capnp::Error;
use capnp::any_pointer;
use capnp::capability::{
    DispatchCallResult, FromClientHook, FromServer, Params, Promise, RemotePromise, Request,
    Results, Server,
};
use capnp::private::capability::ClientHook;
use futures::future::LocalBoxFuture;
pub use io::layout::{Cap, Fields, List, New, Result, Shape};

/// A method: the id of its interface and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(pub u64, pub u16);

/// A call that is not sent yet.
pub struct Outgoing(Request<any_pointer::Owned, any_pointer::Owned>);

/// A call that was sent.
pub type Sent = RemotePromise<any_pointer::Owned>;

/// What a call has come to.
pub type Response = capnp::capability::Response<any_pointer::Owned>;

impl Outgoing {
    pub fn new(cap: &dyn ClientHook, method: Method) -> Self {
        Self(cap.new_call(method.0, method.1, None))
    }

    /// Its parameters, all at their defaults.
    pub fn params<const D: u16, const P: u16>(&mut self) -> New<'_, D, P> {
        self.0.get().init_as()
    }

    pub fn send(self) -> Sent {
        self.0.send()
    }
}

/// What a field of the results of a call will be.
pub fn pipelined(sent: &Sent, pointer: u16) -> Cap {
    sent.pipeline.get_pointer_field(pointer).as_cap()
}

/// A call that came in.
pub struct Incoming {
    pub method: Method,
    params: Params<any_pointer::Owned>,
    results: Results<any_pointer::Owned>,
}

impl Incoming {
    pub fn params(&self) -> Result<Fields<'_>> {
        self.params.hook.get()?.get_as()
    }

    /// Lets the caller use its results before the call has ended.
    pub fn set_pipeline(&mut self) -> Result<()> {
        self.results.hook.set_pipeline()
    }

    /// Its results, all at their defaults.
    pub fn results<const D: u16, const P: u16>(&mut self) -> Result<New<'_, D, P>> {
        Ok(self.results.hook.get()?.init_as())
    }

    /// Its results as they are by now.
    pub fn existing_results<const D: u16, const P: u16>(&mut self) -> Result<New<'_, D, P>> {
        self.results.hook.get()?.get_as()
    }
}

/// What answers a call.
pub struct Answer {
    pub work: LocalBoxFuture<'static, Result<()>>,
    /// Later calls wait for it, and fail as it does.
    pub is_streaming: bool,
}

impl Answer {
    pub fn now(result: Result<()>) -> Self {
        Self::later(async move { result })
    }

    pub fn later(work: impl Future<Output = Result<()>> + 'static) -> Self {
        Self {
            work: Box::pin(work),
            is_streaming: false,
        }
    }

    pub fn streaming(work: impl Future<Output = Result<()>> + 'static) -> Self {
        Self {
            work: Box::pin(work),
            is_streaming: true,
        }
    }

    /// There is no such method.
    pub fn unknown(method: Method) -> Self {
        Self::now(Err(Error::unimplemented(format!(
            "Method not implemented. interface = {:#x}; method = {}",
            method.0, method.1
        ))))
    }
}

/// An object that others call.
pub trait Serve: 'static {
    fn call(self: Rc<Self>, call: Incoming) -> Answer;
}

/// The way to call an object of this side.
pub fn export(object: Rc<impl Serve>) -> Cap {
    capnp_rpc::new_client_from_rc::<Client, _>(object).0
}

struct Client(Cap);

impl FromClientHook for Client {
    fn new(hook: Cap) -> Self {
        Self(hook)
    }

    fn into_client_hook(self) -> Cap {
        self.0
    }

    fn as_client_hook(&self) -> &dyn ClientHook {
        &*self.0
    }
}

impl<S: Serve> FromServer<S> for Client {
    type Dispatch = Dispatch<S>;

    fn from_server(object: Rc<S>) -> Dispatch<S> {
        Dispatch(object)
    }
}

struct Dispatch<S>(Rc<S>);

impl<S> Clone for Dispatch<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Deref for Dispatch<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Serve> Server for Dispatch<S> {
    fn dispatch_call(
        self,
        interface: u64,
        method: u16,
        params: Params<any_pointer::Owned>,
        results: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        let answer = self.0.call(Incoming {
            method: Method(interface, method),
            params,
            results,
        });
        DispatchCallResult::new(Promise::from_future(answer.work), answer.is_streaming)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<()>() as usize
    }
}
