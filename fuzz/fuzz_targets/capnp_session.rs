//! Any bytes as what comes over a connection for events: it ends, whatever they say.

#![no_main]

use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use io::channel::SubrequestResult;
use io::rpc::{Call, CallResult, Capability, Message, Return};
use io::{ChannelError, SubrequestChannel};
use libfuzzer_sys::fuzz_target;
use net::Body;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// Gives back what it is called with.
struct Echo;

impl Capability for Echo {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        Box::pin(async move {
            let value = match call.operation {
                io::rpc::Operation::Call(Some(arguments)) => arguments,
                _ => Message {
                    data: b"\xff\x0f_".to_vec(),
                    references: 0,
                    externals: Vec::new(),
                },
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

/// The crate for the protocol ends a connection by a panic where the other side is wrong; that is caught. One in our
/// own code is a mistake.
fn abort_in_own_code() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let file = panic.location().map_or("", |at| at.file());
            if !file.contains("capnp-rpc") && !file.contains("capnp-0") {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    });
}

fuzz_target!(|bytes: &[u8]| {
    abort_in_own_code();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let (near, far) = tokio::io::duplex(1 << 16);
        let served = tokio::task::spawn_local(capnp_session::serve(Box::new(near), Rc::new(Echo)));
        let (mut answers, mut questions) = tokio::io::split(far);
        let read = tokio::task::spawn_local(async move {
            let mut sink = Vec::new();
            // The connection breaks when it likes to.
            let _ = answers.read_to_end(&mut sink).await;
        });
        let _ = questions.write_all(bytes).await;
        let _ = questions.shutdown().await;
        // Time passes only when nothing else can happen.
        let ended = tokio::time::timeout(Duration::from_secs(60), served).await;
        assert!(ended.is_ok(), "a connection that does not end");
        drop((read, questions));
    });
});
