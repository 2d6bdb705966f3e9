//! Services.

use super::{Result, designator, http, optional, optional_designator, text, texts, tls, worker};
use crate::model::*;
use capnp_text::StructReader;

pub(super) fn service(service: StructReader<'_>) -> Result<Service> {
    let kind = match service.which() {
        Ok("worker") => {
            ServiceKind::Worker(Box::new(worker::worker(service.structure("worker")?)?))
        }
        Ok("network") => ServiceKind::Network(network(service)?),
        Ok("external") => ServiceKind::External(external(service)?),
        Ok("disk") => ServiceKind::Disk(disk(service)?),
        Ok("bucket") => ServiceKind::Bucket(ClusterBucket {
            path: match service.structure("bucket")? {
                Some(bucket) => text(bucket, "path")?,
                None => Text::default(),
            },
        }),
        Ok("assets") => ServiceKind::Assets(assets(service)?),
        Ok(_) => ServiceKind::Unspecified,
        Err(tag) => ServiceKind::Unknown(tag),
    };
    Ok(Service {
        name: text(service, "name")?,
        kind,
    })
}

fn network(service: StructReader<'_>) -> Result<Network> {
    match service.structure("network")? {
        Some(network) => Ok(Network {
            allow: texts(network, "allow")?,
            deny: texts(network, "deny")?,
            tls: tls(network, "tlsOptions")?,
        }),
        None => Ok(Network {
            tls: None,
            ..Network::internet()
        }),
    }
}

fn external(service: StructReader<'_>) -> Result<ExternalServer> {
    let Some(server) = service.structure("external")? else {
        return Ok(ExternalServer {
            address: None,
            protocol: ExternalProtocol::Http(HttpOptions::default()),
        });
    };
    let protocol = match server.which() {
        Ok("http") => ExternalProtocol::Http(http(server, "http")?),
        Ok("https") => {
            let group = server.group("https")?;
            ExternalProtocol::Https {
                options: http(group, "options")?,
                tls: tls(group, "tlsOptions")?,
                certificate_host: optional(group, "certificateHost")?,
            }
        }
        Ok(_) => {
            let group = server.group("tcp")?;
            ExternalProtocol::Tcp {
                tls: tls(group, "tlsOptions")?,
                certificate_host: optional(group, "certificateHost")?,
            }
        }
        Err(tag) => ExternalProtocol::Unknown(tag),
    };
    Ok(ExternalServer {
        address: optional(server, "address")?,
        protocol,
    })
}

fn disk(service: StructReader<'_>) -> Result<DiskDirectory> {
    let Some(disk) = service.structure("disk")? else {
        return Ok(DiskDirectory::default());
    };
    Ok(DiskDirectory {
        path: optional(disk, "path")?,
        writable: disk.bool("writable")?,
        allow_dotfiles: disk.bool("allowDotfiles")?,
    })
}

fn assets(service: StructReader<'_>) -> Result<AssetsService> {
    let Some(assets) = service.structure("assets")? else {
        return Ok(AssetsService::default());
    };
    Ok(AssetsService {
        path: text(assets, "path")?,
        config: optional(assets, "config")?,
        user_worker: optional_designator(assets, "userWorker")?,
        compatibility_date: optional(assets, "compatibilityDate")?,
        compatibility_flags: texts(assets, "compatibilityFlags")?,
    })
}

pub(super) fn workflows(engine: StructReader<'_>) -> Result<WorkflowsEngine> {
    let workflow = |workflow: StructReader<'_>| {
        Ok(Workflow {
            class_name: text(workflow, "className")?,
            name: text(workflow, "name")?,
            binding_service: designator(workflow, "bindingService")?,
        })
    };
    Ok(WorkflowsEngine {
        actor_class: designator(engine, "actorClass")?,
        workflows: super::structs(engine.list("workflows")?, workflow)?,
    })
}
