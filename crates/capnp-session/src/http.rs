//! Requests (`HttpService`): a call that lasts as long as the request does, with streams for both bodies, or those of a
//! WebSocket.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use capnp::Error;
use futures::channel::oneshot;
use futures::future::{Either, join, select, try_join};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use io::channel::{CfBlob, SubrequestResult};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use net::methods::METHODS;
use net::websocket::WebSocket;

use crate::error::{received, told};
use crate::headers::{malformed, read_headers, write_headers};
use crate::layout::{
    Answer, Cap, Fields, Incoming, New, Outgoing, Result, Serve, export, pipelined,
};
use crate::schema::{CONNECT, REQUEST, START_RESPONSE, START_WEB_SOCKET, body_size};
use crate::streams::{fed_body, pump};
use crate::target::Session;
use crate::tunnels;
use crate::web_sockets::Crossing;

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
            CONNECT => Answer::later(tunnels::serve(self.service.clone(), call)),
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
    if let Some(socket) = response.body_mut().take_web_socket() {
        return accept_web_socket(context, socket, response.headers()).await;
    }
    let (head, body) = response.into_parts();
    let mut call = Outgoing::new(&**context, START_RESPONSE);
    let mut params = call.params::<0, 1>();
    let mut to = params.fields::<2, 2>(0); // response
    to.u16(0, head.status.as_u16()); // statusCode
    if let Some(reason) = net::reason(&head.extensions) {
        to.text(0, reason); // statusText
    }
    write_headers(&mut to, 1, &head.headers); // headers
    write_size(&mut to, body.length());
    let sent = call.send();
    if body.length() == Some(0) {
        return sent.promise.await.map(drop);
    }
    let sink = pipelined(&sent, 0); // body
    let (_, started) = join(pump(session, body, sink), sent.promise).await;
    started.map(drop)
}

/// Opens a WebSocket for whoever has asked, and passes its messages on to its end.
async fn accept_web_socket(context: &Cap, socket: WebSocket, headers: &HeaderMap) -> Result<()> {
    let (crossing, up) = Crossing::new(socket);
    let mut call = Outgoing::new(&**context, START_WEB_SOCKET);
    let mut params = call.params::<0, 2>();
    write_headers(&mut params, 0, headers); // headers
    params.cap(1, up); // upSocket
    let sent = call.send();
    let down = pipelined(&sent, 0); // downSocket
    let started = async { sent.promise.await.map(drop) };
    let crossed = async {
        crossing.run(down).await;
        Ok(())
    };
    try_join(started, crossed).await.map(drop)
}

/// Waits for the response to a request of this side.
struct Waiting {
    response: RefCell<Option<oneshot::Sender<SubrequestResult>>>,
    /// Gets the WebSocket that is the response, and the way to send to its other end.
    opened: RefCell<Option<oneshot::Sender<(Crossing, Cap)>>>,
}

impl Serve for Waiting {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            START_RESPONSE => Answer::now(self.start_response(call)),
            START_WEB_SOCKET => Answer::now(self.start_web_socket(call)),
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
        self.respond(response);
        Ok(())
    }

    fn start_web_socket(&self, mut call: Incoming) -> Result<()> {
        let params = call.params()?;
        let (near, far) = WebSocket::pair();
        let mut response = Response::new(Body::web_socket(near));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.headers_mut() = read_headers(params.list(0)?)?; // headers
        let up = params.cap(1)?; // upSocket
        let opened = self.opened.take();
        let opened = opened.ok_or_else(|| Error::failed("a second response".into()))?;
        let (crossing, down) = Crossing::new(far);
        call.results::<0, 1>()?.cap(0, down); // downSocket
        // Nobody waits any more: the end is dropped, which the other side sees.
        let _ = opened.send((crossing, up));
        self.respond(response);
        Ok(())
    }

    fn respond(&self, response: Response<Body>) {
        if let Some(waiting) = self.response.take() {
            // Nobody waits any more: the body is dropped, which its sender sees.
            let _ = waiting.send(Ok(response));
        }
    }
}

/// Sends a request to a service at the other side.
pub async fn request(service: Cap, request: Request<Body>) -> SubrequestResult {
    io::channel::check_headers(request.extensions())?;
    let (sender, receiver) = oneshot::channel();
    let (opening, opened) = oneshot::channel();
    let waiting = Rc::new(Waiting {
        response: RefCell::new(Some(sender)),
        opened: RefCell::new(Some(opening)),
    });
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
    write_headers(&mut to, 1, &head.headers); // headers
    write_size(&mut to, length);
    let sent = call.send();
    let upload = pipelined(&sent, 0); // requestBody
    let performed = tokio::task::spawn_local(async move {
        let uploaded = async {
            if length != Some(0) {
                pump(Rc::new(Session::default()), body, upload).await;
            }
        };
        let exchange = pin!(join(uploaded, sent.promise));
        let crossed = pin!(async {
            match opened.await {
                Ok((crossing, up)) => crossing.run(up).await,
                // There was another response, or none.
                Err(_) => std::future::pending().await,
            }
        });
        let ended = match select(exchange, crossed).await {
            // What the other side does beyond the end of a WebSocket, nobody waits for.
            Either::Right(_) => return,
            Either::Left((((), ended), crossed)) => {
                // It may have sent the last messages before it is done.
                if ended.is_ok() && waiting.opened.take().is_none() {
                    crossed.await;
                }
                ended
            }
        };
        if let Some(waiting) = waiting.response.take() {
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
