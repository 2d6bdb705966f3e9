//! What the command line replaces in a config.

use crate::model::{Config, ServiceKind, Text};
use crate::problem::{Problem, Stage};

/// Replacements, as pairs of a name and a value.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--socket-addr`.
    pub socket_addresses: Vec<(Text, Text)>,
    /// Names of sockets that get an open descriptor by `--socket-fd`, and so need no address.
    pub socket_descriptors: Vec<Text>,
    /// `--external-addr`.
    pub external_addresses: Vec<(Text, Text)>,
    /// `--directory-path`.
    pub directory_paths: Vec<(Text, Text)>,
}

impl Overrides {
    /// Puts the replacements into the config. An override that matches nothing is a problem.
    pub fn apply(&self, config: &mut Config) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, address) in &self.socket_addresses {
            match config
                .sockets
                .iter_mut()
                .find(|socket| socket.name == *name)
            {
                Some(socket) => socket.address = Some(address.clone()),
                None => problems.push(unmatched("socket", name)),
            }
        }
        for name in &self.socket_descriptors {
            if !config.sockets.iter().any(|socket| socket.name == *name) {
                problems.push(unmatched("socket", name));
            }
        }
        for (name, address) in &self.external_addresses {
            let found = config
                .services
                .iter_mut()
                .find_map(|service| match &mut service.kind {
                    ServiceKind::External(server) if service.name == *name => {
                        Some(&mut server.address)
                    }
                    _ => None,
                });
            match found {
                Some(place) => *place = Some(address.clone()),
                None => problems.push(unmatched("external service", name)),
            }
        }
        for (name, path) in &self.directory_paths {
            let found = config
                .services
                .iter_mut()
                .find_map(|service| match &mut service.kind {
                    ServiceKind::Disk(disk) if service.name == *name => Some(&mut disk.path),
                    _ => None,
                });
            match found {
                Some(place) => *place = Some(path.clone()),
                None => problems.push(unmatched("disk service", name)),
            }
        }
        problems
    }
}

fn unmatched(kind: &str, name: &str) -> Problem {
    Problem::new(
        Stage::Overrides,
        format!(
            "Config did not define any {kind} named \"{name}\" to match the override provided on the command line."
        ),
    )
}
