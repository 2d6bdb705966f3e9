//! `connect()`: its address and options, and the start of the connection.

use std::borrow::Cow;
use std::rc::Rc;

use io::channel::{ConnectRequest, ConnectTls};
use io::trace::{Span, calling};
use io::{IoContext, SubrequestChannel};
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Handle, Lock, LockExt, Result};

use super::socket::{Failure, Parts, Protocol, SecureTransport, Socket};
use super::virtual_host;
use crate::fetch::GlobalOutbound;

/// The longest host name (RFC 1035 §2.3.4).
const MAX_HOST: usize = 255;

const NO_ADDRESS: &str = "Cannot initialize N7workerd3api13SocketAddressE with required members from an undefined or null value.";

/// The first argument.
pub enum Address {
    Text(String),
    Record(SocketAddress),
}

#[derive(jsg::Dictionary)]
pub struct SocketAddress {
    hostname: String,
    port: u16,
}

/// The second argument.
#[derive(jsg::Dictionary, Default)]
pub struct SocketOptions {
    secure_transport: Option<String>,
    allow_half_open: Option<bool>,
    high_water_mark: Option<u64>,
}

impl<'s> FromJs<'s> for Address {
    fn type_name() -> Cow<'static, str> {
        "SocketAddress or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Err(Error::type_error(NO_ADDRESS));
        }
        if value.is_object() {
            return Ok(SocketAddress::try_from_js(js, value)?.map(Self::Record));
        }
        Ok(String::try_from_js(js, value)?.map(Self::Text))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

impl Address {
    /// Host, port and the text of both.
    fn parts(self) -> Result<(String, String, String)> {
        match self {
            Self::Record(SocketAddress { hostname, port }) => {
                let text = format!("{hostname}:{port}");
                Ok((hostname, port.to_string(), text))
            }
            Self::Text(text) => {
                let url = ada_url::Url::parse(format!("fake://{text}"), None)
                    .map_err(|_| Error::type_error("Specified address could not be parsed."))?;
                let (host, port) = (url.hostname(), url.port());
                if host.is_empty() {
                    return Err(Error::type_error("Specified address is missing hostname."));
                }
                if port.is_empty() {
                    return Err(Error::type_error("Specified address is missing port."));
                }
                Ok((host.to_owned(), port.to_owned(), text))
            }
        }
    }
}

/// Refuses what could be no address but an attack on whoever reads it.
fn is_plausible(address: &str) -> bool {
    let plausible = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    !address.is_empty() && address.len() <= MAX_HOST && address.bytes().all(plausible)
}

/// Opens a socket, over a service or else over the Worker's global outbound service.
///
/// # Errors
/// Bad arguments. That there is no connection is told by the socket.
pub fn connect<'s>(
    js: &mut Lock<'s, '_>,
    channel: Option<Rc<dyn SubrequestChannel>>,
    address: Address,
    options: Option<SocketOptions>,
) -> Result<Handle<'s, Socket>> {
    IoContext::current(js)?;
    let (domain, port, text) = address.parts()?;
    if !is_plausible(&text) {
        return Err(Error::type_error(
            "Specified address is empty string, contains unsupported characters or is too long.",
        ));
    }
    if channel.is_none()
        && let Some(socket) = virtual_host::open(js, &text, &domain, &port)?
    {
        return Ok(socket);
    }
    let options = options.unwrap_or_default();
    let secure = match options.secure_transport.as_deref() {
        None | Some("off") => SecureTransport::Off,
        Some("on") => SecureTransport::On,
        Some("starttls") => SecureTransport::StartTls,
        Some(other) => {
            return Err(Error::type_error(format!(
                "Unsupported value in secureTransport socket option: {other}"
            )));
        }
    };
    let channel = match (channel, js.extension::<GlobalOutbound>()) {
        (Some(channel), _) => channel,
        (None, Some(outbound)) => Rc::clone(&outbound.0),
        (None, None) => return Err(Error::error("This Worker has no outbound service.")),
    };
    let parts = Parts {
        protocol: Protocol::Tcp,
        remote_address: Some(text),
        local_address: None,
        secure,
        domain: Some(domain),
        default_fetch_port: port == "80" || port == "443",
        allow_half_open: options.allow_half_open.unwrap_or(false),
        high_water_mark: options.high_water_mark,
    };
    let plan = Plan {
        span: "connect",
        failure: Failure::Refused,
    };
    open(js, &channel, parts, plan)
}

/// How a connection is traced, and how its failure is told.
pub(super) struct Plan {
    pub span: &'static str,
    pub failure: Failure,
}

/// A socket whose connection to the remote address of `parts` a service makes.
///
/// # Errors
/// At global scope.
pub(super) fn open<'s>(
    js: &mut Lock<'s, '_>,
    channel: &Rc<dyn SubrequestChannel>,
    parts: Parts,
    plan: Plan,
) -> Result<Handle<'s, Socket>> {
    let context = IoContext::current(js)?;
    let request = ConnectRequest {
        address: parts.remote_address.clone().unwrap_or_default(),
        tls: match parts.secure {
            SecureTransport::On => ConnectTls::On,
            SecureTransport::Off | SecureTransport::StartTls => ConnectTls::Off,
        },
    };
    let socket = Socket::create(js, parts)?;
    let span = Span::open(js, plan.span);
    let opening = calling(&span, || channel.connect(request));
    let opening = Box::pin(async move {
        let opened = opening.await;
        span.end();
        opened
    });
    let connection = socket.get().connection(js)?;
    Socket::open_with(js, &context, socket, connection, opening, plan.failure);
    Ok(socket)
}
