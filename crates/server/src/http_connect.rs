//! CONNECT requests of a socket (RFC 9110 §9.3.6), as `connect` events of the service behind it, or as the start of RPC.

use http::{HeaderMap, Response};
use io::ChannelError;
use io::channel::{ConnectRequest, ConnectTls, Opened};
use net::Body;
use net::client::Connected;
use net::http1::{NoResponse, RequestHead};
use runtime::ChannelId;
use runtime::events::connect::{self, Carrier, Incoming};

use crate::event_loop::Services;
use crate::http_socket::{Described, failure, is_ours};

/// Opens the tunnel. What comes through it when the client has been told.
pub async fn tunnel(
    services: &Services,
    channel: ChannelId,
    head: RequestHead,
) -> Result<Response<Body>, NoResponse> {
    let address = head.uri.authority().map_or("", |target| target.as_str());
    let opened = match services.connected_worker_of(channel) {
        Some((worker, entrypoint)) => {
            connect::check(&worker, entrypoint).map(|instance| {
                let (near, far) = net::pipe();
                let incoming = Incoming {
                    carrier: Carrier::Stream(Opened {
                        io: Box::new(far),
                        tls: None,
                    }),
                    local_address: Some(address.to_owned()),
                    remote_address: None,
                    start_tls: false,
                };
                let running = connect::start(&instance, entrypoint, incoming);
                tokio::task::spawn_local(async move {
                    if let Err(error) = running.finish().await {
                        tracing::error!("Uncaught exception: {}", Described(&error));
                    }
                });
                // Its headers are those of the request, for a handler names none.
                let headers = head.headers.into_iter();
                let headers = headers.filter_map(|(name, value)| Some((name?, value)));
                let headers: HeaderMap = headers.filter(|(name, _)| !is_ours(name)).collect();
                (Box::new(near) as Connected, headers)
            })
        }
        None => {
            let request = ConnectRequest {
                address: address.to_owned(),
                tls: ConnectTls::Off,
            };
            let opened = services.channel(channel).connect(request).await;
            opened.map(|opened| (opened.io, HeaderMap::new()))
        }
    };
    match opened {
        Ok((mut server, headers)) => {
            let body = Body::upgrade(Box::new(move |mut client| {
                tokio::task::spawn_local(async move {
                    // A failure is seen by both sides, as the end of the connection.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }));
            let mut response = Response::new(body);
            *response.headers_mut() = headers;
            Ok(response)
        }
        // The client of a proxy is to try again elsewhere.
        Err(ChannelError::Disconnected(_)) => Err(NoResponse),
        Err(error) => {
            tracing::error!("Uncaught exception: {}", Described(&error));
            Ok(failure())
        }
    }
}

/// Lets the client start events at the service over Cap'n Proto RPC.
pub fn rpc(services: &Services, channel: ChannelId) -> Response<Body> {
    let service = services.channel(channel);
    Response::new(Body::upgrade(Box::new(move |client| {
        tokio::task::spawn_local(capnp_session::serve(Box::new(client), service));
    })))
}
