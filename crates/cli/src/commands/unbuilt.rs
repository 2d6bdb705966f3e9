//! Commands of the real workerd that this one does not have yet. Their arguments are checked as far as their shape
//! goes; then the command is refused by name.

use crate::arguments::{ConfigArgs, NamedValue, named_value};
use crate::failure::Failure;
use clap::{Args, ValueEnum};

/// The error of a command that is not there yet.
pub fn refuse(command: &str) -> Failure {
    Failure::Usage(format!("The {command} command is not supported yet."))
}

/// `deploy` is experimental, which comes first.
pub fn refuse_deploy(args: &DeployArgs) -> Failure {
    if args.experimental {
        return refuse("deploy");
    }
    Failure::Usage("The deploy command is experimental. Pass --experimental to use it.".to_owned())
}

/// The real workerd denies `fuzzilli` in its release builds too, in these words.
pub fn refuse_fuzzilli() -> Failure {
    Failure::Usage("unrecognized subcommand 'fuzzilli'".to_owned())
}

#[derive(Args)]
pub struct BenchArgs {
    #[command(flatten)]
    config: ConfigArgs,

    /// Which benchmarks to run
    #[arg(value_name = "filter")]
    filter: Option<String>,

    /// Give the disk service <name> the directory <path>
    #[arg(short, long = "directory-path", value_name = "name>=<path", value_parser = named_value)]
    directory_path: Vec<NamedValue>,

    /// Permit experimental features, which may change or go away
    #[arg(long)]
    experimental: bool,

    /// Leave out informational messages
    #[arg(long)]
    no_verbose: bool,

    /// Switch on all autogates
    #[arg(long)]
    all_autogates: bool,

    /// The compatibility date of all Workers
    #[arg(long, value_name = "date")]
    compat_date: Option<String>,

    /// Run each case briefly
    #[arg(long)]
    quick: bool,

    /// The form of the report
    #[arg(long, default_value = "text")]
    format: Format,

    /// Write the report to <path>
    #[arg(long, value_name = "path")]
    output: Option<String>,

    /// Run tail Workers too
    #[arg(long)]
    trace: bool,

    /// Leave out the times of startup
    #[arg(long)]
    no_startup: bool,
}

/// Forms of a report of benchmarks.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Args)]
pub struct SnapshotArgs {
    #[arg(value_name = "python-version")]
    python_version: String,

    #[arg(value_name = "output-directory")]
    output_directory: String,

    /// Log informational messages to stderr; useful for debugging
    #[arg(long)]
    verbose: bool,
}

#[derive(Args)]
pub struct DeployArgs {
    /// What to publish
    #[arg(value_name = "project", default_value = ".")]
    project: String,

    /// The constant that holds the config
    #[arg(value_name = "const-name")]
    const_name: Option<String>,

    /// The name of the deployment
    #[arg(long, value_name = "name")]
    name: Option<String>,

    /// Log informational messages to stderr; useful for debugging
    #[arg(long)]
    verbose: bool,

    /// The bucket of the cluster
    #[arg(long, value_name = "url", value_parser = bucket)]
    bucket: String,

    /// The endpoint of an s3:// bucket
    #[arg(long, value_name = "url")]
    endpoint: Option<String>,

    /// The region of an s3:// bucket
    #[arg(long, value_name = "region")]
    region: Option<String>,

    /// Search <dir> for imports that start with '/'
    #[arg(short = 'I', long = "import-path", value_name = "dir")]
    import_paths: Vec<String>,

    /// Read the project as an encoded config
    #[arg(short, long)]
    binary: bool,

    /// Permit experimental features, which may change or go away
    #[arg(long)]
    experimental: bool,
}

fn bucket(text: &str) -> Result<String, &'static str> {
    let path = text
        .strip_prefix("s3://")
        .or_else(|| text.strip_prefix("gs://"));
    match path {
        Some(path) if !path.is_empty() && !path.starts_with('/') => Ok(text.to_owned()),
        _ => Err("expected s3://<bucket>[/<prefix>] or gs://<bucket>[/<prefix>]"),
    }
}

#[derive(Args)]
pub struct FuzzilliArgs {
    #[command(flatten)]
    config: ConfigArgs,
}
