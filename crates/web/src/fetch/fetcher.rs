//! `Fetcher`: a service that a Worker can send requests to; and `fetch()`, which sends them to the
//! Worker's global outbound service.

use std::cell::OnceCell;
use std::rc::Rc;

use futures::future::{Either, select};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
    PRAGMA, TRANSFER_ENCODING, USER_AGENT,
};
use io::trace::Span;
use io::{IoContext, IoOwn, SubrequestChannel};
use jsg::class::Builder;
use jsg::class::builder::WildcardBody;
use jsg::js::{Local, Promise, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result};
use net::Body;

use super::body::Content;
use super::breakable::Breaker;
use super::data_url;
use super::deliver;
use super::redirect;
use super::request::Request;
use super::request_init::{Redirect, RequestDict, RequestInfo, RequestInit};
use super::response::Response;
use super::send::{Outgoing, send};
use super::upgrade;
use super::verbs;
use crate::sockets::Socket;
use crate::sockets::connect::{Address, SocketOptions, connect};

/// A service binding.
#[jsg::class]
pub struct Fetcher {
    channel: Rc<dyn SubrequestChannel>,
    /// The event that alone may use it; none for bindings.
    owner: Option<IoOwn<()>>,
    /// Whether `fetch()` takes URLs without a host.
    takes_relative: bool,
    /// Whether it serves another binding, which calls its methods whatever the Worker's flags are.
    internal: bool,
    /// What `ctx.mapVirtualHost()` has made of it.
    virtual_host: OnceCell<String>,
}

/// Where the global `fetch()` sends: an extension of the isolate.
pub struct GlobalOutbound(pub Rc<dyn SubrequestChannel>);

impl Fetcher {
    /// The part of a class that extends this one.
    pub fn new(channel: Rc<dyn SubrequestChannel>) -> Self {
        Self {
            channel,
            owner: None,
            takes_relative: false,
            internal: false,
            virtual_host: OnceCell::new(),
        }
    }

    /// The same for a service that only the event `context` may use.
    pub fn owned(context: &IoContext, channel: Rc<dyn SubrequestChannel>) -> Self {
        Self {
            owner: Some(context.own("OutgoingFactory", ())),
            ..Self::new(channel)
        }
    }

    /// The same for a Durable Object, which had no use for hosts once.
    #[must_use]
    pub fn of_object(mut self, js: &Lock<'_, '_>) -> Self {
        self.takes_relative = !js.flag(Flag::DurableObjectFetchRequiresFullUrl);
        self
    }

    /// The same for a service that serves another binding.
    #[must_use]
    pub fn of_binding(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Whether it serves another binding.
    pub fn is_internal(&self) -> bool {
        self.internal
    }

    /// The service.
    ///
    /// # Errors
    /// It belongs to another event.
    pub fn channel(&self, js: &Lock<'_, '_>) -> Result<&Rc<dyn SubrequestChannel>> {
        if let Some(owner) = &self.owner {
            owner.get(js)?;
        }
        Ok(&self.channel)
    }

    /// The service's entry point, for remote calls.
    ///
    /// # Errors
    /// The service belongs to another event.
    pub fn rpc(&self, js: &Lock<'_, '_>) -> Result<Rc<dyn io::rpc::Capability>> {
        Ok(self.channel(js)?.rpc())
    }

    /// Its address for `connect()`, if it has one.
    pub(crate) fn virtual_host(&self) -> &OnceCell<String> {
        &self.virtual_host
    }

    /// The JavaScript side of a channel.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        channel: Rc<dyn SubrequestChannel>,
    ) -> Handle<'s, Self> {
        Handle::new(js, Self::new(channel))
    }
}

/// What properties a service binding has beside those of its class: an extension of the isolate.
pub struct RpcProperties(pub Box<ServiceProperty>);

/// Makes the property of this name, if there is one.
pub type ServiceProperty = dyn for<'s, 'i> Fn(
    &mut Lock<'s, 'i>,
    Handle<'s, Fetcher>,
    Local<'s, jsg::js::String>,
) -> Result<Option<Local<'s, Value>>>;

/// Any other property of a service is one of its entry point.
pub struct Wildcard;

impl WildcardBody for Wildcard {
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, jsg::js::Object>,
        name: Local<'s, jsg::js::String>,
    ) -> Result<Option<Local<'s, Value>>> {
        let Some(properties) = js.extension::<RpcProperties>() else {
            return Ok(None);
        };
        let service = Handle::<Fetcher>::receiver(js, object)?;
        (properties.0)(js, service, name)
    }

    fn has(js: &Lock<'_, '_>, name: Local<'_, jsg::js::String>) -> bool {
        // Promises would take the service for one of their kind.
        (js.flag(Flag::Rpc) || js.flag(Flag::Experimental))
            && name.to_rust_string_lossy(js) != "then"
    }
}

#[jsg::methods]
impl Fetcher {
    #[jsg(define)]
    fn wildcard(builder: &mut Builder<'_, '_, '_>) {
        builder.wildcard::<Wildcard>();
    }

    #[jsg(method, promise)]
    fn fetch<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        info: RequestInfo<'s>,
        init: Option<RequestInit<'s>>,
    ) -> Result<Local<'s, Promise>> {
        let channel = Rc::clone(self.channel(js)?);
        let info = match info {
            RequestInfo::Url(url) if self.takes_relative => RequestInfo::Url(with_host(url)),
            info => info,
        };
        fetch(js, Some(channel), info, init)
    }

    #[jsg(method)]
    pub(crate) fn connect<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        address: Address,
        options: Option<SocketOptions>,
    ) -> Result<Handle<'s, Socket>> {
        let channel = Rc::clone(self.channel(js)?);
        if let Some(reason) = channel.not_connectable() {
            return Err(Error::type_error(reason));
        }
        connect(js, Some(channel), address, options)
    }

    #[jsg(method, promise, flag = ServiceBindingExtraHandlers)]
    fn queue<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        queue: String,
        messages: Vec<deliver::Message<'s>>,
        metadata: Option<deliver::Metadata>,
    ) -> Result<Local<'s, Promise>> {
        let channel = self.channel(js)?;
        deliver::queue(js, channel, queue, messages, metadata)
    }

    #[jsg(method, promise, flag = ServiceBindingExtraHandlers)]
    fn scheduled<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<deliver::ScheduledOptions>,
    ) -> Result<Local<'s, Promise>> {
        let channel = self.channel(js)?;
        deliver::scheduled(js, channel, options)
    }

    #[jsg(method, promise, unless = FetcherNoGetPutDelete)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        url: String,
        kind: Option<String>,
    ) -> Result<Local<'s, Promise>> {
        verbs::get(js, self, url, kind)
    }

    #[jsg(method, promise, unless = FetcherNoGetPutDelete)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        url: String,
        body: Local<'s, Value>,
        options: Option<verbs::PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        verbs::put(js, self, url, body, options)
    }

    #[jsg(method, promise, unless = FetcherNoGetPutDelete)]
    fn delete<'s>(&self, js: &mut Lock<'s, '_>, url: String) -> Result<Local<'s, Promise>> {
        verbs::delete(js, self, url)
    }

    /// As any other property: for the names of methods that are the class's own.
    #[jsg(method, flag = Experimental)]
    fn get_rpc_method_for_test_only<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        name: Local<'s, jsg::js::String>,
    ) -> Result<Option<Local<'s, Value>>> {
        match js.extension::<RpcProperties>() {
            Some(properties) => (properties.0)(js, this, name),
            None => Ok(None),
        }
    }
}

impl Fetcher {
    /// Fetches as the convenience methods do.
    pub(super) fn fetch_with<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        url: String,
        dict: RequestDict<'s>,
    ) -> Result<Local<'s, Promise>> {
        let init = RequestInit::Dict(Box::new(dict));
        let channel = Rc::clone(self.channel(js)?);
        fetch(js, Some(channel), RequestInfo::Url(url), Some(init))
    }
}

/// A URL with a host, if need be of no meaning.
fn with_host(url: String) -> String {
    // One that has a host stays as the guest has written it.
    if ada_url::Url::can_parse(&url, None) {
        return url;
    }
    match ada_url::Url::parse(&url, Some("https://fake-host/")) {
        Ok(parsed) => parsed.href().to_owned(),
        Err(_) => url,
    }
}

/// `fetch(info, init)` (Fetch §5.6). Without a channel: the request's own fetcher, or else the
/// global outbound service.
///
/// # Errors
/// What the promise is to be rejected with.
pub fn fetch<'s>(
    js: &mut Lock<'s, '_>,
    channel: Option<Rc<dyn SubrequestChannel>>,
    info: RequestInfo<'s>,
    init: Option<RequestInit<'s>>,
) -> Result<Local<'s, Promise>> {
    IoContext::current(js)?;
    let request = match (info, init) {
        // What is forwarded as it is needs no second object.
        (RequestInfo::Request(request), None) => {
            if request.get().body().is_used(js) {
                return Err(Error::type_error(
                    "Cannot reconstruct a Request with a used body.",
                ));
            }
            request
        }
        (info, init) => Request::construct(js, info, init)?,
    };
    let request = request.get();
    if let Some(data) = data_url::parse(request.url_text()) {
        return from_data(js, request, data);
    }
    let signal = request
        .own_signal(js)
        .filter(|signal| !ignored(js, signal.get()));
    if let Some(signal) = signal
        && signal.get().is_aborted()
    {
        // The body is used up all the same.
        drop(request.body().detach(js)?);
        signal.get().throw_if_aborted(js)?;
    }
    let url = redirect::target(js, request.url_text())?;
    let channel = match (channel, request.own_fetcher(js)) {
        (Some(channel), _) => channel,
        (None, Some(fetcher)) => Rc::clone(fetcher.get().channel(js)?),
        (None, None) => match js.extension::<GlobalOutbound>() {
            Some(outbound) => Rc::clone(&outbound.0),
            None => return Err(Error::error("This Worker has no outbound service.")),
        },
    };
    let around = channel.span(js);
    let span = match &around {
        Some(around) => around.child("fetch"),
        None => Span::open(js, "fetch"),
    };
    let mut outgoing = outgoing(js, request, channel, url, span)?;
    let open = IoContext::current(js)?.wait_for_output();
    let encoding = request.response_encoding();
    let aborted = signal.map(|signal| {
        let breaker = Breaker::new(js, signal.get());
        (signal.get().aborted(js), breaker)
    });
    let answer = async move {
        let _around = around;
        if let Some(open) = open {
            open.await?;
        }
        match aborted {
            None => send(&mut outgoing).await,
            Some((aborted, breaker)) => {
                // An abort comes before an answer that is there by now.
                let sent = Box::pin(send(&mut outgoing));
                match select(Box::pin(aborted), sent).await {
                    Either::Right((answer, _)) => {
                        let mut answer = answer?;
                        let body = std::mem::take(answer.response.body_mut());
                        *answer.response.body_mut() = breaker.guard(body);
                        Ok(answer)
                    }
                    Either::Left((reason, sent)) => {
                        drop(sent);
                        // Whoever was to answer learns of it first.
                        tokio::task::yield_now().await;
                        Err(reason)
                    }
                }
            }
        }
    };
    Ok(jsg::promise::from_future_with(
        js,
        answer,
        move |js, answer| {
            let response =
                Response::from_http(js, answer.response, answer.urls, encoding, answer.to_head)?;
            Ok(Handle::new(js, response).object().into())
        },
    ))
}

/// Whether a signal has no say over subrequests.
pub(super) fn ignored(js: &Lock<'_, '_>, signal: &crate::abort::AbortSignal) -> bool {
    signal.origin() == crate::abort::Origin::IncomingRequest
        && !js.flag(Flag::RequestSignalPassthrough)
}

/// The request in the terms of the HTTP layer. Its body is used up; of one that is used already nothing is sent.
pub(super) fn outgoing(
    js: &mut Lock<'_, '_>,
    request: &Request,
    channel: Rc<dyn SubrequestChannel>,
    url: String,
    span: Span,
) -> Result<Outgoing> {
    let (mut headers, odd_headers) = request.header_slot().to_parts(js);
    if span.is_traced() {
        describe(&span, request, &headers);
    }
    if request.cache_mode().is_some() {
        for name in [CACHE_CONTROL, PRAGMA] {
            let no_cache = HeaderValue::from_static("no-cache");
            headers.entry(name).or_insert(no_cache);
        }
    }
    let asks_upgrade = upgrade::prepare(js, &mut headers);
    let rewind = request.body().rewindable(js);
    let has_body = !request.body().is_null();
    let mut body = if request.body().is_used(js) {
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        Body::empty()
    } else {
        request.body().send(js)?
    };
    if asks_upgrade {
        // The handshake is a GET whatever the request says.
        body = Body::empty();
    }
    if has_body
        && !asks_upgrade
        && body.is_empty()
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
    {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if span.is_traced()
        && has_body
        && let Some(length) = body.length()
    {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        span.set("http.request.body.size", length);
    }
    let cf = request
        .cf_slot()
        .to_subrequest_json(js, request.cache_mode(), channel.reads_cf())?;
    Ok(Outgoing {
        channel,
        method: if asks_upgrade {
            http::Method::GET
        } else {
            request.method_name().clone()
        },
        url,
        headers,
        odd_headers,
        body,
        rewind,
        cf,
        follow: request.redirect_mode() == Redirect::Follow,
        strip_authorization: js.flag(Flag::StripAuthorizationOnCrossOriginRedirect),
        span,
    })
}

/// Tells the span of the request.
#[cold]
fn describe(span: &Span, request: &Request, headers: &HeaderMap) {
    span.set("network.protocol.name", "http");
    span.set("network.protocol.version", "HTTP/1.1");
    span.set("http.request.method", request.method_name().to_string());
    span.set("url.full", request.url_text().to_owned());
    for (attribute, name) in [
        ("user_agent.original", USER_AGENT),
        ("http.request.header.content-type", CONTENT_TYPE),
        ("http.request.header.content-length", CONTENT_LENGTH),
        ("http.request.header.accept", ACCEPT),
        ("http.request.header.accept-encoding", ACCEPT_ENCODING),
    ] {
        if let Some(value) = headers.get(name) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            span.set(attribute, value);
        }
    }
}

fn from_data<'s>(
    js: &mut Lock<'s, '_>,
    request: &Request,
    data: data_url::DataUrl,
) -> Result<Local<'s, Promise>> {
    let content = if *request.method_name() == http::Method::GET {
        Content::of_bytes(js, data.data)
    } else {
        Content::Null
    };
    let response = Response::of_bytes(&data.content_type, content)?;
    let response = Handle::new(js, response);
    Ok(jsg::promise::resolved(js, response.object().into()))
}
