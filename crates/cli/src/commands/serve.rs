//! `workerd serve`.

use crate::arguments::{
    ConfigArgs, NamedDescriptor, NamedValue, RunArgs, descriptor, named_descriptor, named_value,
    pairs, refuse_used,
};
use crate::failure::Failure;
use crate::watch::Watch;
use crate::{descriptors, log, sources};
use clap::ValueEnum;
use config::model::Text;
use config::{Config, load_binary};
use server::{Patience, ServeOptions, StartPolicy};
use std::fs::File;
use std::num::NonZeroUsize;
use std::os::fd::{OwnedFd, RawFd};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How large a heap may grow unless an option says otherwise, as on Cloudflare.
const HEAP_MIB: Option<NonZeroUsize> = NonZeroUsize::new(128);

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,

    /// The constant that holds the config; needed only when there are several
    #[arg(value_name = "const-name")]
    const_name: Option<String>,

    #[command(flatten)]
    options: Options,
}

/// The arguments of a program with a config attached to it.
#[derive(clap::Parser)]
#[command(
    name = "workerd",
    about = "Serves the config that this program was compiled with",
    version = compat::VERSION_DATE,
    display_name = "workerd",
    args_override_self = true
)]
pub struct Attached {
    /// Log informational messages to stderr; useful for debugging
    #[arg(long)]
    verbose: bool,

    #[command(flatten)]
    options: Options,
}

/// How to run the server, whatever its config is.
#[derive(clap::Args)]
struct Options {
    #[command(flatten)]
    run: RunArgs,

    /// Give the socket <name> the address <addr>
    #[arg(short, long, value_name = "name>=<addr", value_parser = named_value)]
    socket_addr: Vec<NamedValue>,

    /// Let the socket <name> listen on the open descriptor <fd>
    #[arg(short = 'S', long, value_name = "name>=<fd", value_parser = named_descriptor)]
    socket_fd: Vec<NamedDescriptor>,

    /// Report on the descriptor <fd> which ports are listening, as lines of JSON
    #[arg(long, value_name = "fd", value_parser = descriptor)]
    control_fd: Option<RawFd>,

    /// Let debuggers connect to <addr>; may be repeated. Workers then run on one event loop unless --threads says
    /// otherwise, and only the first can be inspected
    #[arg(short, long, value_name = "addr")]
    inspector_addr: Vec<String>,

    /// Cluster address (not supported yet)
    #[arg(long, value_name = "addr")]
    cluster_addr: Option<String>,

    /// Cluster address (not supported yet)
    #[arg(long, value_name = "addr")]
    cluster_advertise: Option<String>,

    /// Let whoever can connect to <addr> reach every Worker and Durable Object of the process
    #[arg(long, value_name = "addr")]
    debug_port: Option<String>,

    /// Run <n> event loops; by default one a core, or one with --control-fd or --inspector-addr
    #[arg(long, value_name = "n")]
    threads: Option<NonZeroUsize>,

    /// When Workers are started; by default all at once when they are few
    #[arg(long, value_name = "when")]
    start: Option<Start>,

    /// Give requests in flight <seconds> seconds to finish after SIGTERM; by default as long as they need
    #[arg(long, value_name = "seconds")]
    drain_timeout: Option<u64>,

    /// Close connections on which no complete head of a request comes for <seconds> seconds; 0 for no limit
    #[arg(long, value_name = "seconds", default_value = "15")]
    head_timeout: u64,

    /// Break off bodies of which no byte comes for <seconds> seconds while a Worker waits; by default clients take
    /// their time
    #[arg(long, value_name = "seconds")]
    body_timeout: Option<u64>,
}

/// Values of `--start`.
#[derive(Clone, Copy, ValueEnum)]
enum Start {
    /// all before the sockets answer
    Eager,
    /// each on its first use
    Lazy,
}

impl From<Start> for StartPolicy {
    fn from(start: Start) -> Self {
        match start {
            Start::Eager => StartPolicy::Eager,
            Start::Lazy => StartPolicy::Lazy,
        }
    }
}

/// Runs the server. `verbose` is the option before the command.
pub fn run(args: Args, verbose: bool) -> Result<ExitCode, Failure> {
    let Args {
        config,
        const_name,
        options,
    } = args;
    log::start(verbose || config.verbose);
    serve(options, |watch| {
        sources::load(&config, const_name.as_deref(), watch)
    })
}

impl Attached {
    /// Runs the server with that config.
    pub fn run(self, config: Arc<[u8]>) -> Result<ExitCode, Failure> {
        log::start(self.verbose);
        serve(self.options, |_| Ok(load_binary("config", config)?))
    }
}

/// Runs the server with the config that `load` gives, which is asked for when the descriptors are in order.
fn serve(
    args: Options,
    load: impl FnOnce(Option<&Watch>) -> Result<Config, Failure>,
) -> Result<ExitCode, Failure> {
    args.run.unbuilt.refuse()?;
    refuse_used(&[
        ("--cluster-addr", args.cluster_addr.is_some()),
        ("--cluster-advertise", args.cluster_advertise.is_some()),
    ])?;
    descriptors::raise_limit();
    let socket_descriptors = open_sockets(&args)?;
    let control = args.control_fd.map(open_control).transpose()?;
    let watch = args.run.watch.then(Watch::start).transpose()?;
    let config = match (load(watch.as_ref()), watch) {
        (Ok(config), None) => config,
        (Ok(config), Some(watch)) => {
            reload_in_background(watch)?;
            config
        }
        (Err(failure), None) => return Err(failure),
        (Err(failure), Some(watch)) => {
            failure.outlive()?;
            log::plain(
                "Can't start server due to config errors, waiting for config files to change...",
            );
            return Err(watch.reload());
        }
    };
    log::set_structured(config.wants_structured_logs());

    let mut overrides = args.run.overrides();
    overrides.socket_addresses = pairs(&args.socket_addr);
    overrides.socket_descriptors = socket_descriptors
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    let threads = args.threads.unwrap_or_else(|| {
        // Whoever reads the control descriptor expects all requests to see the same globals, and a debugger all requests.
        if control.is_some() || !args.inspector_addr.is_empty() {
            NonZeroUsize::MIN
        } else {
            std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
        }
    });
    let watched = args.run.watch;
    let served = server::serve(ServeOptions {
        config,
        overrides,
        socket_descriptors,
        control,
        debug_port: args.debug_port,
        inspectors: args.inspector_addr,
        experimental: args.run.experimental,
        threads,
        start: args.start.map(Into::into).unwrap_or_default(),
        limits: args.run.limits.limits(HEAP_MIB),
        patience: Patience {
            head: (args.head_timeout > 0).then(|| Duration::from_secs(args.head_timeout)),
            body: args.body_timeout.map(Duration::from_secs),
        },
        drain_timeout: args.drain_timeout.map(Duration::from_secs),
    })
    .map_err(Failure::Run);
    match served {
        Err(failure) if watched => {
            failure.outlive()?;
            // Until the process starts over.
            loop {
                std::thread::park();
            }
        }
        served => served,
    }
}

/// Starts over at the next change, whatever the rest of the process does.
fn reload_in_background(watch: Watch) -> Result<(), Failure> {
    let reload = move || {
        // The server goes on when its files cannot be watched any longer.
        let _ = watch.reload().outlive();
    };
    std::thread::Builder::new()
        .name("watch".into())
        .spawn(reload)
        .map(|_| ())
        .map_err(|error| Failure::Run(vec![format!("--watch: {error}")]))
}

/// Takes over the sockets handed over. Of several for one name the last one counts.
fn open_sockets(args: &Options) -> Result<Vec<(Text, OwnedFd)>, Failure> {
    let addressed = |name: &Text| args.socket_addr.iter().any(|socket| socket.name == *name);
    if let Some(socket) = args.socket_fd.iter().find(|socket| addressed(&socket.name)) {
        return Err(Failure::Usage(format!(
            "socket '{}' is given both --socket-addr and --socket-fd; use one",
            socket.name
        )));
    }
    let mut opened: Vec<(Text, OwnedFd)> = Vec::with_capacity(args.socket_fd.len());
    for socket in &args.socket_fd {
        let (name, descriptor) = open_socket(socket)?;
        opened.retain(|(other, _)| *other != name);
        opened.push((name, descriptor));
    }
    Ok(opened)
}

/// Takes over a listening socket.
fn open_socket(named: &NamedDescriptor) -> Result<(Text, OwnedFd), Failure> {
    let NamedDescriptor { name, number } = named;
    let failure = |reason: &str| Failure::Usage(format!("--socket-fd={name}={number}: {reason}"));
    let descriptor =
        descriptors::duplicate(*number).map_err(|_| failure("File descriptor is not open."))?;
    if !matches!(descriptors::is_socket(&descriptor), Ok(true)) {
        return Err(failure("File descriptor is not a socket."));
    }
    if !matches!(descriptors::is_listening(&descriptor), Ok(true)) {
        let reason = format!("Socket for {name} is not listening.");
        return Err(failure(&reason));
    }
    Ok((name.clone(), descriptor))
}

fn open_control(number: RawFd) -> Result<File, Failure> {
    match descriptors::duplicate(number) {
        Ok(descriptor) => Ok(File::from(descriptor)),
        Err(error) => Err(Failure::Usage(format!("--control-fd={number}: {error}"))),
    }
}
