//! `Request` (Fetch §5.4).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use http::Method;
use jsg::js::{Local, Object};
use jsg::{Error, Flag, Handle, Lock, LockExt, Nullable, Ref, Result};

use super::body::{Content, Extracted, MessageBody, extract};
use super::cf::CfSlot;
use super::fetcher::{Fetcher, GlobalOutbound};
use super::header_list::HeaderList;
use super::header_slot::HeaderSlot;
use super::headers::{Guard, Headers};
use super::request_init::{CacheMode, Redirect, RequestDict, RequestInfo, RequestInit, method};
use super::response::Encoding;
use crate::abort::{AbortSignal, Origin};

/// A request, received or to be sent.
#[jsg::class(extends = MessageBody)]
pub struct Request {
    method: jsg::Untraced<Method>, // plain bytes
    url: String,
    headers: HeaderSlot,
    redirect: jsg::Untraced<Redirect>,       // an enum
    cache: jsg::Untraced<Option<CacheMode>>, // an enum
    encoding: jsg::Untraced<Encoding>,       // an enum
    cf: CfSlot,
    fetcher: RefCell<Option<Ref<Fetcher>>>,
    /// The signal that the request was made with.
    signal: Option<Ref<AbortSignal>>,
    /// The signal that JavaScript sees when there is none, made when it looks.
    this_signal: RefCell<Option<Ref<AbortSignal>>>,
    /// Whether its fetcher is that of the Worker's own requests, made when somebody asks.
    onward: Cell<bool>,
    /// Whether it came from outside: its signal then is that of the client.
    incoming: Cell<bool>,
    parent: MessageBody,
}

/// A request in parts, as constructors make it.
pub(super) struct RequestParts {
    pub method: Method,
    pub url: String,
    pub headers: HeaderSlot,
    pub redirect: Redirect,
    pub cache: Option<CacheMode>,
    pub encoding: Encoding,
    pub cf: CfSlot,
    pub fetcher: Option<Ref<Fetcher>>,
    pub onward: bool,
    pub signal: Option<Ref<AbortSignal>>,
    pub content: Content,
}

impl RequestParts {
    pub fn new(method: Method, url: String, headers: HeaderSlot) -> Self {
        Self {
            method,
            url,
            headers,
            redirect: Redirect::Follow,
            cache: None,
            encoding: Encoding::Automatic,
            cf: CfSlot::default(),
            fetcher: None,
            onward: false,
            signal: None,
            content: Content::Null,
        }
    }

    /// Applies the dictionary (Fetch §5.4, the steps for each member of `init`).
    fn apply<'s>(&mut self, js: &mut Lock<'s, '_>, dict: RequestDict<'s>) -> Result<()> {
        if dict.integrity.as_ref().is_some_and(|text| !text.is_empty()) {
            return Err(Error::type_error(
                "Subrequest integrity checking is not implemented. The integrity option must be either \
                 undefined or an empty string.",
            ));
        }
        if let Some(text) = &dict.method {
            self.method = method(js, text)?;
        }
        if let Some(encoding) = dict.encoding()? {
            self.encoding = encoding;
        }
        let names_body = dict.method.is_some() || dict.body.is_some();
        if let Some(headers) = dict.headers {
            self.headers = HeaderSlot::new(headers.into_list()?, Guard::None);
        }
        if let Some(fetcher) = dict.fetcher {
            self.fetcher = fetcher.0.map(|fetcher| Ref::new(js, fetcher));
            self.onward = false;
        }
        if let Some(signal) = dict.signal {
            self.signal = signal.0.map(|signal| Ref::new(js, signal));
        }
        if let Some(cf) = dict.cf {
            self.cf = CfSlot::copy_of(js, Some(cf))?;
        }
        if let Some(body) = dict.body.and_then(|body| body.0) {
            let Extracted {
                content,
                content_type,
            } = extract(js, body)?;
            if bodiless(&self.method) {
                return Err(Error::type_error(NO_BODY));
            }
            self.headers.default_content_type(js, content_type)?;
            self.content = content;
        }
        if let Some(redirect) = &dict.redirect {
            self.redirect = Redirect::parse(redirect)?;
        }
        if let Some(cache) = &dict.cache {
            self.cache = Some(CacheMode::parse(cache)?);
        }
        let has_body = !matches!(self.content, Content::Null);
        if names_body && has_body && bodiless(&self.method) {
            return Err(Error::type_error(NO_BODY));
        }
        Ok(())
    }
}

impl From<RequestParts> for Request {
    fn from(parts: RequestParts) -> Self {
        Self {
            method: jsg::Untraced(parts.method),
            url: parts.url,
            headers: parts.headers,
            redirect: jsg::Untraced(parts.redirect),
            cache: jsg::Untraced(parts.cache),
            encoding: jsg::Untraced(parts.encoding),
            cf: parts.cf,
            fetcher: RefCell::new(parts.fetcher),
            onward: Cell::new(parts.onward),
            signal: parts.signal,
            this_signal: RefCell::new(None),
            incoming: Cell::new(false),
            parent: MessageBody::new(parts.content),
        }
    }
}

const NO_BODY: &str = "Request with a GET or HEAD method cannot have a body.";

fn bodiless(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

impl Request {
    /// `new Request(info, init)` (Fetch §5.4).
    pub fn construct<'s>(
        js: &mut Lock<'s, '_>,
        info: RequestInfo<'s>,
        init: Option<RequestInit<'s>>,
    ) -> Result<Handle<'s, Self>> {
        let parts = Self::construct_parts(js, info, init)?;
        Ok(Handle::new(js, parts.into()))
    }

    /// The parts of a request to be.
    fn construct_parts<'s>(
        js: &mut Lock<'s, '_>,
        info: RequestInfo<'s>,
        init: Option<RequestInit<'s>>,
    ) -> Result<RequestParts> {
        let mut parts = match info {
            RequestInfo::Url(url) => Self::from_url(js, url)?,
            RequestInfo::Request(other) => {
                let other = other.get();
                let replaced = match &init {
                    Some(RequestInit::Dict(dict)) => dict.body.is_some(),
                    Some(RequestInit::Request(_)) => true,
                    None => false,
                };
                let mut parts = other.copy(js, Guard::None)?;
                if !replaced {
                    if other.parent.is_used(js) {
                        return Err(Error::type_error(
                            "Cannot reconstruct a Request with a used body.",
                        ));
                    }
                    parts.content = other.parent.detach(js)?;
                }
                parts
            }
        };
        match init {
            None => {}
            Some(RequestInit::Request(other)) => {
                let other = other.get();
                let url = std::mem::take(&mut parts.url);
                parts = other.copy(js, Guard::None)?;
                parts.url = url;
                if let Some(stream) = other.parent.stream(js)? {
                    parts.content = extract(js, stream.object().into())?.content;
                }
            }
            Some(RequestInit::Dict(dict)) => parts.apply(js, *dict)?,
        }
        Ok(parts)
    }

    fn from_url(js: &Lock<'_, '_>, url: String) -> Result<RequestParts> {
        let url = if js.flag(Flag::FetchStandardUrl) {
            crate::url::href(&url, None)
                .ok_or_else(|| Error::type_error(format!("Invalid URL: {url}")))?
        } else {
            url
        };
        let headers = HeaderSlot::new(HeaderList::default(), Guard::None);
        Ok(RequestParts::new(Method::GET, url, headers))
    }

    /// All but the body.
    fn copy(&self, js: &mut Lock<'_, '_>, guard: Guard) -> Result<RequestParts> {
        Ok(RequestParts {
            method: self.method.0.clone(),
            url: self.url.clone(),
            headers: self.headers.duplicate(js, guard),
            redirect: *self.redirect,
            cache: *self.cache,
            encoding: *self.encoding,
            cf: self.cf.duplicate(js)?,
            fetcher: self.own_fetcher(js).map(|fetcher| Ref::new(js, fetcher)),
            onward: self.onward.get(),
            signal: self.inherited_signal(js).map(|signal| Ref::new(js, signal)),
            content: Content::Null,
        })
    }

    /// Marks a request as one that came from outside.
    pub(super) fn set_incoming(&self) {
        self.incoming.set(true);
        self.onward.set(true);
    }

    pub fn method_name(&self) -> &Method {
        &self.method
    }

    pub fn url_text(&self) -> &str {
        &self.url
    }

    pub fn body(&self) -> &MessageBody {
        &self.parent
    }

    pub fn header_slot(&self) -> &HeaderSlot {
        &self.headers
    }

    pub fn cf_slot(&self) -> &CfSlot {
        &self.cf
    }

    pub fn redirect_mode(&self) -> Redirect {
        *self.redirect
    }

    pub fn cache_mode(&self) -> Option<CacheMode> {
        *self.cache
    }

    pub fn response_encoding(&self) -> Encoding {
        *self.encoding
    }

    /// The fetcher that it asks to be sent with; none also for the Worker's own way out.
    pub fn own_fetcher<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, Fetcher>> {
        self.fetcher
            .borrow()
            .as_ref()
            .map(|fetcher| fetcher.get(js))
    }

    /// The signal that it was made with.
    pub fn own_signal<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, AbortSignal>> {
        self.signal.as_ref().map(|signal| signal.get(js))
    }

    /// The signal of copies: an incoming request's own one is the client's, if that can be told.
    fn inherited_signal<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Handle<'s, AbortSignal>> {
        if self.incoming.get() && js.flag(Flag::EnableRequestSignal) {
            return Some(self.signal(js));
        }
        self.own_signal(js)
    }

    /// The signal that JavaScript has seen where there is none of its own.
    fn visible_signal<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, AbortSignal>> {
        self.this_signal
            .borrow()
            .as_ref()
            .map(|signal| signal.get(js))
    }
}

#[jsg::methods]
impl Request {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        info: RequestInfo<'s>,
        init: Option<RequestInit<'s>>,
    ) -> Result<Handle<'s, Self>> {
        let parts = Self::construct_parts(js, info, init)?;
        Ok(call.attach(js, parts.into()))
    }

    #[jsg(method)]
    fn clone<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let guard = this.get().headers.guard();
        let content = this.get().parent.duplicate(js)?;
        let mut parts = this.get().copy(js, guard)?;
        parts.content = content;
        Ok(Handle::new(js, parts.into()))
    }

    #[jsg(getter)]
    fn method(&self) -> &str {
        self.method.as_str()
    }

    #[jsg(getter)]
    fn url(&self) -> &str {
        &self.url
    }

    #[jsg(getter)]
    fn headers<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Headers> {
        self.headers.get(js)
    }

    #[jsg(getter)]
    fn redirect(&self) -> &'static str {
        self.redirect.name()
    }

    #[jsg(getter)]
    fn fetcher<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Handle<'s, Fetcher>> {
        if self.onward.take()
            && let Some(outbound) = js.extension::<GlobalOutbound>()
        {
            let fetcher = Fetcher::create(js, Rc::clone(&outbound.0));
            self.fetcher.replace(Some(Ref::new(js, fetcher)));
        }
        Nullable(self.own_fetcher(js))
    }

    #[jsg(getter)]
    fn signal<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, AbortSignal> {
        if let Some(signal) = self.own_signal(js) {
            return signal;
        }
        if let Some(signal) = self.visible_signal(js) {
            return signal;
        }
        let origin = if self.incoming.get() {
            Origin::IncomingRequest
        } else {
            Origin::Guest
        };
        let signal = AbortSignal::create(js, origin);
        let kept = Ref::new(js, signal);
        self.this_signal.replace(Some(kept));
        if self.incoming.get() && js.flag(Flag::EnableRequestSignal) {
            AbortSignal::abort_when_client_gone(js, signal);
        }
        signal
    }

    #[jsg(getter)]
    fn cf<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Object>>> {
        self.cf.get(js)
    }

    #[jsg(getter)]
    fn integrity(&self) -> &'static str {
        ""
    }

    #[jsg(getter)]
    fn keepalive(&self) -> bool {
        false
    }

    #[jsg(getter, flag = CacheOptionEnabled)]
    fn cache(&self) -> Option<&'static str> {
        self.cache.map(CacheMode::name)
    }
}
