//! What a trace tells of its event.

use std::sync::Arc;

use io::trace::{EventInfo, Trace};
use jsg::convert::set_member;
use jsg::js::{Array, Local, Object, Value};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result, Untraced};

use super::redact;

/// A request and the response to it.
#[jsg::class]
pub struct FetchEventInfo {
    request: Ref<Request>,
    response: Option<Ref<Response>>,
}

#[jsg::methods]
impl FetchEventInfo {
    #[jsg(instance_getter)]
    fn response<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match &self.response {
            Some(response) => response.get(js).object().into(),
            None => jsg::js::undefined(js).into(),
        }
    }

    #[jsg(instance_getter)]
    fn request<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Request> {
        self.request.get(js)
    }
}

impl FetchEventInfo {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        trace: &Arc<Trace>,
    ) -> Result<Handle<'s, Self>> {
        let cf = match &trace.event {
            Some(EventInfo::Fetch { cf: Some(cf), .. }) => jsg::json_parse(js, cf)?,
            _ => jsg::js::undefined(js).into(),
        };
        let request = Request::create(js, trace, cf, Shown::Redacted)?;
        let response = trace
            .status
            .map(|status| Handle::new(js, Response { status }));
        let info = Self {
            request: Ref::new(js, request),
            response: response.map(|response| Ref::new(js, response)),
        };
        Ok(Handle::new(js, info))
    }
}

/// How much of a request is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    /// Without what may be secret.
    Redacted,
}

/// The request.
#[jsg::class]
pub struct Request {
    trace: Untraced<Arc<Trace>>,
    shown: Untraced<Shown>,
    cf: JsRef<Value>,
    headers: JsRef<Object>,
}

#[jsg::methods]
impl Request {
    #[jsg(instance_getter)]
    fn cf<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.cf.get(js)
    }

    #[jsg(instance_getter)]
    fn headers<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        self.headers.get(js)
    }

    #[jsg(instance_getter)]
    fn method(&self) -> String {
        match &self.trace.event {
            Some(EventInfo::Fetch { method, .. }) => method.clone(),
            _ => String::new(),
        }
    }

    #[jsg(instance_getter)]
    fn url(&self) -> String {
        match (&self.trace.event, self.shown.0) {
            (Some(EventInfo::Fetch { url, .. }), Shown::All) => url.clone(),
            (Some(EventInfo::Fetch { url, .. }), Shown::Redacted) => redact::url(url),
            _ => String::new(),
        }
    }

    #[jsg(method)]
    fn get_unredacted<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, Self>> {
        let cf = self.cf.get(js);
        Self::create(js, &self.trace, cf, Shown::All)
    }
}

impl Request {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        trace: &Arc<Trace>,
        cf: Local<'s, Value>,
        shown: Shown,
    ) -> Result<Handle<'s, Self>> {
        let headers = Object::new(js);
        let Some(EventInfo::Fetch { headers: list, .. }) = &trace.event else {
            return Err(Error::Internal("a trace of no request".into()));
        };
        for (name, value) in list {
            let value = if shown == Shown::Redacted && redact::is_secret(name) {
                redact::REDACTED
            } else {
                value
            };
            set_member(js, headers, name, value.to_owned())?;
        }
        let request = Self {
            trace: Untraced(trace.clone()),
            shown: Untraced(shown),
            cf: JsRef::new(js, cf),
            headers: JsRef::new(js, headers),
        };
        Ok(Handle::new(js, request))
    }
}

/// The response.
#[jsg::class]
pub struct Response {
    status: u16,
}

#[jsg::methods]
impl Response {
    #[jsg(instance_getter)]
    fn status(&self) -> u32 {
        self.status.into()
    }
}

/// The time of a schedule.
#[jsg::class]
pub struct ScheduledEventInfo {
    time: f64,
    cron: String,
}

#[jsg::methods]
impl ScheduledEventInfo {
    #[jsg(instance_getter)]
    fn scheduled_time(&self) -> f64 {
        self.time
    }

    #[jsg(instance_getter)]
    fn cron(&self) -> String {
        self.cron.clone()
    }
}

impl ScheduledEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, time: f64, cron: &str) -> Handle<'s, Self> {
        let cron = cron.to_owned();
        Handle::new(js, Self { time, cron })
    }
}

/// A batch of messages.
#[jsg::class]
pub struct QueueEventInfo {
    queue: String,
    batch_size: u32,
}

#[jsg::methods]
impl QueueEventInfo {
    #[jsg(instance_getter)]
    fn queue(&self) -> String {
        self.queue.clone()
    }

    #[jsg(instance_getter)]
    fn batch_size(&self) -> u32 {
        self.batch_size
    }
}

impl QueueEventInfo {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        queue: &str,
        batch_size: usize,
    ) -> Handle<'s, Self> {
        let info = Self {
            queue: queue.to_owned(),
            batch_size: u32::try_from(batch_size).unwrap_or(u32::MAX),
        };
        Handle::new(js, info)
    }
}

/// Events that a tail Worker has heard of.
#[jsg::class]
pub struct TailEventInfo {
    consumed: JsRef<Array>,
}

#[jsg::methods]
impl TailEventInfo {
    #[jsg(instance_getter)]
    fn consumed_events<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        self.consumed.get(js)
    }
}

impl TailEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, consumed: usize) -> Handle<'s, Self> {
        let items: Vec<_> = (0..consumed)
            .map(|_| Handle::new(js, TailItem {}).object().into())
            .collect();
        let items = Array::new_with_elements(js, &items);
        let consumed = JsRef::new(js, items);
        Handle::new(js, Self { consumed })
    }
}

/// One of them.
#[jsg::class]
pub struct TailItem {}

#[jsg::methods]
impl TailItem {
    /// The host gives Workers no name.
    #[jsg(instance_getter)]
    fn script_name<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::null(js).into()
    }
}

/// Remote calls.
#[jsg::class]
pub struct JsRpcEventInfo {
    method: String,
}

#[jsg::methods]
impl JsRpcEventInfo {
    #[jsg(instance_getter)]
    fn rpc_method(&self) -> String {
        self.method.clone()
    }
}

impl JsRpcEventInfo {
    /// Until a method is called its name is empty.
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, method: Option<&str>) -> Handle<'s, Self> {
        let method = method.unwrap_or_default().to_owned();
        Handle::new(js, Self { method })
    }
}

/// A raw connection.
#[jsg::class]
pub struct ConnectEventInfo {}

#[jsg::methods]
impl ConnectEventInfo {}

impl ConnectEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        Handle::new(js, Self {}).object()
    }
}

/// An event of no other kind.
#[jsg::class]
pub struct CustomEventInfo {}

#[jsg::methods]
impl CustomEventInfo {}

impl CustomEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        Handle::new(js, Self {}).object()
    }
}
