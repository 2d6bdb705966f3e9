//! Any bytes as what comes over a connection for events: it ends, whatever they say. The first byte says whether it is
//! one to a service or to a debug port.

#![no_main]

use std::rc::Rc;

use capnp_session::{Client, Connect, DebugPort, Entrance, Props, Service};
use fuzz::connection::{over, record};
use fuzz::echo::{Echo, undefined};
use http::Request;
use io::rpc::{Call, Capability, External, Operation};
use io::{ChannelError, SubrequestChannel};
use libfuzzer_sys::fuzz_target;
use net::Body;
use tokio::io::DuplexStream;

struct Port;

type Found = Result<Rc<dyn SubrequestChannel>, ChannelError>;

impl DebugPort for Port {
    fn entrypoint(&self, service: &str, _: Option<&str>, _: Option<Props>) -> Found {
        match service {
            "" => Err(ChannelError::Failed("no service".into())),
            _ => Ok(Rc::new(Echo)),
        }
    }

    fn object(&self, _: &str, _: &str, _: &str) -> Found {
        Ok(Rc::new(Echo))
    }
}

async fn serve(kind: u8, connection: DuplexStream) {
    let connection = Box::new(connection);
    match kind & 1 {
        0 => capnp_session::serve(connection, Rc::new(Echo)).await,
        _ => capnp_session::serve_debug_port(connection, Rc::new(Port)).await,
    }
}

/// A connection that is there.
#[derive(Clone)]
struct Open(Service);

impl Connect for Open {
    async fn connect(self) -> Result<Service, ChannelError> {
        Ok(self.0)
    }
}

/// Some of what a good client does.
async fn ask(kind: u8, connection: DuplexStream) {
    let client = Client::new(Box::new(connection));
    let service = match kind & 3 {
        0 => client.service(),
        1 => client.entrypoint("a", Some("b"), Some(b"\xff\x0f{}")),
        2 => return drop(client),
        _ => client.object("a", "b", "00"),
    };
    if kind & 4 == 0 {
        let request = Request::post("http://a/b?c").header("x-y", "z");
        let request = request.body(Body::from("body")).expect("a request");
        if let Ok(answer) = service.request(request).await {
            let _ = answer.into_body().collect(1 << 20).await;
        }
    } else {
        let entrance = Entrance(Open(service));
        let mut value = undefined();
        value.externals = vec![
            External::Readable(Body::from("body")),
            External::Capability(Rc::new(Echo)),
        ];
        for operation in [Operation::Get, Operation::Call(Some(value))] {
            let path = vec!["a".to_owned(), "b".to_owned()];
            if let Ok(result) = entrance.call(Call { path, operation }).await {
                let (path, operation) = (Vec::new(), Operation::Call(Some(undefined())));
                let _ = result.pipeline.call(Call { path, operation }).await;
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let kinds = [0, 1, 3, 4, 5, 7];
    let recorded = kinds.map(|kind| {
        let recorded = fuzz::run(record(
            async |near| ask(kind, near).await,
            async |near| serve(kind, near).await,
        ));
        fuzz::tagged(kind & 1, recorded)
    });
    recorded.to_vec()
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    fuzz::allow_panics_of(&["capnp-rpc", "capnp-0"]);
    if let Some((kind, bytes)) = bytes.split_first() {
        fuzz::run(over(bytes, bytes.len(), async |near| serve(*kind, near).await));
    }
});
