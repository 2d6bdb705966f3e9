//! Parts of a valid config that this program cannot run yet. The only list of them; it may only shrink.
//!
//! Kept apart from validation, which knows nothing of what is built. A part that is defined but that nothing uses is
//! no obstacle: a service that no binding and no socket refers to, the implicit `internet` among them.

use crate::links;
use crate::model::*;
use crate::problem::{Problem, Stage};

/// What cannot be run, each named with its place.
pub fn unsupported(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, service) in config.services.iter().enumerate() {
        if let ServiceKind::Worker(worker) = &service.kind {
            for what in worker_parts(worker) {
                let message = format!("{what} not implemented yet.");
                problems.push(Problem::of_service(
                    Stage::Service(index),
                    &service.name,
                    message,
                ));
            }
        }
    }
    for reference in links::references(config) {
        if reference.referrer.ends_with("globalOutbound")
            || reference.referrer.ends_with("cacheApiOutbound")
        {
            continue;
        }
        if let Some(kind) = missing_service_kind(config, &reference.designator.name) {
            let message = format!(
                "{} refers to service \"{}\", but {kind} services are not implemented yet.",
                reference.referrer, reference.designator.name
            );
            problems.push(Problem::new(reference.stage, message));
        }
    }
    if config.cluster.is_some() {
        problems.push(Problem::new(
            Stage::Process,
            "Cluster mode is not implemented yet.",
        ));
    }
    problems.sort_by_key(|problem| problem.stage);
    problems
}

/// The kind of a service that cannot be run.
fn missing_service_kind(config: &Config, name: &str) -> Option<&'static str> {
    match config.service(name).map(|service| &service.kind) {
        Some(ServiceKind::Bucket(_)) => Some("bucket"),
        Some(ServiceKind::Assets(_)) => Some("assets"),
        _ => None,
    }
}

/// What a Worker uses that cannot be run, each as a subject with its verb.
fn worker_parts(worker: &Worker) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |used: bool, what: &str| {
        if used {
            parts.push(what.to_owned());
        }
    };
    part(
        matches!(worker.source, WorkerSource::Inherit(_)),
        "inherit is",
    );
    let mut namespaces = worker.durable_object_namespaces.iter();
    part(
        namespaces.any(|namespace| namespace.container.is_some()),
        "Containers of Durable Objects are",
    );
    // One that nothing uses is no obstacle either: the containers themselves are refused.
    part(
        matches!(worker.container_engine, ContainerEngine::Unknown(_)),
        "containerEngine is",
    );
    part(worker.access_blob_header.is_some(), "accessBlobHeader is");
    part(
        worker.access_binding_service.is_some(),
        "accessBindingService is",
    );
    part(worker.workflows_engine.is_some(), "workflowsEngine is");
    if let WorkerSource::Modules(modules) = &worker.source {
        for module in modules {
            if let Some(kind) = missing_module_kind(&module.content) {
                parts.push(format!("Module \"{}\": {kind} modules are", module.name));
            }
        }
    }
    for binding in links::flatten(&worker.bindings) {
        if let Some(kind) = missing_binding_kind(&binding.value) {
            parts.push(format!("Binding \"{}\": {kind} bindings are", binding.name));
        }
    }
    parts
}

fn missing_module_kind(content: &ModuleContent) -> Option<&'static str> {
    match content {
        ModuleContent::Python(_) => Some("Python"),
        ModuleContent::Bundled(_) => Some("bundled"),
        ModuleContent::Obsolete
        | ModuleContent::ObsoletePythonRequirement
        | ModuleContent::Unknown(_) => Some("obsolete"),
        _ => None,
    }
}

fn missing_binding_kind(value: &BindingValue) -> Option<&'static str> {
    match value {
        BindingValue::Parameter => Some("parameter"),
        _ => None,
    }
}
