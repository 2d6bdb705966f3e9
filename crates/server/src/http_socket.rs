//! HTTP requests of one socket, as `fetch` events of the service behind it.

use std::future::{Future, ready};
use std::rc::Rc;

use config::model::{HttpOptions, HttpStyle};
use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use io::ChannelError;
use io::channel::SubrequestResult;
use net::http1::{self, Connections, HttpService, NoResponse, Options, RequestHead};
use net::tls::{ServerTls, TlsError, speaks_http2};
use net::{Body, PeerInfo, Stream, http2};
use runtime::ChannelId;
use web::fetch::{ClientCf, RequestSource};

use crate::event_loop::Services;
use crate::http_connect;
use crate::http_options::{self, HttpRules};

/// One socket on one loop.
pub struct SocketService {
    services: Rc<Services>,
    channel: ChannelId,
    rules: HttpRules,
    tls: Option<ServerTls>,
}

impl SocketService {
    pub fn new(
        services: Rc<Services>,
        channel: ChannelId,
        options: &HttpOptions,
        tls: Option<ServerTls>,
    ) -> Self {
        Self {
            services,
            channel,
            rules: HttpRules::new(options),
            tls,
        }
    }

    /// Serves one connection to its end.
    pub async fn serve(
        self: Rc<Self>,
        stream: Stream,
        client: PeerInfo,
        options: &Options,
        connections: &Connections,
    ) {
        let Some(tls) = self.tls.clone() else {
            // Why a connection ended is the client's business; it has been told where possible.
            let _ = http1::serve_connection(stream, client, self, options, connections).await;
            return;
        };
        let stream = match tls.accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(TlsError::Disconnected(_)) => return,
            Err(error) => {
                tracing::error!("HTTP connection failed: {error}");
                return;
            }
        };
        let _ = if speaks_http2(stream.get_ref().1) {
            http2::serve_connection(stream, client, self, options, connections).await
        } else {
            http1::serve_connection(stream, client, self, options, connections).await
        };
    }

    /// What the Worker learns of the request besides its head.
    fn source(&self, head: &mut RequestHead, client: &PeerInfo) -> RequestSource {
        let scheme = match &self.rules.forwarded_proto {
            Some(name) => http_options::take(&mut head.headers, name),
            None => None,
        };
        let cf = match &self.rules.cf_blob {
            Some(name) => match http_options::take(&mut head.headers, name) {
                Some(json) => ClientCf::Json(json),
                None => ClientCf::None,
            },
            None => ClientCf::Client(client.address.clone()),
        };
        RequestSource::Socket {
            scheme,
            cf,
            proxy: self.rules.style == HttpStyle::Proxy,
            secure: self.tls.is_some(),
        }
    }
}

impl SocketService {
    /// To a service that is no Worker. It reads no head of a socket, but a request with a URL.
    fn pass_on(
        &self,
        head: RequestHead,
        body: Body,
        source: RequestSource,
    ) -> impl Future<Output = SubrequestResult> + use<> {
        let asked = match source.into_subrequest(head, body) {
            Ok(request) => Ok(self.services.channel(self.channel).request(request)),
            Err(error) => Err(ChannelError::Failed(error.to_string())),
        };
        async move {
            let mut response = asked?.await?;
            // The client may speak another version than the server that answered.
            *response.version_mut() = Version::default();
            if let Some(server) = response.body_mut().take_connection() {
                *response.body_mut() = Body::upgrade(Box::new(move |client| {
                    tokio::task::spawn_local(net::join(client, server));
                }));
            }
            Ok(response)
        }
    }

    fn tunnel(
        self: Rc<Self>,
        head: RequestHead,
    ) -> LocalBoxFuture<'static, Result<Response<Body>, NoResponse>> {
        if self.rules.rpc_host.is_some() && self.rules.rpc_host.as_deref() == target(&head) {
            let answer = http_connect::rpc(&self.services, self.channel);
            return Box::pin(ready(Ok(answer)));
        }
        Box::pin(async move { http_connect::tunnel(&self.services, self.channel, head).await })
    }

    /// The response as it is written.
    fn written(
        &self,
        answered: SubrequestResult,
        method: &Method,
    ) -> Result<Response<Body>, NoResponse> {
        let answered = answered.and_then(|response| {
            io::channel::check_headers(response.extensions())?;
            Ok(response)
        });
        let mut response = match answered {
            Ok(response) => response,
            Err(error) if error.is_disconnect() => {
                tracing::error!("HTTP connection failed: {NoResponse}");
                return Err(NoResponse);
            }
            Err(error) => {
                tracing::error!("Uncaught exception: {}", Described(&error));
                return Ok(failure());
            }
        };
        self.rules.inject_into_response(response.headers_mut());
        if !response.status().is_informational() {
            own_framing(&mut response, method);
        }
        Ok(response)
    }
}

impl HttpService for SocketService {
    fn call(
        self: Rc<Self>,
        mut head: RequestHead,
        body: Body,
        client: Rc<PeerInfo>,
    ) -> impl Future<Output = Result<Response<Body>, NoResponse>> + 'static {
        if head.method == Method::CONNECT {
            return Either::Left(self.tunnel(head));
        }
        let mut source = self.source(&mut head, &client);
        if self.rules.injects_host() {
            source.keep_url(&mut head);
        }
        let method = head.method.clone();
        self.rules.inject_into_request(&mut head.headers);
        let answering = match self.services.worker_of(self.channel) {
            Some((worker, entrypoint)) => Either::Left(runtime::events::fetch::fetch(
                &worker, entrypoint, head, body, source,
            )),
            None => Either::Right(self.pass_on(head, body, source)),
        };
        Either::Right(answering.map(move |answered| self.written(answered, &method)))
    }

    fn needs_host(&self) -> bool {
        self.rules.style != HttpStyle::Proxy
    }
}

/// What a CONNECT request names.
fn target(head: &RequestHead) -> Option<&str> {
    head.uri.authority().map(|target| target.as_str())
}

/// The connection is ours: what a Worker says about it and about framing is dropped. The answer to HEAD may name
/// the length of a body that does not follow.
fn own_framing(response: &mut Response<Body>, method: &Method) {
    if !response.headers().keys().any(is_ours) {
        return;
    }
    let named = std::mem::take(response.headers_mut());
    let length = named.get(header::CONTENT_LENGTH);
    let mut headers = match length.filter(|_| *method == Method::HEAD) {
        Some(length) => {
            *response.body_mut() = Body::empty();
            HeaderMap::from_iter([(header::CONTENT_LENGTH, length.clone())])
        }
        None => http1::framed_headers(method, response.status(), response.body(), named.len()),
    };
    let mut last = None;
    for (name, value) in named {
        last = name.or(last);
        if let Some(name) = last.as_ref().filter(|name| !is_ours(name)) {
            headers.append(name, value);
        }
    }
    *response.headers_mut() = headers;
}

/// Whether a header concerns the connection and framing.
pub fn is_ours(name: &HeaderName) -> bool {
    *name == header::CONTENT_LENGTH
        || *name == header::CONNECTION
        || *name == header::TRANSFER_ENCODING
        || *name == header::TE
        || *name == header::TRAILER
        || *name == header::UPGRADE
        || name.as_str() == "keep-alive"
}

/// An error as the log shows it.
pub struct Described<'a>(pub &'a io::ChannelError);

impl std::fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            io::ChannelError::Remote { class, message } => {
                write!(f, "remote.jsg.{class}: {message}")
            }
            io::ChannelError::Classed { class, message } => write!(f, "jsg.{class}: {message}"),
            io::ChannelError::Hinted { thrown, .. } => Described(thrown).fmt(f),
            other => write!(f, "{other}"),
        }
    }
}

/// What a client gets when the Worker fails: no more than that.
#[cold]
pub fn failure() -> Response<Body> {
    let mut response = Response::new(Body::from("Internal Server Error"));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
