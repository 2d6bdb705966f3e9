//! How an error ends the process.

use crate::log;
use clap::error::ErrorKind;
use config::LoadError;
use std::process::ExitCode;

/// Why a command ends with exit status 1.
#[derive(Debug)]
pub enum Failure {
    /// About the arguments, or about a file that they name: shown in clap's frame.
    Usage(String),
    /// Mistakes in the text of a config, shown as they are, one a line.
    Text(Vec<String>),
    /// Mistakes in the content of a config, or a run that failed: one a line, in the form of the log.
    Run(Vec<String>),
}

impl Failure {
    /// Shows the failure on stderr.
    pub fn report(self, mut command: clap::Command) -> ExitCode {
        match self {
            Failure::Usage(message) => {
                // As in `main`: a closed stderr leaves nothing to do.
                let _ = command.error(ErrorKind::ValueValidation, message).print();
            }
            Failure::Text(messages) => show_text(&messages),
            Failure::Run(messages) => show_run(&messages),
        }
        ExitCode::FAILURE
    }

    /// Shows a failure that a change of the config may mend; one about the arguments is given back.
    pub fn outlive(self) -> Result<(), Failure> {
        match self {
            Failure::Usage(_) => return Err(self),
            Failure::Text(messages) => show_text(&messages),
            Failure::Run(messages) => show_run(&messages),
        }
        Ok(())
    }
}

fn show_text(messages: &[String]) {
    messages.iter().for_each(|line| log::plain(line));
}

fn show_run(messages: &[String]) {
    messages.iter().for_each(|line| log::fatal(line));
}

impl From<Vec<LoadError>> for Failure {
    /// A file that cannot be used at all is the only error there is.
    fn from(errors: Vec<LoadError>) -> Self {
        match errors.as_slice() {
            [unusable @ LoadError::Unusable { .. }] => Failure::Usage(unusable.to_string()),
            all => Failure::Text(all.iter().map(ToString::to_string).collect()),
        }
    }
}
