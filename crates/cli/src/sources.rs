//! Reading the config that the arguments name.

use crate::arguments::ConfigArgs;
use crate::failure::Failure;
use crate::watch::Watch;
use config::{Config, FileSystem, Loaded, load_binary, load_text, reframed};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// Loads the config; `constant` is the name of the one to use in a text config. All files read are
/// added to `watch`.
pub fn load(
    args: &ConfigArgs,
    constant: Option<&str>,
    watch: Option<&Watch>,
) -> Result<Config, Failure> {
    Ok(match read(args, constant, watch)? {
        Source::Text(loaded) => loaded.config,
        Source::Binary(bytes) => load_binary(&args.config_file, bytes)?,
    })
}

/// The config as a message in stream framing.
pub fn encoded(args: &ConfigArgs, constant: Option<&str>) -> Result<Vec<u8>, Failure> {
    Ok(match read(args, constant, None)? {
        Source::Text(loaded) => loaded.encoded(),
        Source::Binary(bytes) => reframed(&args.config_file, bytes)?,
    })
}

/// A config as it was found.
enum Source {
    Text(Box<Loaded>),
    Binary(Arc<[u8]>),
}

fn read(
    args: &ConfigArgs,
    constant: Option<&str>,
    watch: Option<&Watch>,
) -> Result<Source, Failure> {
    for dir in &args.import_paths {
        if !Path::new(dir).is_dir() {
            return Err(Failure::Usage(format!(
                "--import-path={dir}: No such directory."
            )));
        }
    }
    let path = args.config_file.as_str();
    if args.binary {
        if let Some(watch) = watch.filter(|_| path != "-") {
            watch.add(Path::new(path));
        }
        let bytes = read_binary(path)
            .map_err(|reason| Failure::Usage(format!("{path}: {}", explain(&reason))))?;
        return Ok(Source::Binary(bytes));
    }
    if path == "-" {
        return Err(Failure::Usage(format!(
            "{path}: Reading config from stdin is only allowed with --binary."
        )));
    }
    if Path::new(path).is_dir() || path.is_empty() {
        return Err(Failure::Usage(format!(
            "{path}: Config path is not a file."
        )));
    }
    let loaded = load_text(path, constant, &args.import_paths, &Disk { watch })?;
    Ok(Source::Text(Box::new(loaded)))
}

/// The file, or stdin for `-`.
fn read_binary(path: &str) -> io::Result<Arc<[u8]>> {
    if path == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes.into());
    }
    std::fs::read(path).map(Into::into)
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "No such file.".to_owned(),
        io::ErrorKind::IsADirectory => "Config path is not a file.".to_owned(),
        _ => error.to_string(),
    }
}

/// The files of this machine.
struct Disk<'a> {
    watch: Option<&'a Watch>,
}

impl FileSystem for Disk<'_> {
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>> {
        if let Some(watch) = self.watch {
            watch.add(Path::new(path));
        }
        std::fs::read(path).map(Into::into)
    }

    fn current_dir(&self) -> Option<String> {
        std::env::current_dir()
            .ok()
            .and_then(|dir| dir.into_os_string().into_string().ok())
    }
}
