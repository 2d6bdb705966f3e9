//! The module fallback service: an HTTP server that development tools run, which knows modules that a
//! Worker's config does not have.
//!
//! Whoever imports such a module waits for the answer with its whole thread, so the requests are made by
//! another one, of which each Worker with such a service has one.

use std::error::Error;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use ada_url::UrlSearchParams;
use http::{Method as HttpMethod, Request, StatusCode, header};
use jsg::modules::{Answer, Fallback, Method, Question};
use net::client::{ClientError, Origin};
use net::{Body, Client, Connector, Destination};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::json;

/// How long an answer may be.
const LONGEST: usize = 256 << 20;

/// The service of one Worker.
#[derive(Debug)]
pub struct FallbackService {
    destination: Arc<Destination>,
    /// The thread's letter box, once there is one.
    jobs: Mutex<Option<UnboundedSender<Job>>>,
}

/// A request, and who waits for what came of it.
struct Job {
    request: Request<String>,
    done: Sender<Option<Answer>>,
}

impl FallbackService {
    /// The service at an address of the config.
    pub fn new(destination: Destination) -> Self {
        Self {
            destination: Arc::new(destination),
            jobs: Mutex::new(None),
        }
    }

    fn send(&self, job: Job) -> io::Result<()> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &*jobs {
            Some(sender) => sender,
            None => jobs.insert(start(self.destination.clone())?),
        };
        sender
            .send(job)
            .map_err(|_| io::Error::other("the thread has ended"))
    }
}

impl Fallback for FallbackService {
    fn ask(&self, question: &Question<'_>) -> Option<Answer> {
        let (done, answer) = channel();
        let sent = request(question)
            .map_err(io::Error::other)
            .and_then(|request| self.send(Job { request, done }));
        if let Err(error) = sent {
            tracing::error!("Fallback service failed to fetch module; exception = {error}");
            return None;
        }
        answer.recv().ok().flatten()
    }
}

/// The request that asks a question: a query where names are paths, JSON where they are URLs.
fn request(question: &Question<'_>) -> Result<Request<String>, Box<dyn Error + Send + Sync>> {
    let method = match question.method {
        Method::Import => "import",
        Method::Require => "require",
    };
    let request = Request::builder().header(header::HOST, "localhost");
    if question.of_urls {
        let mut body = format!(
            "{{\"type\":{},\"specifier\":{},\"rawSpecifier\":{},\"referrer\":{}",
            json::quoted(method),
            json::quoted(question.specifier),
            json::quoted(question.raw_specifier),
            json::quoted(question.referrer),
        );
        if let Some(kind) = question.import_type {
            let kind = json::quoted(kind);
            body.push_str(",\"attributes\":[{\"name\":\"type\",\"value\":");
            body.push_str(&kind);
            body.push_str("}]");
        }
        body.push('}');
        return Ok(request.method(HttpMethod::POST).uri("/").body(body)?);
    }
    // Built-in modules that are not there go by their own name.
    let specifier = match question.specifier.rsplit_once('/') {
        Some((_, last)) if jsg::modules::path::is_builtin_specifier(last) => last,
        _ => question.specifier,
    };
    let mut query = UrlSearchParams::parse("").map_err(|error| error.to_string())?;
    query.append("specifier", specifier);
    query.append("referrer", question.referrer);
    query.append("rawSpecifier", question.raw_specifier);
    Ok(request
        .uri(format!("/?{query}"))
        .header("x-resolve-method", method)
        .body(String::new())?)
}

/// Starts the thread, which ends with its letter box.
fn start(destination: Arc<Destination>) -> io::Result<UnboundedSender<Job>> {
    let (sender, mut jobs) = unbounded_channel::<Job>();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("fallback".into())
        .spawn(move || {
            let tasks = tokio::task::LocalSet::new();
            tasks.block_on(&runtime, async move {
                let client = Client::new(Connector::new(None, None));
                while let Some(job) = jobs.recv().await {
                    let answer = exchange(&client, &destination, job.request).await;
                    // Who asked may have been ended meanwhile.
                    let _ = job.done.send(answer);
                }
            });
        })?;
    Ok(sender)
}

async fn exchange(
    client: &Client,
    destination: &Destination,
    request: Request<String>,
) -> Option<Answer> {
    let what = request.uri().clone();
    let failed = |reason: &dyn std::fmt::Display| {
        tracing::error!(
            "Fallback service failed to fetch module; payload = {reason}; spec = {what}"
        );
        None
    };
    let origin = Origin {
        destination,
        key: "",
        secure: false,
    };
    let copy = || request.clone().map(Body::from);
    let mut response = client.send(origin, copy()).await;
    if response.as_ref().is_err_and(ClientError::is_disconnect) {
        // The service may have closed a connection that was kept; asking twice does no harm.
        response = client.send(origin, copy()).await;
    }
    let response = match response {
        Ok(response) => response,
        Err(error) => return failed(&error),
    };
    let (head, body) = response.into_parts();
    // Read in any case, so that the connection can be used again.
    let body = match body.collect(LONGEST).await {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(error) => return failed(&error),
    };
    match head.status {
        StatusCode::MOVED_PERMANENTLY => match head.headers.get(header::LOCATION) {
            Some(location) => location
                .to_str()
                .ok()
                .map(|to| Answer::Elsewhere(to.to_owned())),
            None => {
                tracing::error!(
                    "Fallback service returned a redirect with no location; spec = {what}"
                );
                None
            }
        },
        // An empty answer is none.
        StatusCode::OK => (!body.is_empty()).then_some(Answer::Module(body)),
        _ => failed(&body),
    }
}
