//! Groups of options that commands share, and the parsers of their values.

use crate::failure::Failure;
use clap::Args;
use config::Overrides;
use config::model::Text;
use server::Limits;
use std::num::NonZeroUsize;
use std::os::fd::RawFd;
use std::time::Duration;

/// Which config, and how to read it.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// The config: a Cap'n Proto text file, or an encoded message with --binary
    #[arg(value_name = "config-file")]
    pub config_file: String,

    /// Search <dir> for imports of the config that start with '/'; may be given several times
    #[arg(short = 'I', long = "import-path", value_name = "dir")]
    pub import_paths: Vec<String>,

    /// Log informational messages to stderr; useful for debugging
    #[arg(long)]
    pub verbose: bool,

    /// Read the config as an encoded Cap'n Proto message; '-' stands for stdin
    #[arg(short, long)]
    pub binary: bool,
}

/// What every command that runs Workers takes.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Give the disk service <name> the directory <path>
    #[arg(short, long = "directory-path", value_name = "name>=<path", value_parser = named_value)]
    pub directory_path: Vec<NamedValue>,

    /// Give the external service <name> the address <addr>
    #[arg(short, long = "external-addr", value_name = "name>=<addr", value_parser = named_value)]
    pub external_addr: Vec<NamedValue>,

    /// Permit experimental features, which may change or go away
    #[arg(long)]
    pub experimental: bool,

    /// Start over when the config, a file that it imports or embeds, or the program changes
    #[arg(short, long)]
    pub watch: bool,

    #[command(flatten)]
    pub limits: LimitArgs,

    #[command(flatten)]
    pub unbuilt: UnbuiltArgs,
}

impl RunArgs {
    /// The replacements in the config that these options ask for.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            external_addresses: pairs(&self.external_addr),
            directory_paths: pairs(&self.directory_path),
            ..Overrides::default()
        }
    }
}

/// Limits of each isolate. The real workerd has none.
#[derive(Args, Debug)]
pub struct LimitArgs {
    /// Stop a Worker whose heap grows past <mib> MiB; 0 for V8's own limit, which tests have by default, instead of 128
    #[arg(long, value_name = "mib")]
    heap_limit_mib: Option<usize>,

    /// Stop guest code that runs for <ms> milliseconds without returning to the event loop; 0 for no limit
    #[arg(long, value_name = "ms", default_value = "30000")]
    cpu_limit_ms: u64,
}

impl LimitArgs {
    /// The limits for a command with this limit for heaps where nobody says otherwise.
    pub fn limits(&self, heap_mib: Option<NonZeroUsize>) -> Limits {
        Limits {
            heap_mib: match self.heap_limit_mib {
                Some(mib) => NonZeroUsize::new(mib),
                None => heap_mib,
            },
            cpu: (self.cpu_limit_ms > 0).then(|| Duration::from_millis(self.cpu_limit_ms)),
        }
    }
}

/// Options that the real workerd has and this one does not have yet: they are understood, and refused by name.
#[derive(Args, Debug)]
pub struct UnbuiltArgs {
    /// Perfetto trace (not supported yet)
    #[arg(long, value_name = "path>=<categories", value_parser = named_value)]
    perfetto_trace: Option<NamedValue>,

    /// Trace of async activity (not supported yet)
    #[arg(long, value_name = "path")]
    async_trace: Option<String>,

    /// Stacks in traces of async activity (not supported yet)
    #[arg(long, value_name = "frames")]
    async_trace_stacks: Option<u32>,

    /// Promises in traces of async activity (not supported yet)
    #[arg(long)]
    async_trace_promises: bool,

    /// Cache of Python packages (not supported yet)
    #[arg(long, value_name = "path")]
    pyodide_package_disk_cache_dir: Option<String>,

    /// Cache of Pyodide bundles (not supported yet)
    #[arg(long, value_name = "path")]
    pyodide_bundle_disk_cache_dir: Option<String>,

    /// Python snapshots (not supported yet)
    #[arg(long)]
    python_save_snapshot: bool,

    /// Python snapshots (not supported yet)
    #[arg(long)]
    python_save_baseline_snapshot: bool,

    /// Python snapshots (not supported yet)
    #[arg(long, value_name = "path")]
    python_load_snapshot: Option<String>,

    /// Python snapshots (not supported yet)
    #[arg(long, value_name = "path")]
    python_snapshot_dir: Option<String>,
}

impl UnbuiltArgs {
    /// Fails when one of these options is there.
    pub fn refuse(&self) -> Result<(), Failure> {
        refuse_used(&[
            ("--perfetto-trace", self.perfetto_trace.is_some()),
            ("--async-trace", self.async_trace.is_some()),
            ("--async-trace-stacks", self.async_trace_stacks.is_some()),
            ("--async-trace-promises", self.async_trace_promises),
            (
                "--pyodide-package-disk-cache-dir",
                self.pyodide_package_disk_cache_dir.is_some(),
            ),
            (
                "--pyodide-bundle-disk-cache-dir",
                self.pyodide_bundle_disk_cache_dir.is_some(),
            ),
            ("--python-save-snapshot", self.python_save_snapshot),
            (
                "--python-save-baseline-snapshot",
                self.python_save_baseline_snapshot,
            ),
            (
                "--python-load-snapshot",
                self.python_load_snapshot.is_some(),
            ),
            ("--python-snapshot-dir", self.python_snapshot_dir.is_some()),
        ])
    }
}

/// Fails with the first option that is used.
pub fn refuse_used(options: &[(&str, bool)]) -> Result<(), Failure> {
    match options.iter().find(|(_, used)| *used) {
        Some((name, _)) => Err(Failure::Usage(format!("{name} is not supported yet."))),
        None => Ok(()),
    }
}

/// A value of the form `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    pub name: Text,
    pub value: Text,
}

/// A socket and the descriptor that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDescriptor {
    pub name: Text,
    pub number: RawFd,
}

/// Splits at the first `=`.
pub fn named_value(text: &str) -> Result<NamedValue, String> {
    let (name, value) = text.split_once('=').ok_or("Expected <name>=<value>")?;
    Ok(NamedValue {
        name: name.into(),
        value: value.into(),
    })
}

pub fn named_descriptor(text: &str) -> Result<NamedDescriptor, String> {
    let NamedValue { name, value } = named_value(text)?;
    let number =
        number(&value).ok_or("Socket value must be a file descriptor (non-negative integer).")?;
    Ok(NamedDescriptor { name, number })
}

pub fn descriptor(text: &str) -> Result<RawFd, String> {
    number(text)
        .ok_or_else(|| "Output value must be a file descriptor (non-negative integer).".to_owned())
}

/// The pairs as the overrides of a config want them.
pub fn pairs(values: &[NamedValue]) -> Vec<(Text, Text)> {
    values
        .iter()
        .map(|pair| (pair.name.clone(), pair.value.clone()))
        .collect()
}

fn number(text: &str) -> Option<RawFd> {
    text.parse().ok().filter(|number| *number >= 0)
}
