//! The classes of remote calls, as far as a Worker can have them without making calls: a base to
//! extend, and classes to test against with `instanceof`.

use jsg::class::Builder;
use jsg::js::{Local, Object};
use jsg::{Error, Lock, Result};

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

#[cold]
fn unsupported() -> Error {
    Error::error("RPC is not implemented.")
}

/// A reference to an object of another isolate.
#[jsg::class(name = "JsRpcStub")]
pub struct RpcStub {}

#[jsg::methods]
impl RpcStub {
    #[jsg(constructor)]
    fn new<'s>(_js: &mut Lock<'s, '_>, _target: Local<'s, Object>) -> Result<Self> {
        Err(unsupported())
    }

    #[jsg(method)]
    fn dup(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(define)]
    fn rename(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcStub");
    }
}

/// The result of a remote call.
#[jsg::class(name = "JsRpcPromise")]
pub struct RpcPromise {}

#[jsg::methods]
impl RpcPromise {
    #[jsg(method)]
    fn then(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(method)]
    fn catch(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(method)]
    fn finally(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(define)]
    fn rename(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcPromise");
    }
}

/// A property of a remote object, or of what a remote call will give.
#[jsg::class(name = "JsRpcProperty")]
pub struct RpcProperty {}

#[jsg::methods]
impl RpcProperty {
    #[jsg(method)]
    fn then(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(method)]
    fn catch(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(method)]
    fn finally(&self) -> Result<()> {
        Err(unsupported())
    }

    #[jsg(define)]
    fn rename(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcProperty");
    }
}
