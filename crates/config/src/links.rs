//! References between services: who refers to whom, and whether that can be.

use crate::model::*;
use crate::problem::{Problem, Stage};
use crate::validate::newer;

/// A reference to a service, with its place in words.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    pub stage: Stage,
    /// Who refers, as messages begin: `Worker "a"'s binding "B"`, `Socket "http"`.
    pub referrer: String,
    pub designator: &'a ServiceDesignator,
}

/// All references of a config that are resolved once every service exists, in the order of their resolution.
pub fn references(config: &Config) -> Vec<Reference<'_>> {
    let mut all = Vec::new();
    for (index, service) in config.services.iter().enumerate() {
        if let ServiceKind::Worker(worker) = &service.kind {
            worker_references(&service.name, worker, Stage::Links(index), &mut all);
        }
        if let ServiceKind::Assets(AssetsService {
            user_worker: Some(designator),
            ..
        }) = &service.kind
        {
            all.push(Reference {
                stage: Stage::Links(index),
                referrer: format!("Assets service \"{}\"'s userWorker", service.name),
                designator,
            });
        }
    }
    for socket in &config.sockets {
        all.push(Reference {
            stage: Stage::SocketLinks,
            referrer: format!("Socket \"{}\"", socket.name),
            designator: &socket.service,
        });
    }
    all
}

fn worker_references<'a>(
    name: &str,
    worker: &'a Worker,
    stage: Stage,
    all: &mut Vec<Reference<'a>>,
) {
    let mut add = |what: String, designator: &'a ServiceDesignator| {
        all.push(Reference {
            stage,
            referrer: format!("Worker \"{name}\"'s {what}"),
            designator,
        });
    };
    add("globalOutbound".to_owned(), &worker.global_outbound);
    for binding in flatten(&worker.bindings) {
        if let Some(designator) = binding_designator(&binding.value) {
            add(format!("binding \"{}\"", binding.name), designator);
        }
    }
    for workflow in worker
        .workflows_engine
        .iter()
        .flat_map(|engine| &engine.workflows)
    {
        add(
            format!("Workflow \"{}\"'s bindingService", workflow.name),
            &workflow.binding_service,
        );
    }
    if let Some(designator) = &worker.access_binding_service {
        add("accessBindingService".to_owned(), designator);
    }
    if let Some(designator) = &worker.cache_api_outbound {
        add("cacheApiOutbound".to_owned(), designator);
    }
    for designator in &worker.tails {
        add("tails".to_owned(), designator);
    }
    for designator in &worker.streaming_tails {
        add("streaming tails".to_owned(), designator);
    }
}

/// Bindings with those inside wrapped ones, which stand where the wrapped one does.
pub(crate) fn flatten(bindings: &[Binding]) -> Vec<&Binding> {
    let mut flat = Vec::new();
    for binding in bindings {
        match &binding.value {
            BindingValue::Wrapped(wrapped) => flat.extend(flatten(&wrapped.inner_bindings)),
            _ => flat.push(binding),
        }
    }
    flat
}

/// The service that a binding of a channel kind leads to. Experimental kinds are refused before they are resolved.
fn binding_designator(value: &BindingValue) -> Option<&ServiceDesignator> {
    match value {
        BindingValue::Service(designator)
        | BindingValue::KvNamespace(designator)
        | BindingValue::R2Bucket(designator)
        | BindingValue::Queue(designator)
        | BindingValue::AnalyticsEngine(designator) => Some(designator),
        BindingValue::Hyperdrive(hyperdrive) => Some(&hyperdrive.designator),
        _ => None,
    }
}

/// What is wrong with a reference, without a look at the target's code.
pub(crate) fn check(config: &Config, reference: &Reference<'_>) -> Option<Problem> {
    let Reference {
        stage,
        referrer,
        designator,
    } = reference;
    let name = &designator.name;
    let message = match config.service(name).map(|service| &service.kind) {
        None if &**name != "internet" => {
            format!("{referrer} refers to a service \"{name}\", but no such service is defined.")
        }
        Some(_) | None if matches!(designator.props, Props::Unknown(_)) => {
            newer(&format!("{referrer} has unrecognized props type."))
        }
        Some(ServiceKind::Worker(_)) => return None,
        _ => match (&designator.entrypoint, &designator.props) {
            (Some(entrypoint), _) => format!(
                "{referrer} refers to service \"{name}\" with a named entrypoint \"{entrypoint}\", but \"{name}\" is \
                 not a Worker, so does not have any named entrypoints."
            ),
            (None, Props::Json(_)) => format!(
                "{referrer} refers to service \"{name}\" and provides a `props` value, but \"{name}\" is not a \
                 Worker, so cannot accept `props`"
            ),
            _ => return None,
        },
    };
    Some(Problem::new(*stage, message))
}

impl Reference<'_> {
    /// The problem of a named entrypoint that the target Worker does not export.
    pub fn no_such_entrypoint(&self, entrypoint: &str) -> Problem {
        let name = &self.designator.name;
        Problem::new(
            self.stage,
            format!(
                "{} refers to service \"{name}\" with a named entrypoint \"{entrypoint}\", but \"{name}\" has no such \
                 named entrypoint.",
                self.referrer
            ),
        )
    }
}
