//! Any bytes as what comes over a connection between two processes of one server: the session ends, and lets go of all.
//! The first byte says whether the bytes are the connection's, or frames behind a byte that is their length.

#![no_main]

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use fuzz::connection::{over, record};
use fuzz::echo::{Echo, undefined};
use http::Request;
use io::rpc::{Call, External, Operation};
use io::{ChannelError, SubrequestChannel};
use libfuzzer_sys::fuzz_target;
use net::Body;
use rpc::{Directory, Session, Side, byte_link};
use tokio::io::DuplexStream;

struct All;

impl Directory for All {
    fn open(&self, name: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        match name {
            [] => Err(ChannelError::Failed("no name".into())),
            _ => Ok(Rc::new(Echo)),
        }
    }
}

async fn serve(connection: DuplexStream) {
    let session = Session::start(byte_link::over(connection), Side::Second, Rc::new(All));
    while !session.is_over() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(session.load(), 0);
}

/// Some of what a good other side does.
async fn ask(connection: DuplexStream) {
    let session = Session::start(byte_link::over(connection), Side::First, Rc::new(All));
    let service = session.open(Bytes::from_static(b"a"));
    let long = vec![b'x'; 200];
    for body in [Body::from("body"), Body::stream(stream(long), None)] {
        let request = Request::post("http://a/b?c").header("x-y", "z");
        let request = request.body(body).expect("a request");
        if let Ok(answer) = service.request(request).await {
            let _ = answer.into_body().collect(1 << 20).await;
        }
    }
    let mut value = undefined();
    let (_aborts, aborted) = futures::channel::oneshot::channel();
    value.externals = vec![
        External::Readable(Body::stream(stream(b"read".to_vec()), None)),
        External::Capability(Rc::new(Echo)),
        External::Service(Rc::new(Echo)),
        External::Signal(aborted),
        External::Token(b"token".to_vec()),
    ];
    for operation in [Operation::Get, Operation::Call(Some(value))] {
        let path = vec!["a".to_owned(), "b".to_owned()];
        if let Ok(result) = service.rpc().call(Call { path, operation }).await {
            let (path, operation) = (Vec::new(), Operation::Call(Some(undefined())));
            let _ = result.pipeline.call(Call { path, operation }).await;
        }
    }
}

fn stream(bytes: Vec<u8>) -> impl futures::Stream<Item = Result<Bytes, net::BodyError>> + 'static {
    futures::stream::iter([Ok(Bytes::from(bytes))])
}

const LENGTH: usize = 4;

/// Frames of a recorded connection, behind short lengths. Longer ones are left out.
fn chopped(mut recorded: &[u8]) -> Vec<u8> {
    let mut chopped = Vec::new();
    while let Some((length, rest)) = recorded.split_first_chunk::<LENGTH>() {
        let length = u32::from_be_bytes(*length);
        let (frame, rest) = rest.split_at(rest.len().min(length as usize));
        if let Ok(length) = u8::try_from(length) {
            chopped.push(length);
            chopped.extend_from_slice(frame);
        }
        recorded = rest;
    }
    chopped
}

/// The other way round.
fn joined(mut chopped: &[u8]) -> Vec<u8> {
    let mut joined = Vec::new();
    while let Some((length, rest)) = chopped.split_first() {
        let (frame, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        joined.extend_from_slice(&(frame.len() as u32).to_be_bytes());
        joined.extend_from_slice(frame);
        chopped = rest;
    }
    joined
}

fn seeds() -> Vec<Vec<u8>> {
    let recorded = fuzz::run(record(ask, serve));
    vec![
        fuzz::tagged(1, chopped(&recorded)),
        fuzz::tagged(0, &recorded),
    ]
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    match bytes.split_first() {
        Some((0, bytes)) => fuzz::run(over(bytes, bytes.len(), serve)),
        Some((_, bytes)) => {
            let bytes = joined(bytes);
            fuzz::run(over(&bytes, bytes.len(), serve));
        }
        None => {}
    }
});
