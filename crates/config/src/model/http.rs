//! HTTP options of sockets and external servers.

use super::Text;

/// How HTTP is spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpOptions {
    pub style: HttpStyle,
    /// Header that carries the client's scheme.
    pub forwarded_proto_header: Option<Text>,
    /// Header that carries `request.cf` as JSON.
    pub cf_blob_header: Option<Text>,
    pub inject_request_headers: Vec<InjectedHeader>,
    pub inject_response_headers: Vec<InjectedHeader>,
    /// `host:port` of CONNECT requests that become RPC connections.
    pub capnp_connect_host: Option<Text>,
}

/// What stands in the request line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpStyle {
    /// A path; the host is in the Host header.
    #[default]
    Host,
    /// A full URL.
    Proxy,
    /// A value of a newer schema.
    Unknown(u16),
}

/// A header to set, or to remove when it has no value.
#[derive(Clone, Debug, PartialEq)]
pub struct InjectedHeader {
    pub name: Text,
    pub value: Option<Text>,
}
