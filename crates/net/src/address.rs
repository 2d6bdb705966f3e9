//! Listen addresses in the forms that a config or the command line gives.
//!
//! `*`, `*:PORT`, `HOST`, `HOST:PORT`, `V6`, `[V6]`, `[V6]:PORT`, `unix:PATH` and `unix-abstract:NAME`. A missing
//! port is the default of the socket's kind. The texts of the errors are those of the real workerd; the caller puts
//! the socket's name in front.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs};
use std::path::PathBuf;

/// The port taken when an address names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultPort(pub u16);

impl DefaultPort {
    pub const HTTP: Self = Self(80);
    pub const HTTPS: Self = Self(443);
    /// Where debuggers look by themselves.
    pub const INSPECTOR: Self = Self(9229);
    pub const NONE: Self = Self(0);
}

/// A parsed address; host names are not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// Every address of the machine, IPv4 and IPv6.
    Wildcard {
        port: u16,
    },
    Ip(SocketAddr),
    Host {
        host: String,
        port: u16,
    },
    Unix(PathBuf),
    UnixAbstract(Vec<u8>),
}

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("parseAddress: Port number too large.")]
    PortTooLarge,
    #[error("parseAddress: Unclosed '[' in address string. {0}")]
    UnclosedBracket(String),
    #[error("parseAddress: Expected port suffix after ']'. {0}")]
    AfterBracket(String),
    #[error(
        "getaddrinfo(): DNS lookup failed. host = {host}; service = {service}; failed to lookup address information: {reason}"
    )]
    Lookup {
        host: String,
        service: String,
        reason: String,
    },
    #[error("bind(): {0}")]
    Bind(#[source] io::Error),
    #[error("listen(): {0}")]
    Listen(#[source] io::Error),
    #[error("socket(): {0}")]
    Socket(#[source] io::Error),
}

impl ListenAddress {
    /// Reads an address. Nothing is looked up, except a port given by a service's name.
    pub fn parse(text: &str, default_port: DefaultPort) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Self::Unix(path.into()));
        }
        if let Some(name) = text.strip_prefix("unix-abstract:") {
            return Ok(Self::UnixAbstract(name.as_bytes().to_vec()));
        }
        let (host, port) = split_host_and_port(text)?;
        let port = match port {
            Some(port) => parse_port(host, port)?,
            None => default_port.0,
        };
        if host == "*" {
            return Ok(Self::Wildcard { port });
        }
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(Self::Ip(SocketAddr::new(ip, port)));
        }
        Ok(Self::Host {
            host: host.to_owned(),
            port,
        })
    }

    /// The IP address to bind, a host name looked up (blocking: start-up only). `None` for a Unix socket.
    pub(crate) fn resolve(&self) -> Result<Option<SocketAddr>, AddressError> {
        match self {
            Self::Wildcard { port } => Ok(Some(SocketAddr::V6(SocketAddrV6::new(
                Ipv6Addr::UNSPECIFIED,
                *port,
                0,
                0,
            )))),
            Self::Ip(address) => Ok(Some(*address)),
            Self::Host { host, port } => lookup(host, *port).map(Some),
            Self::Unix(_) | Self::UnixAbstract(_) => Ok(None),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wildcard { port } => write!(f, "*:{port}"),
            Self::Ip(address) => write!(f, "{address}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::UnixAbstract(name) => {
                write!(f, "unix-abstract:{}", String::from_utf8_lossy(name))
            }
        }
    }
}

/// Several colons without brackets are an IPv6 address without a port, or else a (hopeless) host name.
fn split_host_and_port(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest
            .split_once(']')
            .ok_or_else(|| AddressError::UnclosedBracket(text.to_owned()))?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(AddressError::AfterBracket(text.to_owned())),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => Ok((host, Some(port))),
        _ => Ok((text, None)),
    }
}

fn parse_port(host: &str, text: &str) -> Result<u16, AddressError> {
    let digits = text.trim_start();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.parse().map_err(|_| AddressError::PortTooLarge);
    }
    match text {
        "http" => Ok(80),
        "https" => Ok(443),
        _ => Err(AddressError::Lookup {
            host: host.to_owned(),
            service: text.to_owned(),
            reason: "Servname not supported for ai_socktype".to_owned(),
        }),
    }
}

fn lookup(host: &str, port: u16) -> Result<SocketAddr, AddressError> {
    const PREFIX: &str = "failed to lookup address information: ";
    let failed = |reason: &str| AddressError::Lookup {
        host: host.to_owned(),
        service: "(none)".to_owned(),
        reason: reason.strip_prefix(PREFIX).unwrap_or(reason).to_owned(),
    };
    const UNKNOWN: &str = "Name or service not known";
    // The resolver of the standard library takes an empty host for the local machine.
    if host.is_empty() {
        return Err(failed(UNKNOWN));
    }
    let mut found = (host, port)
        .to_socket_addrs()
        .map_err(|error| failed(&error.to_string()))?;
    let first = found.next().ok_or_else(|| failed(UNKNOWN))?;
    // `localhost` often comes as IPv6 first; a listener takes the IPv4 address, as other tools expect.
    if first.is_ipv4() {
        Ok(first)
    } else {
        Ok(found.find(SocketAddr::is_ipv4).unwrap_or(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ListenAddress, String> {
        ListenAddress::parse(text, DefaultPort::HTTP).map_err(|e| e.to_string())
    }

    fn ip(text: &str) -> ListenAddress {
        ListenAddress::Ip(text.parse().unwrap())
    }

    #[test]
    fn reads_every_form() {
        for (text, expected) in [
            ("*:8080", ListenAddress::Wildcard { port: 8080 }),
            ("*", ListenAddress::Wildcard { port: 80 }),
            ("*:http", ListenAddress::Wildcard { port: 80 }),
            ("*: 81", ListenAddress::Wildcard { port: 81 }),
            ("127.0.0.1", ip("127.0.0.1:80")),
            ("127.0.0.1:1", ip("127.0.0.1:1")),
            ("[::1]", ip("[::1]:80")),
            ("[::1]:2", ip("[::1]:2")),
            ("::1", ip("[::1]:80")),
            (
                "a.b:3",
                ListenAddress::Host {
                    host: "a.b".into(),
                    port: 3,
                },
            ),
            (
                "8182",
                ListenAddress::Host {
                    host: "8182".into(),
                    port: 80,
                },
            ),
            (
                "1.2.3.4:5:6",
                ListenAddress::Host {
                    host: "1.2.3.4:5:6".into(),
                    port: 80,
                },
            ),
            ("unix:/a:b", ListenAddress::Unix("/a:b".into())),
            (
                "unix-abstract:x",
                ListenAddress::UnixAbstract(b"x".to_vec()),
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(
            parse("*:99999").unwrap_err(),
            "parseAddress: Port number too large."
        );
        assert_eq!(
            parse("[::1").unwrap_err(),
            "parseAddress: Unclosed '[' in address string. [::1"
        );
        assert_eq!(
            parse("*:-1").unwrap_err(),
            "getaddrinfo(): DNS lookup failed. host = *; service = -1; \
             failed to lookup address information: Servname not supported for ai_socktype"
        );
        assert_eq!(
            ListenAddress::parse(":80", DefaultPort::HTTP)
                .unwrap()
                .resolve()
                .unwrap_err()
                .to_string(),
            "getaddrinfo(): DNS lookup failed. host = ; service = (none); \
             failed to lookup address information: Name or service not known"
        );
    }

    #[test]
    fn prefers_ipv4_for_localhost() {
        let address = ListenAddress::parse("localhost:7", DefaultPort::HTTP)
            .unwrap()
            .resolve()
            .unwrap();
        assert_eq!(address, Some("127.0.0.1:7".parse().unwrap()));
    }
}
