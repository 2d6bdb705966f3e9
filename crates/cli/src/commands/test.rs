//! `workerd test`.

use crate::arguments::{ConfigArgs, NamedValue, RunArgs, named_value, pairs, refuse_used};
use crate::failure::Failure;
use crate::{log, sources};
use config::Config;
use config::model::ServiceKind;
use server::{TestFilter, TestOptions};
use std::num::NonZeroUsize;
use std::process::ExitCode;

/// The directory that test drivers pass to every config, whether it has such a service or not.
const TEST_DIRECTORY: &str = "TEST_TMPDIR";

/// The end of the help.
pub const FILTER_HELP: &str = "\
A filter is SERVICE, SERVICE:ENTRYPOINT or CONSTANT:SERVICE:ENTRYPOINT. The names of services and entrypoints may be
globs; what is left out matches everything. CONSTANT chooses the config when the file has several.

A test is an exported handler, and passes when it returns without an exception:

    export default {
      async test(controller, env, ctx) {
        if ((await env.SERVICE.fetch('http://example')).status !== 200) throw new Error('refused');
      },
    };";

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,

    /// Which tests to run
    #[arg(value_name = "filter", value_parser = filter)]
    filter: Option<Filter>,

    #[command(flatten)]
    run: RunArgs,

    /// Leave out informational messages, which tests show by default
    #[arg(long)]
    no_verbose: bool,

    /// Use fixed values in place of randomness and time
    #[arg(long)]
    predictable: bool,

    /// Collect all garbage at each awaited I/O; very slow
    #[arg(long)]
    gc_stress: bool,

    /// Switch on all autogates
    #[arg(long)]
    all_autogates: bool,

    /// Run <n> event loops: tests run on one, Durable Objects live on all
    #[arg(long, value_name = "n", default_value = "1")]
    threads: NonZeroUsize,

    /// The compatibility date of all Workers, which then must not have one
    #[arg(long, value_name = "date")]
    compat_date: Option<String>,

    /// Inspector address (not supported yet)
    #[arg(short, long, value_name = "addr")]
    inspector_addr: Option<String>,

    /// Give the socket <name> the address <addr>
    #[arg(short, long, value_name = "name>=<addr", value_parser = named_value)]
    socket_addr: Vec<NamedValue>,
}

/// What `[filter]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filter {
    constant: Option<String>,
    tests: TestFilter,
}

/// Runs the tests.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    log::start(!args.no_verbose);
    args.run.unbuilt.refuse()?;
    refuse_used(&[
        ("--inspector-addr", args.inspector_addr.is_some()),
        ("--watch", args.run.watch),
    ])?;
    let (constant, tests) = match args.filter {
        Some(filter) => (filter.constant, filter.tests),
        None => (None, TestFilter::default()),
    };
    let config = sources::load(&args.config, constant.as_deref(), None)?;
    log::set_structured(config.wants_structured_logs());

    let mut overrides = args.run.overrides();
    overrides.socket_addresses = pairs(&args.socket_addr);
    overrides
        .directory_paths
        .retain(|(name, _)| **name != *TEST_DIRECTORY || has_disk(&config, name));
    server::test(TestOptions {
        config,
        overrides,
        experimental: args.run.experimental,
        filter: tests,
        compat_date: args.compat_date,
        predictable: args.predictable,
        gc_stress: args.gc_stress,
        all_autogates: args.all_autogates,
        threads: args.threads,
        limits: args.run.limits.limits(None),
    })
    .map_err(Failure::Run)
}

fn has_disk(config: &Config, name: &str) -> bool {
    matches!(
        config.service(name).map(|service| &service.kind),
        Some(ServiceKind::Disk(_))
    )
}

/// Parses `SERVICE`, `SERVICE:ENTRYPOINT` or `CONSTANT:SERVICE:ENTRYPOINT`.
fn filter(text: &str) -> Result<Filter, &'static str> {
    let parts: Vec<&str> = text.split(':').collect();
    let (constant, service, entrypoint) = match *parts.as_slice() {
        [service] => (None, service, "*"),
        [service, entrypoint] => (None, service, entrypoint),
        [constant, service, entrypoint] => (Some(constant), service, entrypoint),
        _ => return Err("Too many colons."),
    };
    Ok(Filter {
        constant: constant.map(str::to_owned),
        tests: TestFilter {
            service: service.to_owned(),
            entrypoint: entrypoint.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn a_filter_of_one_part_names_a_service() {
        let parsed = filter("main").unwrap();
        assert_eq!(parsed.constant, None);
        assert_eq!(parsed.tests.service, "main");
        assert_eq!(parsed.tests.entrypoint, "*");
    }

    #[test]
    fn a_filter_of_three_parts_begins_with_the_constant() {
        let parsed = filter("c:m:e").unwrap();
        assert_eq!(parsed.constant.as_deref(), Some("c"));
        assert_eq!(parsed.tests.service, "m");
        assert_eq!(parsed.tests.entrypoint, "e");
    }

    #[test]
    fn more_colons_are_an_error() {
        assert_eq!(filter("a:b:c:d"), Err("Too many colons."));
    }
}
