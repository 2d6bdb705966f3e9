//! The services that are no Workers, one file per kind.
//!
//! | module | what |
//! | --- | --- |
//! | [`external`] | one fixed server |
//! | [`disk`] | a directory |
//! | [`network`] | servers by host name, within the limits of a filter |
//! | [`outgoing`] | a Worker's request as a server reads it, and its response |
//! | [`raw`] | connections that do not speak HTTP |
//! | [`missing`] | kinds that this build does not have |

pub mod disk;
pub mod external;
pub mod missing;
pub mod network;
mod outgoing;
pub mod raw;

use std::rc::Rc;
use std::sync::Arc;

use config::model::{self, ServiceKind};
use io::SubrequestChannel;

/// A service that is no Worker, as all loops share it.
#[derive(Debug, Clone)]
pub enum Service {
    Disk(Arc<disk::Disk>),
    External(Arc<external::External>),
    Network(Arc<network::NetworkRules>),
    Missing(Arc<str>),
}

impl Default for Service {
    fn default() -> Self {
        Self::Missing("This service does not exist.".into())
    }
}

impl Service {
    /// # Errors
    /// What is wrong with its part of the config.
    pub fn new(service: &model::Service) -> Result<Self, String> {
        Ok(match &service.kind {
            ServiceKind::Network(network) => {
                Self::Network(Arc::new(network::NetworkRules::new(network)?))
            }
            ServiceKind::External(server) => {
                Self::External(Arc::new(external::External::new(server)?))
            }
            ServiceKind::Disk(directory) => {
                Self::Disk(Arc::new(disk::Disk::new(&service.name, directory)?))
            }
            _ => {
                let name = &service.name;
                let text = format!("Service \"{name}\" is of a kind that is not implemented yet.");
                Self::Missing(text.into())
            }
        })
    }

    /// The service on the current loop.
    pub fn open(&self) -> Rc<dyn SubrequestChannel> {
        match self {
            Self::Disk(disk) => Rc::new(disk::DiskService(disk.clone())),
            Self::External(server) => external::ExternalService::open(server.clone()),
            Self::Network(rules) => Rc::new(network::NetworkService::open(rules)),
            Self::Missing(text) => Rc::new(missing::MissingService(text.clone())),
        }
    }
}
