//! Addresses of the form `loopback:NAME`, for tests: sockets that only this process connects to.

use config::model::{Config, ServiceKind, Text};

const PREFIX: &str = "loopback:";

/// Gives such addresses to sockets that have no place in the file system, under names of this process.
pub fn keep_within(config: &mut Config) {
    let process = std::process::id();
    let keep = |address: &mut Option<Text>| {
        if let Some(name) = address
            .as_deref()
            .and_then(|text| text.strip_prefix(PREFIX))
        {
            *address = Some(format!("unix-abstract:workerd-{process}-{name}").into());
        }
    };
    for socket in &mut config.sockets {
        keep(&mut socket.address);
    }
    for service in &mut config.services {
        if let ServiceKind::External(server) = &mut service.kind {
            keep(&mut server.address);
        }
    }
}
