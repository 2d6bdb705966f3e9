//! A service that gives back what it is asked with.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::channel::SubrequestResult;
use io::rpc::{Call, CallResult, Capability, Message, Operation, Return};
use io::{ChannelError, SubrequestChannel};
use net::Body;

/// See the module. Headers make it fail.
pub struct Echo;

impl Capability for Echo {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        Box::pin(async move {
            let value = match call.operation {
                Operation::Call(Some(arguments)) => arguments,
                _ => undefined(),
            };
            Ok(Return {
                value,
                pipeline: Rc::new(Self),
                has_disposer: false,
            })
        })
    }
}

impl SubrequestChannel for Echo {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        Box::pin(async move {
            if request.headers().contains_key("x-fail") {
                return Err(ChannelError::Failed("as it was asked to".into()));
            }
            Ok(http::Response::new(request.into_body()))
        })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(Self)
    }
}

/// `undefined`, as structured clone writes it.
pub fn undefined() -> Message {
    Message {
        data: b"\xff\x0f_".to_vec(),
        references: 0,
        externals: Vec::new(),
    }
}
