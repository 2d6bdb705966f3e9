//! The inspector: Chrome DevTools Protocol sessions on the Workers of one event loop.
//!
//! A thread of its own serves the clients, so that it answers while a Worker is paused. What they ask goes to the
//! Worker's [`Mailbox`], and the loop, which starts the Worker if need be, handles it.
//!
//! | path | what |
//! |---|---|
//! | `…/json`, `…/json/list` | the Workers |
//! | `…/json/version` | what speaks here |
//! | `…/NAME`, as a WebSocket | a session on the Worker of that name |

use std::collections::HashMap;
use std::fs::File;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, Response, StatusCode};
use jsg::inspector::{Event, Mailbox};
use net::http1::{Connections, HttpService, NoResponse, Options, RequestHead};
use net::websocket::{Close, Message, handshake};
use net::{Body, BoundSocket, DefaultPort, ListenAddress, Listener, PeerInfo, WebSocket};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

use crate::event_loop::Services;
use crate::json::quoted;

/// The longest message that a client may send.
const LONGEST: usize = 64 << 20;
/// How many commands of a client may wait for their answers before it is read on.
const MOST_UNANSWERED: usize = 1024;
/// How many messages may wait for a client; one that is slower is left.
const MOST_UNSENT: usize = 1 << 16;

/// The Workers that can be inspected.
pub struct Targets {
    mailboxes: Vec<(Arc<str>, Arc<Mailbox>)>,
    sessions: AtomicU64,
    /// Told when any of the mailboxes gets something.
    notify: Arc<Notify>,
}

impl Targets {
    /// One for each name, in this order.
    pub fn new(names: impl Iterator<Item = Arc<str>>) -> Arc<Self> {
        let notify = Arc::new(Notify::new());
        let mailbox = |name| {
            let notify = notify.clone();
            (name, Mailbox::new(move || notify.notify_one()))
        };
        Arc::new(Self {
            mailboxes: names.map(mailbox).collect(),
            sessions: AtomicU64::new(1),
            notify: notify.clone(),
        })
    }

    /// The mailbox of a Worker.
    pub fn mailbox(&self, name: &str) -> Option<&Arc<Mailbox>> {
        let found = self.mailboxes.iter().find(|(known, _)| **known == *name);
        found.map(|(_, mailbox)| mailbox)
    }

    /// Handles on a loop what clients want of its Workers; does not end by itself.
    pub async fn attend(&self, services: &Services) {
        loop {
            self.notify.notified().await;
            for worker in services.workers() {
                let mailbox = self.mailbox(&worker.definition().name);
                let Some(mailbox) = mailbox.filter(|mailbox| !mailbox.is_empty()) else {
                    continue;
                };
                match worker.instance() {
                    Ok(instance) => instance.isolate().enter(jsg::inspector::dispatch),
                    Err(error) => {
                        tracing::error!("service {}: {error}", worker.definition().name);
                        mailbox.clear();
                    }
                }
            }
        }
    }
}

/// Lets debuggers connect to these addresses; the control descriptor hears of it first of all.
///
/// # Errors
/// An address cannot be bound.
pub fn listen(
    config: &config::Config,
    addresses: &[String],
    control: &mut Option<File>,
) -> Result<Option<Arc<Targets>>, Vec<String>> {
    if addresses.is_empty() {
        return Ok(None);
    }
    let mut sockets = Vec::with_capacity(addresses.len());
    for address in addresses {
        let bound = ListenAddress::parse(address, DefaultPort::INSPECTOR)
            .and_then(|address| BoundSocket::bind(&address))
            .map_err(|error| vec![format!("--inspector-addr={address}: {error}")])?;
        if let Some(control) = control {
            let port = crate::serve::port(&bound);
            let line = format!("{{\"event\":\"listen-inspector\",\"port\":{port}}}\n");
            crate::serve::announce(control, &line);
        }
        sockets.push(bound);
    }
    let workers = config.services.iter().filter_map(|service| {
        let is_worker = matches!(service.kind, config::model::ServiceKind::Worker(_));
        is_worker.then(|| service.name.clone())
    });
    let targets = Targets::new(workers);
    start(sockets, targets.clone()).map_err(|error| vec![format!("inspector: {error}")])?;
    Ok(Some(targets))
}

/// Serves clients on these sockets for as long as the process lives.
///
/// # Errors
/// The thread cannot be started.
fn start(sockets: Vec<BoundSocket>, targets: Arc<Targets>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("inspector".into())
        .spawn(move || LocalSet::new().block_on(&runtime, serve(sockets, targets)))?;
    Ok(())
}

async fn serve(sockets: Vec<BoundSocket>, targets: Arc<Targets>) {
    let service = Rc::new(Clients { targets });
    let mut listening = Vec::with_capacity(sockets.len());
    for socket in sockets {
        match Listener::new(socket) {
            Ok(listener) => listening.push(accept(listener, service.clone())),
            Err(error) => tracing::error!("the inspector cannot listen: {error}"),
        }
    }
    futures::future::join_all(listening).await;
}

async fn accept(listener: Listener, service: Rc<Clients>) {
    let (connections, options) = (Connections::new(), Options::default());
    loop {
        let (stream, peer) = listener.accept().await;
        let (connections, options) = (connections.clone(), options.clone());
        let service = service.clone();
        tokio::task::spawn_local(async move {
            let served =
                net::http1::serve_connection(stream, peer, service, &options, &connections);
            if let Err(error) = served.await {
                tracing::debug!("inspector: {error}");
            }
        });
    }
}

/// Answers the clients.
struct Clients {
    targets: Arc<Targets>,
}

impl HttpService for Clients {
    async fn call(
        self: Rc<Self>,
        head: RequestHead,
        _: Body,
        _: Rc<PeerInfo>,
    ) -> Result<Response<Body>, NoResponse> {
        let path = head.uri.path();
        if handshake::is_upgrade(&head.headers) {
            let name = path.rsplit('/').next().unwrap_or_default();
            return Ok(self.connect(name));
        }
        if head.method != Method::GET {
            return Ok(plain(StatusCode::NOT_IMPLEMENTED, "Unsupported Operation"));
        }
        Ok(if path.ends_with("/json/version") {
            json(r#"{"Browser": "workerd", "Protocol-Version": "1.3" }"#.to_owned())
        } else if path.ends_with("/json") || path.ends_with("/json/list") {
            json(self.list(&head.headers))
        } else {
            plain(StatusCode::INTERNAL_SERVER_ERROR, "Not yet implemented")
        })
    }
}

impl Clients {
    /// Begins a session, if there is such a Worker.
    fn connect(&self, name: &str) -> Response<Body> {
        let Some(mailbox) = self.targets.mailbox(name) else {
            let text = "Unknown worker session";
            let mut response = plain(StatusCode::NOT_FOUND, text);
            net::set_reason(response.extensions_mut(), text);
            return response;
        };
        let (ours, theirs) = WebSocket::pair();
        let id = self.targets.sessions.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_local(session(ours, id, mailbox.clone()));
        let mut response = Response::new(Body::web_socket(theirs));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response
    }

    /// The Workers, as DevTools front ends list them.
    fn list(&self, headers: &HeaderMap) -> String {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default();
        let entries = self.targets.mailboxes.iter().map(|(name, _)| {
            let field = |name: &str, value: String| format!("{}:{}", quoted(name), quoted(&value));
            let front_end = |page: &str| {
                format!(
                    "devtools://devtools/bundled/{page}.html?experiments=true&v8only=true&ws={host}/"
                )
            };
            let fields = [
                field("id", name.to_string()),
                field("title", format!("workerd: worker {name}")),
                field("type", "node".to_owned()),
                field("description", "workerd worker".to_owned()),
                field("webSocketDebuggerUrl", format!("ws://{host}/{name}")),
                field("devtoolsFrontendUrl", front_end("js_app")),
                field("devtoolsFrontendUrlCompat", front_end("inspector")),
                field("faviconUrl", "https://workers.cloudflare.com/favicon.ico".to_owned()),
                field("url", "https://workers.dev".to_owned()),
            ];
            format!("{{{}}}", fields.join(","))
        });
        format!("[{}]", entries.collect::<Vec<_>>().join(","))
    }
}

/// Carries messages between a client and the Worker until either is gone.
async fn session(client: WebSocket, id: u64, mailbox: Arc<Mailbox>) {
    let (sender, mut answers) = mpsc::channel(MOST_UNSENT);
    let overrun = Arc::new(Notify::new());
    let too_slow = overrun.clone();
    let send = move |message: String| {
        // A client that has left needs nothing more.
        if let Err(TrySendError::Full(_)) = sender.try_send(message) {
            too_slow.notify_one();
        }
    };
    mailbox.post(id, Event::Connect(Box::new(send)));
    let mut named = Named::default();
    let mut unanswered = 0;
    loop {
        let answer = tokio::select! {
            message = client.receive(LONGEST), if unanswered < MOST_UNANSWERED => match message {
                Ok(Message::Text(text)) => match named.ask(&text) {
                    Some(answer) => answer,
                    None => {
                        let text = String::from_utf8_lossy(&text).into_owned();
                        mailbox.post(id, Event::Message(text));
                        unanswered += 1;
                        continue;
                    }
                },
                Ok(Message::Binary(_)) => continue,
                Ok(Message::Close(_)) | Err(_) => break,
            },
            answer = answers.recv() => match answer {
                Some(answer) => {
                    if !answer.starts_with("{\"method\":") {
                        unanswered = unanswered.saturating_sub(1);
                    }
                    dated(named.answer(answer))
                }
                None => break,
            },
            () = overrun.notified() => break,
        };
        if client
            .send(Message::Text(Bytes::from(answer)))
            .await
            .is_err()
        {
            break;
        }
    }
    mailbox.post(id, Event::Leave);
    let close = Close {
        code: 1000,
        reason: String::new(),
    };
    // Where the client has left there is nobody to tell.
    let _ = client.send(Message::Close(close)).await;
}

/// Commands whose answers name their method, which clients rely on; one domain is none of the engine's.
#[derive(Default)]
struct Named(HashMap<i64, String>);

impl Named {
    /// Looks at a command; the answer, if the engine need not see it.
    fn ask(&mut self, command: &[u8]) -> Option<String> {
        // Whatever it is otherwise, the engine knows how to refuse it.
        let command: serde_json::Value = serde_json::from_slice(command).ok()?;
        let (id, method) = (command["id"].as_i64()?, command["method"].as_str()?);
        match method {
            "Network.enable" | "Network.disable" => Some(format!(
                "{{\"id\":{id},\"method\":{},\"result\":{{}}}}",
                quoted(method)
            )),
            _ if method.starts_with("Profiler.") => {
                self.0.insert(id, method.to_owned());
                None
            }
            _ => None,
        }
    }

    /// Adds the method to the answer of a command that was looked at.
    fn answer(&mut self, answer: String) -> String {
        let rest = answer.strip_prefix("{\"id\":");
        let split = rest.and_then(|rest| rest.split_once(','));
        let Some((id, rest)) = split else {
            return answer;
        };
        let method = id.parse().ok().and_then(|id| self.0.remove(&id));
        match method {
            Some(method) => format!("{{\"id\":{id},\"method\":{},{rest}", quoted(&method)),
            None => answer,
        }
    }
}

/// Dates a notification: the engine asks its embedder for the time, which the bindings do not pass on.
fn dated(notification: String) -> String {
    // In strings quotes are escaped.
    const UNKNOWN: &str = "\"timestamp\":0,";
    let known = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown"];
    let method = notification
        .strip_prefix("{\"method\":\"")
        .unwrap_or_default();
    if !known.iter().any(|known| method.starts_with(known)) {
        return notification;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_millis();
    notification.replacen(UNKNOWN, &format!("\"timestamp\":{now},"), 1)
}

fn json(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from(text)));
    let kind = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_the_profiler_name_their_method() {
        let mut named = Named::default();
        assert_eq!(named.ask(br#"{"id":7,"method":"Profiler.stop"}"#), None);
        let other = r#"{"id":8,"result":{}}"#.to_owned();
        assert_eq!(named.answer(other.clone()), other);
        assert_eq!(
            named.answer(r#"{"id":7,"result":{"profile":{}}}"#.to_owned()),
            r#"{"id":7,"method":"Profiler.stop","result":{"profile":{}}}"#
        );
        // Once.
        let again = r#"{"id":7,"result":{}}"#.to_owned();
        assert_eq!(named.answer(again.clone()), again);
    }

    #[test]
    fn commands_about_the_network_are_answered_without_the_engine() {
        let mut named = Named::default();
        assert_eq!(
            named
                .ask(br#"{"method":"Network.enable","id":2,"params":{}}"#)
                .as_deref(),
            Some(r#"{"id":2,"method":"Network.enable","result":{}}"#)
        );
        assert_eq!(named.ask(b"no JSON"), None);
        assert_eq!(
            named.ask(br#"{"id":"text","method":"Network.enable"}"#),
            None
        );
    }
}
