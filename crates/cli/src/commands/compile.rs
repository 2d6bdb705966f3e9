//! `workerd compile`: a config and what it embeds as one executable, or as one encoded message.

use crate::arguments::ConfigArgs;
use crate::failure::Failure;
use crate::{attached, log, sources};
use std::fs::{File, Permissions};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,

    /// The constant that holds the config; needed only when there are several
    #[arg(value_name = "const-name")]
    const_name: Option<String>,

    /// Write the encoded config alone, which `serve --binary` reads
    #[arg(long)]
    config_only: bool,
}

/// Writes the executable, or the message, to stdout. `verbose` is the option before the command.
pub fn run(args: Args, verbose: bool) -> Result<ExitCode, Failure> {
    log::start(verbose || args.config.verbose);
    let message = sources::encoded(&args.config, args.const_name.as_deref())?;
    if io::stdout().is_terminal() {
        return Err(Failure::Text(vec![
            "Refusing to write binary to the terminal. Please use `>` to send the output to a file."
                .to_owned(),
        ]));
    }
    write(&message, args.config_only)
        .map_err(|error| Failure::Run(vec![format!("stdout: {error}")]))?;
    Ok(ExitCode::SUCCESS)
}

fn write(message: &[u8], config_only: bool) -> io::Result<()> {
    // Past the line buffer of `Stdout`, and so that the system may copy the program by itself.
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    if config_only {
        return out.write_all(message);
    }
    let before = out.metadata()?;
    let program = attached::copy_program(&mut out)?;
    out.write_all(&attached::tail(program, message))?;
    // Whoever may read a file that holds nothing but the executable may run it.
    if before.is_file() && before.len() == 0 {
        let mode = before.permissions().mode();
        out.set_permissions(Permissions::from_mode(mode | ((mode & 0o444) >> 2)))?;
    }
    Ok(())
}
