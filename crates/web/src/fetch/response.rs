//! `Response` (Fetch §5.5).

use std::borrow::Cow;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION, VARY};
use jsg::js::{Local, Object, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Nullable, Ref, Result};

use super::body::{Content, MessageBody, extract};
use super::cf::CfSlot;
use super::header_list::HeaderList;
use super::header_slot::HeaderSlot;
use super::headers::{Guard, Headers, HeadersInit};
use super::status;
use super::upgrade::{self, Upgrade};
use crate::compression;
use crate::websocket::WebSocket;

/// An answer to a request.
#[jsg::class(extends = MessageBody)]
pub struct Response {
    status: u16,
    /// Empty: that of the code.
    status_text: jsg::Untraced<Cow<'static, str>>, // plain text
    headers: HeaderSlot,
    cf: CfSlot,
    /// The URLs that led here, redirects included.
    urls: Vec<String>,
    encoding: jsg::Untraced<Encoding>, // an enum
    web_socket: Option<Ref<WebSocket>>,
    parent: MessageBody,
}

/// Who applies the content-encoding that the headers name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    #[default]
    Automatic,
    Manual,
}

/// `ResponseInit`, with the members that Workers add.
#[derive(jsg::Dictionary, Default)]
#[jsg(name = "InitializerDict")]
pub(super) struct ResponseDict<'s> {
    status: Option<i32>,
    status_text: Option<String>,
    headers: Option<HeadersInit<'s>>,
    cf: Option<Local<'s, Object>>,
    web_socket: Option<Nullable<Handle<'s, WebSocket>>>,
    encode_body: Option<String>,
}

/// What a response is made after.
pub(super) enum ResponseInit<'s> {
    Dict(ResponseDict<'s>),
    Response(Handle<'s, Response>),
}

impl<'s> FromJs<'s> for ResponseInit<'s> {
    fn type_name() -> Cow<'static, str> {
        "InitializerDict or Response".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(response) = Handle::<Response>::from_value(js, value) {
            return Ok(Some(Self::Response(response)));
        }
        Ok(ResponseDict::try_from_js(js, value)?.map(Self::Dict))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

/// The parts of a response that its init decides.
#[derive(Default)]
struct Parts<'s> {
    status: i64,
    status_text: Cow<'static, str>,
    headers: HeaderList,
    cf: CfSlot,
    encoding: Encoding,
    web_socket: Option<Handle<'s, WebSocket>>,
}

impl<'s> ResponseInit<'s> {
    fn into_parts(self, js: &mut Lock<'s, '_>) -> Result<Parts<'s>> {
        match self {
            Self::Dict(dict) => Ok(Parts {
                status: i64::from(dict.status.unwrap_or(200)),
                encoding: match dict.encode_body.as_deref() {
                    None | Some("automatic") => Encoding::Automatic,
                    Some("manual") => Encoding::Manual,
                    Some(other) => {
                        return Err(Error::type_error(format!(
                            "encodeBody: unexpected value: {other}"
                        )));
                    }
                },
                status_text: dict.status_text.unwrap_or_default().into(),
                headers: match dict.headers {
                    Some(headers) => headers.into_list()?,
                    None => HeaderList::default(),
                },
                cf: CfSlot::copy_of(js, dict.cf)?,
                web_socket: dict.web_socket.and_then(|web_socket| web_socket.0),
            }),
            Self::Response(other) => {
                let other = other.get();
                Ok(Parts {
                    status: i64::from(other.status),
                    status_text: other.status_text.0.clone(),
                    headers: other.headers.to_list(js),
                    cf: other.cf.duplicate(js)?,
                    encoding: *other.encoding,
                    web_socket: other.web_socket.as_ref().map(|it| it.get(js)),
                })
            }
        }
    }
}

/// The coding that a Content-Encoding names, if it is one that is applied here.
fn coding(js: &Lock<'_, '_>, headers: &HeaderMap) -> Option<net::Coding> {
    let mut named = headers.get_all(CONTENT_ENCODING).iter();
    // Several are a list, of which nothing is applied.
    let (Some(only), None) = (named.next(), named.next()) else {
        return None;
    };
    match only.as_bytes() {
        b"gzip" => Some(net::Coding::Gzip),
        b"br" if js.flag(Flag::BrotliContentEncoding) => Some(net::Coding::Brotli),
        _ => None,
    }
}

impl Response {
    /// A response from another service. `Ok` only where its body may be touched.
    pub fn from_http(
        js: &mut Lock<'_, '_>,
        mut response: http::Response<net::Body>,
        urls: Vec<String>,
        encoding: Encoding,
        to_head: bool,
    ) -> Result<Self> {
        let web_socket = match response.body_mut().take_web_socket() {
            Some(web_socket) => {
                let web_socket = WebSocket::of_native(js, web_socket)?;
                Some(Ref::new(js, web_socket))
            }
            None => None,
        };
        let (mut parts, body) = response.into_parts();
        let status = parts.status.as_u16();
        let content = if to_head {
            body.swallow();
            Content::Null
        } else if status::has_no_body(status) {
            Content::Null
        } else {
            let coding = match encoding {
                Encoding::Automatic => coding(js, &parts.headers),
                Encoding::Manual => None,
            };
            let body = match coding {
                Some(coding) => net::Body::coded(body, coding, compression::decoded),
                None => body,
            };
            Content::from_native(js, body)?
        };
        let status_text = match net::reason(&parts.extensions) {
            Some(text) => Cow::Owned(text.to_owned()),
            None => Cow::Borrowed(parts.status.canonical_reason().unwrap_or_default()),
        };
        let headers = HeaderList::of_message(parts.headers, &mut parts.extensions);
        Ok(Self {
            status,
            status_text: jsg::Untraced(status_text),
            headers: HeaderSlot::new(headers, Guard::Immutable),
            cf: CfSlot::default(),
            urls,
            encoding: jsg::Untraced(encoding),
            web_socket,
            parent: MessageBody::new(content),
        })
    }

    pub(super) fn has_web_socket(&self) -> bool {
        self.web_socket.is_some()
    }

    /// The response for the HTTP layer. Its body is used up; its headers stay.
    ///
    /// # Errors
    /// When the body has been used already, or is another event's.
    pub fn into_http<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        upgrade: Option<&Upgrade>,
    ) -> Result<http::Response<net::Body>> {
        let this = this.get();
        if this.status == 0 {
            return Err(Error::type_error(
                "Return value from serve handler must not be an error response (like Response.error())",
            ));
        }
        let mut body = this.parent.answer(js)?;
        let (mut headers, odd_headers) = this.headers.to_parts(js);
        if let Some(web_socket) = &this.web_socket {
            let web_socket = web_socket.get(js);
            body = upgrade::respond(js, web_socket, upgrade, &mut headers)?;
        }
        let mut response = http::Response::new(body);
        *response.headers_mut() = headers;
        if *this.encoding == Encoding::Automatic
            && this.web_socket.is_none()
            && let Some(coding) = coding(js, response.headers())
        {
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = match body.into_coded(coding) {
                Ok(raw) => raw,
                Err(plain) => compression::encoded(plain, coding),
            };
        }
        *response.status_mut() = http::StatusCode::from_u16(this.status)
            .map_err(|_| Error::type_error("The response's status cannot be sent."))?;
        let usual = response.status().canonical_reason();
        if !this.status_text.is_empty() && Some(&**this.status_text) != usual {
            net::set_reason(response.extensions_mut(), &this.status_text);
        }
        if let Some(odd_headers) = odd_headers {
            response.extensions_mut().insert(odd_headers);
        }
        Ok(response)
    }

    fn build<'s>(
        js: &mut Lock<'s, '_>,
        body: Option<Local<'s, Value>>,
        parts: Parts<'s>,
    ) -> Result<Self> {
        if parts.web_socket.is_some() {
            if parts.status != 101 {
                return Err(Error::range_error(
                    "Responses with a WebSocket must have status code 101.",
                ));
            }
        } else if !(200..=599).contains(&parts.status) {
            return Err(Error::range_error(
                "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
            ));
        }
        let status = parts.status as u16;
        let pedantic = js.flag(Flag::PedanticWpt);
        let invalid =
            |character: char| character < ' ' || pedantic && character > char::from(u8::MAX);
        if parts.status_text.chars().any(invalid) {
            return Err(Error::type_error("Invalid statusText"));
        }
        let headers = HeaderSlot::new(parts.headers, Guard::None);
        let content = match body {
            None => Content::Null,
            Some(body) => {
                let extracted = extract(js, body)?;
                headers.default_content_type(js, extracted.content_type)?;
                match extracted.content {
                    content if !status::has_no_body(status) => content,
                    content if content.known_length() == Some(0) => {
                        let warning = format!(
                            "Constructing a Response with a null body status ({status}) and a non-null, zero-length \
                             body. This is technically incorrect, and we recommend you update your code to explicitly \
                             pass in a `null` body, e.g. `new Response(null, {{ status: {status}, ... }})`. (We \
                             continue to allow the zero-length body behavior because it was previously the only way to \
                             construct a Response with a null body status. This behavior may change in the future.)"
                        );
                        crate::console::warn(js, &warning);
                        Content::Null
                    }
                    _ => {
                        return Err(Error::type_error(
                            "Response with null body status (101, 204, 205, or 304) cannot have a body.",
                        ));
                    }
                }
            }
        };
        Ok(Self {
            status,
            status_text: jsg::Untraced(parts.status_text),
            headers,
            cf: parts.cf,
            urls: Vec::new(),
            encoding: jsg::Untraced(parts.encoding),
            web_socket: parts.web_socket.map(|it| Ref::new(js, it)),
            parent: MessageBody::new(content),
        })
    }

    /// A response without a body that only natives make.
    fn bare(status: u16, headers: HeaderList, guard: Guard) -> Self {
        Self {
            status,
            status_text: jsg::Untraced(Cow::Borrowed("")),
            headers: HeaderSlot::new(headers, guard),
            cf: CfSlot::default(),
            urls: Vec::new(),
            encoding: jsg::Untraced(Encoding::Automatic),
            web_socket: None,
            parent: MessageBody::new(Content::Null),
        }
    }

    /// A response with known bytes of a type.
    pub(super) fn of_bytes(content_type: &str, content: Content) -> Result<Self> {
        let mut headers = HeaderList::default();
        headers.set(CONTENT_TYPE.as_str(), content_type)?;
        let mut response = Self::bare(200, headers, Guard::None);
        response.status_text = jsg::Untraced(Cow::Borrowed("OK"));
        response.parent = MessageBody::new(content);
        Ok(response)
    }

    /// `new Response(body, other)`, with a native body.
    pub fn with_body_of<'s>(
        js: &mut Lock<'s, '_>,
        other: Handle<'s, Self>,
        body: net::Body,
    ) -> Result<Handle<'s, Self>> {
        let content = Content::from_native(js, body)?;
        let parts = ResponseInit::Response(other).into_parts(js)?;
        let response = Self {
            status: other.get().status,
            status_text: jsg::Untraced(parts.status_text),
            headers: HeaderSlot::new(parts.headers, Guard::None),
            cf: parts.cf,
            urls: Vec::new(),
            encoding: jsg::Untraced(parts.encoding),
            web_socket: None,
            parent: MessageBody::new(content),
        };
        Ok(Handle::new(js, response))
    }

    /// Whether the header `vary` says that no other request gets the same answer.
    pub fn varies_on_anything(&self, js: &Lock<'_, '_>) -> bool {
        let vary = self.headers.to_list(js).joined(&VARY);
        vary.is_some_and(|vary| vary.contains('*'))
    }

    /// The header `content-type`.
    pub fn content_type(&self, js: &Lock<'_, '_>) -> Option<String> {
        self.headers.to_list(js).joined(&CONTENT_TYPE)
    }

    pub(super) fn header_slot(&self) -> &HeaderSlot {
        &self.headers
    }

    pub(super) fn encoding(&self) -> Encoding {
        *self.encoding
    }

    pub(super) fn cf_slot(&self) -> &CfSlot {
        &self.cf
    }

    pub fn body(&self) -> &MessageBody {
        &self.parent
    }

    /// The reason phrase, empty for the usual one of a response that guest code has made.
    pub fn reason(&self) -> &str {
        &self.status_text
    }

    /// The status code.
    pub fn code(&self) -> u16 {
        self.status
    }
}

#[jsg::methods]
impl Response {
    #[jsg(constructor)]
    pub(super) fn new<'s>(
        js: &mut Lock<'s, '_>,
        body: Option<Nullable<Local<'s, Value>>>,
        init: Option<ResponseInit<'s>>,
    ) -> Result<Self> {
        let parts = match init {
            Some(init) => init.into_parts(js)?,
            None => Parts {
                status: 200,
                ..Parts::default()
            },
        };
        Self::build(js, body.and_then(|body| body.0), parts)
    }

    #[jsg(static_method)]
    pub(super) fn error<'s>(js: &mut Lock<'s, '_>) -> Handle<'s, Self> {
        let guard = if js.flag(Flag::PedanticWpt) {
            Guard::Immutable
        } else {
            Guard::None
        };
        Handle::new(js, Self::bare(0, HeaderList::default(), guard))
    }

    #[jsg(static_method)]
    fn redirect<'s>(
        js: &mut Lock<'s, '_>,
        url: String,
        status: Option<i32>,
    ) -> Result<Handle<'s, Self>> {
        let status = status.unwrap_or(302);
        if !status::is_redirect(i64::from(status)) {
            return Err(Error::range_error(format!(
                "{status} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308."
            )));
        }
        let parsed = if js.flag(Flag::ResponseRedirectUrlStandard) {
            crate::url::href(&url, None)
        } else {
            super::redirect::legacy_href(&url)
        };
        let Some(parsed) = parsed else {
            return Err(Error::type_error(format!("Unable to parse URL: {url}")));
        };
        let mut headers = HeaderList::default();
        if headers.set(LOCATION.as_str(), &parsed).is_err() {
            return Err(Error::type_error(format!(
                "Redirect URL cannot contain '\\r', '\\n', or '\\0': {url}"
            )));
        }
        let response = Self::bare(status as u16, headers, Guard::Immutable);
        Ok(Handle::new(js, response))
    }

    #[jsg(static_method)]
    fn json<'s>(
        js: &mut Lock<'s, '_>,
        value: Local<'s, Value>,
        init: Option<ResponseInit<'s>>,
    ) -> Result<Handle<'s, Self>> {
        let mut parts = match init {
            Some(init) => init.into_parts(js)?,
            None => Parts {
                status: 200,
                ..Parts::default()
            },
        };
        if !parts.headers.contains(&CONTENT_TYPE) {
            let json = HeaderValue::from_static("application/json");
            parts.headers.insert(CONTENT_TYPE, json);
        }
        let unserializable = value.is_undefined() || value.is_symbol() || value.is_function();
        if unserializable && js.flag(Flag::PedanticWpt) {
            return Err(Error::type_error(
                "Response.json() requires a value that can be serialized to JSON.",
            ));
        }
        let text = jsg::json_stringify(js, value)?;
        let response = Self::build(js, Some(text.into()), parts)?;
        Ok(Handle::new(js, response))
    }

    #[jsg(method)]
    fn clone<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let this = this.get();
        if this.web_socket.is_some() {
            return Err(Error::type_error(
                "Cannot clone a response to a WebSocket handshake.",
            ));
        }
        let content = this.parent.duplicate(js)?;
        let response = Self {
            status: this.status,
            status_text: jsg::Untraced(this.status_text.0.clone()),
            headers: this.headers.duplicate(js, this.headers.guard()),
            cf: this.cf.duplicate(js)?,
            urls: this.urls.clone(),
            encoding: jsg::Untraced(*this.encoding),
            web_socket: None,
            parent: MessageBody::new(content),
        };
        Ok(Handle::new(js, response))
    }

    #[jsg(getter)]
    fn status(&self) -> u16 {
        self.status
    }

    #[jsg(getter)]
    fn status_text(&self) -> &str {
        &self.status_text
    }

    #[jsg(getter)]
    fn headers<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Headers> {
        self.headers.get(js)
    }

    #[jsg(getter)]
    fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    #[jsg(getter)]
    pub(crate) fn redirected(&self) -> bool {
        self.urls.len() > 1
    }

    #[jsg(getter)]
    pub(crate) fn url(&self) -> &str {
        self.urls.last().map_or("", String::as_str)
    }

    #[jsg(getter)]
    fn web_socket<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Handle<'s, WebSocket>> {
        Nullable(self.web_socket.as_ref().map(|it| it.get(js)))
    }

    #[jsg(getter)]
    fn cf<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Object>>> {
        self.cf.get(js)
    }

    #[jsg(getter, name = "type")]
    fn kind(&self) -> &'static str {
        match self.status {
            0 => "error",
            _ => "default",
        }
    }
}
