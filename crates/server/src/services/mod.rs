//! The services that are no Workers, one file per kind.
//!
//! | module | what |
//! | --- | --- |
//! | [`external`] | one fixed server |
//! | [`network`] | servers by host name, within the limits of a filter |
//! | [`outgoing`] | a Worker's request as a server reads it, and its response |
//! | [`missing`] | kinds that this build does not have |

pub mod external;
pub mod missing;
pub mod network;
mod outgoing;

use std::rc::Rc;
use std::sync::Arc;

use config::model::{Config, Network, ServiceKind};
use io::SubrequestChannel;

/// A service that is no Worker, as all loops share it.
#[derive(Debug, Clone)]
pub enum Service {
    External(Arc<external::External>),
    Network(Arc<network::NetworkRules>),
    Missing(Arc<str>),
}

impl Service {
    /// The service of that name; a mistake in it is validation's to tell.
    pub fn of_config(config: &Config, name: &str) -> Self {
        let opened = match config.service(name).map(|service| &service.kind) {
            None if name == "internet" => network::NetworkRules::new(&Network::internet())
                .map(|rules| Self::Network(rules.into())),
            Some(ServiceKind::Network(network)) => {
                network::NetworkRules::new(network).map(|rules| Self::Network(rules.into()))
            }
            Some(ServiceKind::External(server)) => {
                external::External::new(server).map(|server| Self::External(server.into()))
            }
            _ => Err(format!(
                "Service \"{name}\" is of a kind that is not implemented yet."
            )),
        };
        opened.unwrap_or_else(|text| Self::Missing(text.into()))
    }

    /// The service on the current loop.
    pub fn open(&self) -> Rc<dyn SubrequestChannel> {
        match self {
            Self::External(server) => external::ExternalService::open(server.clone()),
            Self::Network(rules) => Rc::new(network::NetworkService::open(rules)),
            Self::Missing(text) => Rc::new(missing::MissingService(text.clone())),
        }
    }
}
