//! The debug port: whoever can connect to it reaches every Worker and every Durable Object of the process. And the way
//! of Workers to the debug ports of others.

use std::net::TcpListener;
use std::rc::{Rc, Weak};

use capnp_session::{Connect, DebugPort, Entrance, Props, Service, not_supported};
use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use http::Request;
use io::carried::Carried;
use io::channel::{ConnectRequest, ConnectResult, EventFuture, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::rpc::{Broken, Capability};
use io::{ChannelError, SubrequestChannel};
use net::{Body, Connector, DefaultPort, Destination, Shutdown};
use runtime::events::fetch::WorkerChannel;
use runtime::{Entrypoint, Host, NamespaceId};
use workers::debug_port::DebugPorts;
use workers::durable_object::ActorId;

use crate::event_loop::Services;
use crate::services::raw;

type Found = Result<Rc<dyn SubrequestChannel>, ChannelError>;

/// What the port offers, on the loop that serves it.
struct Port(Weak<Services>);

/// Serves the port until the drain starts. Must be called inside a `LocalSet`.
///
/// # Errors
/// The listener cannot be used.
pub fn serve(
    listener: TcpListener,
    services: &Rc<Services>,
    shutdown: &Shutdown,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let port = Rc::new(Port(Rc::downgrade(services)));
    let draining = shutdown.clone();
    tokio::task::spawn_local(async move {
        let serving = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Too many are open: some will be closed.
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let served = capnp_session::serve_debug_port(Box::new(stream), port.clone());
                tokio::task::spawn_local(served);
            }
        };
        tokio::select! {
            () = serving => {}
            () = draining.started() => {}
        }
    });
    Ok(())
}

const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

fn failed(message: String) -> ChannelError {
    ChannelError::classed("Error", message)
}

impl Port {
    fn services(&self) -> Result<Rc<Services>, ChannelError> {
        let services = self.0.upgrade();
        services.ok_or_else(|| ChannelError::Disconnected(LOST.into()))
    }

    fn worker(&self, name: &str) -> Result<(usize, Rc<runtime::Worker>), ChannelError> {
        let services = self.services()?;
        let mut workers = services.workers().iter().enumerate();
        let found = workers.find(|(_, worker)| *worker.definition().name == *name);
        let (index, worker) =
            found.ok_or_else(|| failed(format!("Worker \"{name}\" not found")))?;
        Ok((index, worker.clone()))
    }
}

impl DebugPort for Port {
    fn entrypoint(&self, service: &str, entrypoint: Option<&str>, props: Option<Props>) -> Found {
        let (_, worker) = self.worker(service)?;
        if let (Some(name), Ok(instance)) = (entrypoint, worker.instance())
            && !instance.has_entrypoint(name)
        {
            let message = format!("Worker does not export an entrypoint named \"{name}\"");
            return Err(failed(message));
        }
        Ok(Rc::new(WorkerChannel {
            worker,
            entrypoint: Entrypoint {
                name: entrypoint.map(Into::into),
                props: match props {
                    None => runtime::Props::Empty,
                    Some(Props::Json(json)) => runtime::Props::Json(json.into()),
                    Some(Props::Cloned(bytes)) => runtime::Props::Carried(Carried::plain(bytes)),
                },
                ..Entrypoint::default()
            },
        }))
    }

    fn object(&self, service: &str, class: &str, id: &str) -> Found {
        let (worker, _) = self.worker(service)?;
        let services = self.services()?;
        let mut namespaces = services.graph().namespaces.iter().enumerate();
        let found = namespaces
            .find(|(_, namespace)| namespace.worker == worker && *namespace.class == *class);
        let (number, namespace) = found.ok_or_else(|| {
            failed(format!(
                "Worker does not export a Durable Object class named \"{class}\""
            ))
        })?;
        let id = match &namespace.ids {
            Some(ids) => {
                // Whoever reaches the port is trusted: the id need not prove its namespace.
                let id = ids.unproved(id).ok_or_else(|| {
                    ChannelError::Internal(
                        "Invalid Durable Object ID: expected 64 hex characters (32 bytes)".into(),
                    )
                })?;
                ActorId::Object(id)
            }
            None => ActorId::Text(id.into()),
        };
        Ok(services.objects(NamespaceId(number)).object(id))
    }
}

/// The ways of a loop's Workers to debug ports.
pub struct Ports(pub Weak<Services>);

impl DebugPorts for Ports {
    fn connect(&self, address: &str) -> Rc<dyn workers::debug_port::DebugPort> {
        let address = address.to_owned();
        let connecting = async move {
            let destination = Destination::parse(&address, DefaultPort::NONE);
            let destination = destination.map_err(|error| not_reached(&error))?;
            let connector = Rc::new(Connector::new(None, None));
            let opened = raw::open(connector, &destination, false).await;
            let opened = opened.map_err(|error| not_reached(&error))?;
            Ok(Rc::new(capnp_session::Client::new(opened.io)))
        };
        Rc::new(Far(connecting.boxed_local().shared()))
    }

    fn current(&self) -> Rc<dyn workers::debug_port::DebugPort> {
        Rc::new(Near(Port(self.0.clone())))
    }
}

const LOST: &str = "Network connection lost.";

#[cold]
fn not_reached(error: &dyn std::error::Error) -> ChannelError {
    tracing::info!("a debug port cannot be reached: {error}");
    ChannelError::Disconnected(LOST.into())
}

/// This process.
struct Near(Port);

impl workers::debug_port::DebugPort for Near {
    fn entrypoint(
        &self,
        service: String,
        entrypoint: Option<String>,
        props: Option<Vec<u8>>,
    ) -> Rc<dyn SubrequestChannel> {
        let props = props.map(Props::Cloned);
        found(self.0.entrypoint(&service, entrypoint.as_deref(), props))
    }

    fn object(&self, service: String, class: String, id: String) -> Rc<dyn SubrequestChannel> {
        found(self.0.object(&service, &class, &id))
    }
}

fn found(found: Found) -> Rc<dyn SubrequestChannel> {
    found.unwrap_or_else(|error| Rc::new(Absent(error)))
}

/// What is not there.
struct Absent(ChannelError);

impl SubrequestChannel for Absent {
    fn request(&self, _: Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let error = self.0.clone();
        Box::pin(async move { Err(error) })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(Broken(self.0.clone()))
    }
}

/// Another process.
struct Far(Connecting);

type Connecting = Shared<LocalBoxFuture<'static, Result<Rc<capnp_session::Client>, ChannelError>>>;

/// What is asked of it.
#[derive(Clone)]
enum Asked {
    Entrypoint {
        service: String,
        entrypoint: Option<String>,
        props: Option<Vec<u8>>,
    },
    Object {
        service: String,
        class: String,
        id: String,
    },
}

#[derive(Clone)]
struct FarService {
    connecting: Connecting,
    asked: Rc<Asked>,
}

impl workers::debug_port::DebugPort for Far {
    fn entrypoint(
        &self,
        service: String,
        entrypoint: Option<String>,
        props: Option<Vec<u8>>,
    ) -> Rc<dyn SubrequestChannel> {
        self.ask(Asked::Entrypoint {
            service,
            entrypoint,
            props,
        })
    }

    fn object(&self, service: String, class: String, id: String) -> Rc<dyn SubrequestChannel> {
        self.ask(Asked::Object { service, class, id })
    }
}

impl Far {
    fn ask(&self, asked: Asked) -> Rc<dyn SubrequestChannel> {
        Rc::new(FarService {
            connecting: self.0.clone(),
            asked: Rc::new(asked),
        })
    }
}

impl Connect for FarService {
    async fn connect(self) -> Result<Service, ChannelError> {
        let client = self.connecting.await?;
        Ok(match &*self.asked {
            Asked::Entrypoint {
                service,
                entrypoint,
                props,
            } => client.entrypoint(service, entrypoint.as_deref(), props.as_deref()),
            Asked::Object { service, class, id } => client.object(service, class, id),
        })
    }
}

impl SubrequestChannel for FarService {
    fn request(&self, request: Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let connecting = Connect::connect(self.clone());
        Box::pin(async move { connecting.await?.request(request).await })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(Entrance(self.clone()))
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let connecting = Connect::connect(self.clone());
        Box::pin(async move { connecting.await?.connect(request).await })
    }

    fn scheduled(&self, _: Scheduled) -> EventFuture<ScheduledResult> {
        let connecting = Connect::connect(self.clone());
        Box::pin(async move { Err(connecting.await.err().unwrap_or_else(not_supported)) })
    }

    fn queue(&self, _: QueueBatch) -> EventFuture<QueueResult> {
        let connecting = Connect::connect(self.clone());
        Box::pin(async move { Err(connecting.await.err().unwrap_or_else(not_supported)) })
    }

    fn not_sendable(&self) -> Option<&'static str> {
        Some("WorkerdDebugPort bindings cannot be transferred to other workers")
    }
}
