//! The `workerd` binary.
//!
//! | module | what |
//! | --- | --- |
//! | [`commands`] | one file per command: its arguments and its run |
//! | [`arguments`] | groups of options that commands share, and the parsers of their values |
//! | [`attached`] | the config that `compile` attaches to a copy of the program |
//! | [`sources`] | reading the config that the arguments name |
//! | [`descriptors`] | taking over descriptors that the parent process opened |
//! | [`failure`] | how an error ends the process: its frame and its exit status |
//! | [`watch`] | starting over when files change |
//! | [`log`] | log lines on the way to stderr or stdout |
//!
//! Invariants:
//! 1. Exit status 0 is for what was asked for, 1 for every error; no other status is used.
//! 2. Mistakes of the command line and of files are shown in the frame of clap, mistakes in the content of a config
//!    are not.

#![forbid(unsafe_code)]

mod arguments;
mod attached;
mod commands;
mod descriptors;
mod failure;
mod log;
mod sources;
mod watch;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use std::process::ExitCode;
use std::sync::Arc;

/// Every allocation goes through it: on Linux the feature `override` also puts it in the place of C's and C++'s, for which V8
/// would bring its own, without a cache for each thread. `no_thp` keeps it from asking for huge pages, which a request's
/// few objects would have the kernel clear as a whole.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "workerd",
    about = "Runs the Workers JavaScript/Wasm runtime",
    version = compat::VERSION_DATE,
    propagate_version = true,
    arg_required_else_help = true,
    args_override_self = true
)]
struct CommandLine {
    /// Log informational messages to stderr; useful for debugging
    #[arg(long)]
    verbose: bool,

    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    match attached::config() {
        Ok(None) => {}
        Ok(Some(config)) => return serve_attached(config),
        Err(error) => {
            log::fatal(&format!(
                "The config of this program cannot be read: {error}"
            ));
            return ExitCode::FAILURE;
        }
    }
    let parsed = command()
        .try_get_matches()
        .and_then(|matches| CommandLine::from_arg_matches(&matches));
    let line = match parsed {
        Ok(line) => line,
        Err(error) => return answer(&error),
    };
    match line.command.run(line.verbose) {
        Ok(status) => status,
        Err(failure) => failure.report(command()),
    }
}

/// What a program with a config of its own does.
fn serve_attached(config: Arc<[u8]>) -> ExitCode {
    let parsed = commands::Attached::command()
        .try_get_matches()
        .and_then(|matches| commands::Attached::from_arg_matches(&matches));
    match parsed.map(|attached| attached.run(config)) {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => failure.report(commands::Attached::command()),
        Err(said) => answer(&said),
    }
}

/// The command line for clap. Each command gives the version under the name of the program alone.
fn command() -> clap::Command {
    CommandLine::command().mut_subcommands(|command| command.display_name("workerd"))
}

/// Prints what clap has to say: help, the version, or an error of the arguments.
fn answer(said: &clap::Error) -> ExitCode {
    // Nobody is left to tell when the stream is closed.
    let _ = said.print();
    match said.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
