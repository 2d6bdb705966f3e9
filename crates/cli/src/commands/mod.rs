//! The commands: one file each, with its arguments (`Args`) and its run (`run`).

mod compile;
mod serve;
mod test;
mod unbuilt;

pub use serve::Attached;

use crate::failure::Failure;
use clap::Subcommand;
use std::process::ExitCode;

/// A command with its arguments. Help lists them in this order.
#[derive(Subcommand)]
pub enum Command {
    /// run the server
    #[command(long_about = "Runs the services of a config and listens on its sockets.")]
    Serve(serve::Args),

    /// create a self-contained binary
    #[command(
        long_about = "Reads a config as `serve` does and writes an executable to stdout that has the config and all \
                      that it embeds in it, and serves it without any other file."
    )]
    Compile(compile::Args),

    /// a fuzzing loop
    #[command(hide = true)]
    Fuzzilli(unbuilt::FuzzilliArgs),

    /// run unit tests
    #[command(
        long_about = "Runs the `test()` handlers of the services of a config.",
        after_long_help = test::FILTER_HELP
    )]
    Test(test::Args),

    /// run benchmarks
    Bench(unbuilt::BenchArgs),

    /// Make a Pyodide baseline memory snapshot
    MakePyodideBaselineSnapshot(unbuilt::SnapshotArgs),

    /// publish an application to a cluster
    Deploy(unbuilt::DeployArgs),
}

impl Command {
    /// Runs the command; `verbose` is the option before it.
    pub fn run(self, verbose: bool) -> Result<ExitCode, Failure> {
        match self {
            Command::Serve(args) => serve::run(args, verbose),
            Command::Test(args) => test::run(args),
            Command::Compile(args) => compile::run(args, verbose),
            Command::Bench(_) => Err(unbuilt::refuse("bench")),
            Command::MakePyodideBaselineSnapshot(_) => {
                Err(unbuilt::refuse("make-pyodide-baseline-snapshot"))
            }
            Command::Deploy(args) => Err(unbuilt::refuse_deploy(&args)),
            Command::Fuzzilli(_) => Err(unbuilt::refuse_fuzzilli()),
        }
    }
}
