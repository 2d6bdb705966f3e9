//! `Hyperdrive`: a binding to a database, for drivers that want to know where it is and for those that take a socket.
//!
//! What it says of itself is that of the configuration; the host and the address are made up, and lead to the binding's
//! service when a Worker connects to them.

use std::rc::Rc;
use std::sync::Arc;

use io::SubrequestChannel;
use jsg::js::{Local, Object};
use jsg::{Handle, Lock, Result, Untraced};
use web::sockets::Socket;
use web::sockets::database::Database;

/// What a database is called, and who may use it.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub database: Arc<str>,
    pub user: Arc<str>,
    pub password: Arc<str>,
    pub scheme: Arc<str>,
}

impl Credentials {
    fn is_mysql(&self) -> bool {
        &*self.scheme == "mysql"
    }

    /// That of PostgreSQL, unless it is the other.
    fn port(&self) -> u16 {
        if self.is_mysql() { 3306 } else { 5432 }
    }
}

/// See the module.
#[jsg::class]
pub struct Hyperdrive {
    credentials: Untraced<Credentials>,  // plain data
    connections: Untraced<Rc<Database>>, // leads out of the isolate
}

impl Hyperdrive {
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        channel: Rc<dyn SubrequestChannel>,
        credentials: Credentials,
    ) -> Local<'s, Object> {
        let connections = Database::new(channel, credentials.port());
        let binding = Self {
            credentials: Untraced(credentials),
            connections: Untraced(connections),
        };
        Handle::new(js, binding).object()
    }
}

#[jsg::methods]
impl Hyperdrive {
    #[jsg(instance_getter)]
    fn database(&self) -> String {
        self.credentials.0.database.to_string()
    }

    #[jsg(instance_getter)]
    fn user(&self) -> String {
        self.credentials.0.user.to_string()
    }

    #[jsg(instance_getter)]
    fn password(&self) -> String {
        self.credentials.0.password.to_string()
    }

    #[jsg(instance_getter)]
    fn host(&self, js: &mut Lock<'_, '_>) -> Result<String> {
        Ok(self.connections.0.place(js)?.host.clone())
    }

    #[jsg(instance_getter)]
    fn ip(&self, js: &mut Lock<'_, '_>) -> Result<String> {
        Ok(self.connections.0.place(js)?.ip.to_string())
    }

    #[jsg(instance_getter)]
    fn port(&self) -> u16 {
        self.connections.0.port()
    }

    #[jsg(instance_getter)]
    fn connection_string(&self, js: &mut Lock<'_, '_>) -> Result<String> {
        let Credentials {
            database,
            user,
            password,
            scheme,
        } = &self.credentials.0;
        // The way is inside the process, or as the service says.
        let without_tls = if self.credentials.0.is_mysql() {
            "ssl-mode=disabled"
        } else {
            "sslmode=disable"
        };
        let host = &self.connections.0.place(js)?.host;
        let port = self.connections.0.port();
        Ok(format!(
            "{scheme}://{user}:{password}@{host}:{port}/{database}?{without_tls}"
        ))
    }

    #[jsg(method)]
    fn connect<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, Socket>> {
        self.connections.0.connect(js)
    }
}
