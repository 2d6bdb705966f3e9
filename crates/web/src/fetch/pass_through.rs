//! `passThroughOnException()`: a request that a handler fails to answer goes where the Worker's own requests go.

use std::rc::Rc;

use futures::FutureExt;
use io::IoContext;
use io::context::PassedOn;
use io::trace::Span;
use jsg::{Error, Handle, Lock, LockExt, Result, Strong};

use super::fetcher::{GlobalOutbound, outgoing};
use super::redirect;
use super::request::Request;
use super::send::{Outgoing, send};

/// From now on a failure of the current event's handler sends `request` on.
///
/// # Errors
/// No event is current.
pub fn set<'s>(js: &mut Lock<'s, '_>, request: Handle<'s, Request>) -> Result<()> {
    let context = IoContext::current(js)?;
    let request = Strong::new(js, request);
    context.set_pass_through(Box::new(move |js| {
        let request = request.get(js);
        send_on(js, request.get())
    }));
    Ok(())
}

/// Whoever answers sees what the handler has left of the body.
fn send_on(js: &mut Lock<'_, '_>, request: &Request) -> Result<PassedOn> {
    let outbound = js
        .extension::<GlobalOutbound>()
        .ok_or_else(|| Error::error("This Worker has no outbound service."))?;
    let url = redirect::target(js, request.url_text())?;
    let mut outgoing = Outgoing {
        follow: false,
        ..outgoing(js, request, Rc::clone(&outbound.0), url, Span::default())?
    };
    let answer = async move { Ok(send(&mut outgoing).await?.response) };
    Ok(answer.boxed_local())
}
