//! Requests (`HttpService`): a call that lasts as long as the request does, with streams for both bodies.

use std::cell::RefCell;
use std::rc::Rc;

use capnp::Error;
use futures::channel::oneshot;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use io::channel::{CfBlob, SubrequestResult};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use net::common_headers::COMMON_HEADERS;
use net::methods::METHODS;

use crate::error::{received, told};
use crate::layout::{
    Answer, Cap, Fields, Incoming, List, New, Outgoing, Result, Serve, export, pipelined,
};
use crate::schema::{REQUEST, START_RESPONSE, body_size, header};
use crate::streams::{fed_body, pump};
use crate::target::Session;

/// More headers are not read.
const MOST_HEADERS: u32 = 4096;

/// The value that has a number.
const COMMON_VALUE: HeaderValue = HeaderValue::from_static("gzip, deflate");

#[cold]
fn malformed(what: &str) -> Error {
    Error::failed(format!("an HTTP message with a broken {what}"))
}

fn read_headers(list: List<'_>) -> Result<HeaderMap> {
    if list.len() > MOST_HEADERS {
        return Err(malformed("list of headers"));
    }
    let mut headers = HeaderMap::with_capacity(list.len() as usize);
    for entry in list.iter() {
        let (name, value) = match entry.u16(4) {
            header::COMMON => {
                let known = usize::from(entry.u16(0)).checked_sub(1); // common.name
                let name = known.and_then(|known| COMMON_HEADERS.get(known));
                let name = name.ok_or_else(|| malformed("header"))?;
                let value = match entry.u16(2) {
                    header::COMMON_VALUE => COMMON_VALUE,
                    header::VALUE => read_value(entry.text(0)?)?,
                    _ => return Err(malformed("header")),
                };
                (HeaderName::from_static(name), value)
            }
            header::UNCOMMON => {
                let pair = entry.fields(0)?; // uncommon
                let name = HeaderName::from_bytes(pair.text(0)?.as_bytes()); // name
                (
                    name.map_err(|_| malformed("header"))?,
                    read_value(pair.text(1)?)?,
                ) // value
            }
            _ => return Err(malformed("header")),
        };
        headers.append(name, value);
    }
    Ok(headers)
}

fn read_value(text: &str) -> Result<HeaderValue> {
    // Text stands for bytes here, one each.
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| malformed("header"))
}

fn write_headers(to: &mut New<'_, 2, 2>, headers: &HeaderMap) {
    let mut list = to.list::<2, 1>(1, headers.len() as u32); // headers
    for (index, (name, value)) in headers.iter().enumerate() {
        let mut entry = list.reborrow().get(index as u32);
        entry.u16(4, header::UNCOMMON);
        let mut pair = entry.fields::<0, 2>(0);
        pair.text(0, name.as_str());
        pair.text(1, &String::from_utf8_lossy(value.as_bytes()));
    }
}

fn read_size(message: Fields<'_>) -> Option<u64> {
    (message.u16(1) == body_size::FIXED).then(|| message.u64(1))
}

fn write_size(to: &mut New<'_, 2, 2>, length: Option<u64>) {
    if let Some(length) = length {
        to.u16(1, body_size::FIXED);
        to.u64(1, length);
    }
}

/// A service of this side, for one request.
struct Served {
    service: Rc<dyn SubrequestChannel>,
    cf: Option<String>,
}

/// The way for the other side to send a request to a service.
pub fn serve_requests(service: Rc<dyn SubrequestChannel>, cf: Option<String>) -> Cap {
    export(Rc::new(Served { service, cf }))
}

impl Serve for Served {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            REQUEST => Answer::later(async move { self.request(call).await }),
            other => Answer::unknown(other),
        }
    }
}

impl Served {
    async fn request(&self, mut call: Incoming) -> Result<()> {
        let params = call.params()?;
        let (head, context) = (params.fields(0)?, params.cap(1)?); // request, context
        let mut request = read_request(head)?;
        let length = read_size(head);
        let session = Rc::new(Session::default());
        if length != Some(0) {
            let (body, sink) = fed_body(&session, length);
            *request.body_mut() = body;
            call.results::<0, 1>()?.cap(0, sink); // requestBody
        }
        call.set_pipeline()?;
        if let Some(cf) = &self.cf {
            request.extensions_mut().insert(CfBlob(cf.clone()));
        }
        let response = self.service.request(request).await;
        answer(&context, session, response.map_err(|error| told(&error))?).await
    }
}

fn read_request(head: Fields<'_>) -> Result<Request<Body>> {
    let method = METHODS.get(usize::from(head.u16(0))); // method
    let method = method.ok_or_else(|| malformed("method"))?;
    let mut request = Request::new(Body::empty());
    *request.method_mut() =
        Method::from_bytes(method.as_bytes()).map_err(|_| malformed("method"))?;
    *request.uri_mut() = Uri::try_from(head.text(0)?).map_err(|_| malformed("URL"))?; // url
    *request.headers_mut() = read_headers(head.list(1)?)?; // headers
    Ok(request)
}

/// Sends a response to whoever has asked, to the end of its body.
async fn answer(context: &Cap, session: Rc<Session>, mut response: Response<Body>) -> Result<()> {
    io::channel::check_headers(response.extensions()).map_err(|error| told(&error))?;
    if response.body_mut().take_web_socket().is_some() {
        return Err(Error::unimplemented(
            "jsg.Error: WebSockets cannot be opened over this connection.".into(),
        ));
    }
    let (head, body) = response.into_parts();
    let mut call = Outgoing::new(&**context, START_RESPONSE);
    let mut params = call.params::<0, 1>();
    let mut to = params.fields::<2, 2>(0); // response
    to.u16(0, head.status.as_u16()); // statusCode
    if let Some(reason) = net::reason(&head.extensions) {
        to.text(0, reason); // statusText
    }
    write_headers(&mut to, &head.headers);
    write_size(&mut to, body.length());
    let sent = call.send();
    if body.length() == Some(0) {
        return sent.promise.await.map(drop);
    }
    let sink = pipelined(&sent, 0); // body
    let (_, started) = futures::future::join(pump(session, body, sink), sent.promise).await;
    started.map(drop)
}

/// Waits for the response to a request of this side.
struct Waiting(RefCell<Option<oneshot::Sender<SubrequestResult>>>);

impl Serve for Waiting {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            START_RESPONSE => Answer::now(self.start_response(call)),
            other => Answer::unknown(other),
        }
    }
}

impl Waiting {
    fn start_response(&self, mut call: Incoming) -> Result<()> {
        let head = call.params()?.fields(0)?; // response
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(head.u16(0)).map_err(|_| malformed("status"))?; // statusCode
        *response.headers_mut() = read_headers(head.list(1)?)?; // headers
        let reason = head.text(0)?.to_owned(); // statusText
        let length = read_size(head);
        if !reason.is_empty() {
            net::set_reason(response.extensions_mut(), &reason);
        }
        if length != Some(0) {
            let (body, sink) = fed_body(&Rc::new(Session::default()), length);
            *response.body_mut() = body;
            call.results::<0, 1>()?.cap(0, sink); // body
        }
        if let Some(waiting) = self.0.take() {
            // Nobody waits any more: the body is dropped, which its sender sees.
            let _ = waiting.send(Ok(response));
        }
        Ok(())
    }
}

/// Sends a request to a service at the other side.
pub async fn request(service: Cap, request: Request<Body>) -> SubrequestResult {
    io::channel::check_headers(request.extensions())?;
    let (sender, receiver) = oneshot::channel();
    let waiting = Rc::new(Waiting(RefCell::new(Some(sender))));
    let (head, body) = request.into_parts();
    let method = METHODS
        .iter()
        .position(|known| *known == head.method.as_str());
    let method = method.ok_or_else(|| ChannelError::Internal("unknown HTTP method".into()))?;
    let length = match head.method {
        Method::GET | Method::HEAD => Some(0),
        _ => body.length(),
    };
    let mut call = Outgoing::new(&*service, REQUEST);
    let mut params = call.params::<0, 2>();
    params.cap(1, export(waiting.clone())); // context
    let mut to = params.fields::<2, 2>(0); // request
    to.u16(0, method as u16); // method
    to.text(0, &head.uri.to_string()); // url
    write_headers(&mut to, &head.headers);
    write_size(&mut to, length);
    let sent = call.send();
    let upload = pipelined(&sent, 0); // requestBody
    let performed = tokio::task::spawn_local(async move {
        let uploaded = async {
            if length != Some(0) {
                pump(Rc::new(Session::default()), body, upload).await;
            }
        };
        let ((), ended) = futures::future::join(uploaded, sent.promise).await;
        if let Some(waiting) = waiting.0.take() {
            // There was no response; nobody waits any more, or hears why.
            let _ = waiting.send(Err(match ended {
                Ok(_) => ChannelError::Internal("a request without a response".into()),
                Err(error) => received(&error),
            }));
        }
    });
    // Who gives up waiting for the response gives up the request.
    let mut guard = Guard(Some(performed.abort_handle()));
    let response = receiver.await.unwrap_or_else(|_| {
        let message = "Network connection lost.".to_owned();
        Err(ChannelError::Disconnected(message))
    });
    guard.0 = None;
    response
}

struct Guard(Option<tokio::task::AbortHandle>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}
