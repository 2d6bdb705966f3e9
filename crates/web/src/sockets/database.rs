//! The database behind a Hyperdrive binding: a service that takes connections, and the made-up addresses that lead to it.

use std::cell::OnceCell;
use std::net::Ipv4Addr;
use std::rc::Rc;

use io::{IoContext, SubrequestChannel};
use jsg::{Handle, Lock, Result};

use super::connect::{Plan, open};
use super::socket::{Failure, Parts, Protocol, SecureTransport, Socket};
use super::virtual_host;

/// See the module.
pub struct Database {
    channel: Rc<dyn SubrequestChannel>,
    port: u16,
    /// Made up when first asked for.
    place: OnceCell<Place>,
}

/// Where drivers of databases think that it is.
pub struct Place {
    pub host: String,
    pub ip: Ipv4Addr,
}

impl Database {
    pub fn new(channel: Rc<dyn SubrequestChannel>, port: u16) -> Rc<Self> {
        Rc::new(Self {
            channel,
            port,
            place: OnceCell::new(),
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The addresses of the database, which `connect()` knows from now on.
    ///
    /// # Errors
    /// They do not exist yet, and there is no event.
    pub fn place(self: &Rc<Self>, js: &Lock<'_, '_>) -> Result<&Place> {
        if let Some(place) = self.place.get() {
            return Ok(place);
        }
        IoContext::current(js)?;
        let (host, ip) = virtual_host::place(js, self, self.port)?;
        Ok(self.place.get_or_init(|| Place { host, ip }))
    }

    /// A connection to the database.
    ///
    /// # Errors
    /// There is no event. That there is no connection is told by the socket.
    pub fn connect<'s>(self: &Rc<Self>, js: &mut Lock<'s, '_>) -> Result<Handle<'s, Socket>> {
        IoContext::current(js)?;
        let host = &self.place(js)?.host;
        let parts = Parts {
            protocol: Protocol::Tcp,
            remote_address: Some(format!("{host}:{}", self.port)),
            local_address: None,
            secure: SecureTransport::Off,
            domain: Some(host.clone()),
            default_fetch_port: false,
            allow_half_open: false,
            high_water_mark: None,
        };
        let plan = Plan {
            span: "hyperdrive_connect",
            failure: Failure::Database,
        };
        open(js, &self.channel, parts, plan)
    }
}
