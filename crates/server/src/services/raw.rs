//! Raw connections to servers elsewhere, and TLS on them.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::channel::{ChannelError, ConnectResult, Opened, StartTls};
use net::client::{ClientError, Connected};
use net::tls::Alpn;
use net::{Connector, Destination};

use super::outgoing;

/// Opens a connection, with TLS at once or on demand.
pub async fn open(
    connector: Rc<Connector>,
    destination: &Destination,
    secure: bool,
) -> ConnectResult {
    let agreed = connector
        .connect(destination, secure, Alpn::None)
        .await
        .map_err(failure)?;
    let tls: Option<Rc<dyn StartTls>> = if secure || !connector.has_tls() {
        None
    } else {
        Some(Rc::new(Starter(connector)))
    };
    Ok(Opened { io: agreed.io, tls })
}

/// With what the system said, which callers name failures by; to guests all are one.
fn failure(error: ClientError) -> ChannelError {
    match error {
        ClientError::Connect(cause) => ChannelError::Disconnected(cause.to_string()),
        other => outgoing::error(other),
    }
}

struct Starter(Rc<Connector>);

impl StartTls for Starter {
    fn start(
        &self,
        io: Connected,
        host: String,
    ) -> LocalBoxFuture<'static, Result<Connected, ChannelError>> {
        let connector = self.0.clone();
        Box::pin(async move {
            let agreed = connector.handshake(io, &host, Alpn::None).await;
            Ok(agreed.map_err(outgoing::error)?.io)
        })
    }
}
