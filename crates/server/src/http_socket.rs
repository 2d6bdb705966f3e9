//! HTTP requests of one socket, as `fetch` events of the service behind it.

use std::rc::Rc;

use config::model::{HttpStyle, InjectedHeader};
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use net::http1::{HttpService, NoResponse, RequestHead};
use net::{Body, PeerInfo};
use runtime::ChannelId;
use web::fetch::{ClientCf, RequestSource};

use crate::event_loop::Services;
use crate::graph::HttpSocket;

/// A header of `injectRequestHeaders` or `injectResponseHeaders`, parsed once.
type Injected = (HeaderName, Option<HeaderValue>);

/// One socket on one loop.
pub struct SocketService {
    services: Rc<Services>,
    channel: ChannelId,
    style: HttpStyle,
    forwarded_proto: Option<HeaderName>,
    cf_blob: Option<HeaderName>,
    inject_request: Vec<Injected>,
    inject_response: Vec<Injected>,
}

fn injected(headers: &[InjectedHeader]) -> Vec<Injected> {
    headers
        .iter()
        .filter_map(|header| {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            let value = match &header.value {
                Some(value) => Some(HeaderValue::from_bytes(value.as_bytes()).ok()?),
                None => None,
            };
            Some((name, value))
        })
        .collect()
}

fn inject(headers: &mut http::HeaderMap, all: &[Injected]) {
    for (name, value) in all {
        match value {
            Some(value) => {
                headers.insert(name.clone(), value.clone());
            }
            None => {
                headers.remove(name);
            }
        }
    }
}

impl SocketService {
    pub fn new(services: Rc<Services>, socket: &HttpSocket) -> Self {
        let name = |text: &Option<std::sync::Arc<str>>| {
            text.as_ref()
                .and_then(|text| HeaderName::from_bytes(text.as_bytes()).ok())
        };
        Self {
            services,
            channel: socket.channel,
            style: socket.options.style,
            forwarded_proto: name(&socket.options.forwarded_proto_header),
            cf_blob: name(&socket.options.cf_blob_header),
            inject_request: injected(&socket.options.inject_request_headers),
            inject_response: injected(&socket.options.inject_response_headers),
        }
    }

    /// What the Worker learns of the request besides its head.
    fn source(&self, head: &mut RequestHead, client: &PeerInfo) -> RequestSource {
        let scheme = match &self.forwarded_proto {
            Some(name) if self.style == HttpStyle::Host => head.headers.remove(name),
            _ => None,
        };
        let cf = match &self.cf_blob {
            Some(name) => match head.headers.remove(name) {
                Some(json) => ClientCf::Json(json),
                None => ClientCf::None,
            },
            None => ClientCf::Client(client.address.clone()),
        };
        RequestSource::Socket {
            scheme,
            cf,
            proxy: self.style == HttpStyle::Proxy,
        }
    }
}

impl HttpService for SocketService {
    async fn call(
        &self,
        mut head: RequestHead,
        body: Body,
        client: &PeerInfo,
    ) -> Result<Response<Body>, NoResponse> {
        let source = self.source(&mut head, client);
        inject(&mut head.headers, &self.inject_request);
        let Some((worker, entrypoint)) = self.services.worker_of(self.channel) else {
            return Ok(failure());
        };
        let mut response =
            match runtime::events::fetch::fetch(&worker, entrypoint, head, body, source).await {
                Ok(response) => response,
                Err(error) => {
                    tracing::error!("Uncaught exception: {}", Described(&error));
                    failure()
                }
            };
        inject(response.headers_mut(), &self.inject_response);
        Ok(response)
    }
}

struct Described<'a>(&'a io::ChannelError);

impl std::fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            io::ChannelError::Remote { class, message } => {
                write!(f, "remote.jsg.{class}: {message}")
            }
            other => write!(f, "{other}"),
        }
    }
}

/// What a client gets when the Worker fails: no more than that.
#[cold]
fn failure() -> Response<Body> {
    let mut response = Response::new(Body::from("Internal Server Error"));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
