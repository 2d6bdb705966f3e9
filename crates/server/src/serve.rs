//! The life of a serving process: bind, start, serve, drain.

use std::net::TcpListener;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use compat::DateCheck;
use config::Permissions;
use config::model::{Binding, BindingValue, ServiceKind};
use io::Watchdog;
use net::http1::Options;
use net::listener::Inbox;
use net::{BoundSocket, DefaultPort, ListenAddress, Shutdown};
use tokio::task::LocalSet;

use runtime::Host;

use crate::console::Standard;
use crate::debug_port;
use crate::event_loop::Services;
use crate::graph::{self, Broken, Building, Graph, Spoken};
use crate::inspector::{self, Targets};
use crate::listening::Listening;
use crate::neighbours::Place;
use crate::options::{Limits, ServeOptions, StartPolicy};

/// Up to this many Workers are started before the sockets answer.
const EAGER_LIMIT: usize = 64;
/// Stack of a loop's thread: V8 takes up to 1 MiB of it for each nested isolate.
pub(crate) const LOOP_STACK: usize = 16 << 20;
/// Pauses between the checks of Workers that nobody has asked for yet.
const CHECK_PAUSE: Duration = Duration::from_millis(10);

/// Runs a server until it is told to stop.
///
/// # Errors
/// What keeps it from starting, one line each.
pub fn serve(options: ServeOptions) -> Result<ExitCode, Vec<String>> {
    let ServeOptions {
        mut config,
        overrides,
        ..
    } = options;
    let unmatched = overrides.apply(&mut config);
    start_engine(&config, None);
    let permissions = Permissions {
        experimental: options.experimental,
        compat_date_given: false,
        socket_descriptors: overrides.socket_descriptors.clone(),
    };
    let building = Building {
        permissions,
        limits: options.limits,
        compat_date: None,
        check: DateCheck::UpTo { today: today() },
    };
    let structured = config.wants_structured_logs();
    let mut control = options.control;
    let mut targets = inspector::listen(&config, &options.inspectors, &mut control)?;
    let watchdog = match targets {
        // Paused code is not at fault.
        Some(_) => None,
        None => start_watchdog(options.limits)?,
    };
    let graph = match graph::build(&config, &building) {
        Ok(graph) if unmatched.is_empty() => Arc::new(graph),
        Ok(_) => return Err(lines(unmatched)),
        Err(broken) => {
            let Broken {
                mut problems,
                graph,
            } = *broken;
            if options.start != StartPolicy::Lazy && graph.workers.len() <= EAGER_LIMIT {
                problems.extend(start_once(&Arc::new(graph), structured, &watchdog)?);
            }
            problems.extend(unmatched);
            problems.sort_by_key(|problem| problem.stage);
            return Err(lines(problems));
        }
    };
    let sockets = bind(&graph, options.socket_descriptors)?;
    let eager = match options.start {
        StartPolicy::Eager => true,
        StartPolicy::Lazy => false,
        StartPolicy::ByCount => graph.workers.len() <= EAGER_LIMIT,
    };
    let shutdown = Shutdown::new();
    if eager {
        let problems = start_once(&graph, structured, &watchdog)?;
        if !problems.is_empty() {
            return Err(lines(problems));
        }
    }
    let debug_port = options.debug_port.as_deref().map(bind_debug_port);
    let mut debug_port = debug_port.transpose()?;
    report_ports(&graph, &sockets, debug_port.as_ref(), control);
    if sockets.is_empty() && debug_port.is_none() {
        return Ok(ExitCode::SUCCESS);
    }
    let loops = options.threads.get();
    let mut datagrams = datagrams(&sockets, loops).map_err(|error| vec![error.to_string()])?;
    let inboxes = net::listener::spread(sockets, loops, shutdown.clone())
        .map_err(|error| vec![error.to_string()])?;
    let mut threads = Vec::with_capacity(loops);
    let places = Place::of_loops(loops);
    for (index, (inbox, place)) in inboxes.into_iter().zip(places).enumerate() {
        let running = Loop {
            graph: graph.clone(),
            inbox,
            datagrams: std::mem::take(&mut datagrams[index]),
            debug_port: debug_port.take(),
            shutdown: shutdown.clone(),
            watchdog: watchdog.clone(),
            targets: targets.take(),
            structured,
            http: Options {
                head_timeout: options.patience.head,
                body_timeout: options.patience.body,
                ..Options::default()
            },
            drain_timeout: options.drain_timeout,
        };
        threads.push(running.spawn(index, place)?);
    }
    if !eager && options.start == StartPolicy::ByCount {
        check_in_background(graph, structured, watchdog);
    }
    wait_for_signal(&shutdown).map_err(|error| vec![error.to_string()])?;
    for thread in threads {
        // A loop that has panicked has said so; the others still drain.
        let _ = thread.join();
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a line to the control descriptor, in one piece: readers may take what a read gives for a line. A closed
/// descriptor is the starter's business.
pub(crate) fn announce(control: &mut std::fs::File, line: &str) {
    use std::io::Write;
    let _ = control.write_all(line.as_bytes());
}

/// The port of an IP socket; 0 for others.
pub(crate) fn port(socket: &BoundSocket) -> u16 {
    let address = socket.local_address().ok().flatten();
    address.map_or(0, |address| address.port())
}

/// `date` is that of the Workers which have none.
pub(crate) fn start_engine(config: &config::Config, date: Option<&str>) {
    runtime::globals::register();
    runtime::set_prefixes(&config.logging.stdout_prefix, &config.logging.stderr_prefix);
    jsg::engine::init(&jsg::engine::EngineOptions {
        v8_flags: config
            .v8_flags
            .iter()
            .map(|flag| flag.to_string())
            .collect(),
        temporal: config
            .services
            .iter()
            .any(|service| can_have_temporal(service, date)),
        worker_threads: 0,
    });
}

/// Whether a Worker has the flag `temporal`, or makes Workers that may have it.
fn can_have_temporal(service: &config::model::Service, date: Option<&str>) -> bool {
    let ServiceKind::Worker(worker) = &service.kind else {
        return false;
    };
    let date = worker.compatibility_date.as_deref().or(date);
    let flags = &worker.compatibility_flags;
    let resolved = compat::resolve(date, flags, compat::Experimental::Allowed, DateCheck::Any);
    let loads = |binding: &Binding| matches!(binding.value, BindingValue::WorkerLoader { .. });
    resolved.is_ok_and(|resolved| resolved.flags.contains(compat::Flag::Temporal))
        || worker.bindings.iter().any(loads)
}

/// The watchdog, if stretches of guest code have a limit.
pub(crate) fn start_watchdog(limits: Limits) -> Result<Option<Watchdog>, Vec<String>> {
    let started = limits.cpu.map(Watchdog::start).transpose();
    started.map_err(|error| vec![format!("watchdog: {error}")])
}

pub(crate) fn lines(problems: Vec<config::Problem>) -> Vec<String> {
    problems
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}

pub(crate) fn today() -> compat::Date {
    compat::Date::from_system_time(std::time::SystemTime::now())
}

type Descriptors = Vec<(config::model::Text, std::os::fd::OwnedFd)>;

pub(crate) fn bind(
    graph: &Graph,
    mut descriptors: Descriptors,
) -> Result<Vec<BoundSocket>, Vec<String>> {
    let mut bound = Vec::new();
    let mut errors = Vec::new();
    for socket in &graph.sockets {
        if let Some(position) = descriptors
            .iter()
            .position(|(name, _)| *name == socket.name)
        {
            if matches!(socket.spoken, Spoken::Datagrams { .. }) {
                errors.push(format!(
                    "Socket \"{}\" is a UDP socket; --socket-fd overrides (which pass a listening \
                     connection-oriented socket) are not supported for it.",
                    socket.name
                ));
                continue;
            }
            let (_, descriptor) = descriptors.swap_remove(position);
            bound.push(BoundSocket::from_fd(descriptor));
            continue;
        }
        let address = socket.address.as_deref().unwrap_or_default();
        let default_port = match (&socket.spoken, &socket.tls) {
            (Spoken::Raw { .. } | Spoken::Datagrams { .. }, _) => DefaultPort::NONE,
            (Spoken::Http(_), Some(_)) => DefaultPort::HTTPS,
            (Spoken::Http(_), None) => DefaultPort::HTTP,
        };
        let opened =
            ListenAddress::parse(address, default_port).and_then(|address| match socket.spoken {
                Spoken::Datagrams { .. } => BoundSocket::bind_datagrams(&address),
                Spoken::Http(_) | Spoken::Raw { .. } => BoundSocket::bind(&address),
            });
        match opened {
            Ok(socket) => bound.push(socket),
            Err(error) => errors.push(format!("Socket \"{}\": {error}", socket.name)),
        }
    }
    if errors.is_empty() {
        Ok(bound)
    } else {
        Err(errors)
    }
}

/// Opens the debug port.
fn bind_debug_port(address: &str) -> Result<TcpListener, Vec<String>> {
    TcpListener::bind(address).map_err(|error| vec![format!("--debug-port {address}: {error}")])
}

type DatagramSockets = Vec<(usize, std::net::UdpSocket)>;

/// The sockets for datagrams by loop: one has all peers of a socket, so that a peer's are in order.
fn datagrams(sockets: &[BoundSocket], loops: usize) -> std::io::Result<Vec<DatagramSockets>> {
    let mut by_loop: Vec<DatagramSockets> = (0..loops).map(|_| Vec::new()).collect();
    for (index, socket) in sockets.iter().enumerate() {
        if let Some(socket) = socket.datagrams()? {
            by_loop[index % loops].push((index, socket));
        }
    }
    Ok(by_loop)
}

/// One line of JSON a socket.
fn report_ports(
    graph: &Graph,
    sockets: &[BoundSocket],
    debug_port: Option<&TcpListener>,
    control: Option<std::fs::File>,
) {
    let Some(mut control) = control else { return };
    for (socket, bound) in graph.sockets.iter().zip(sockets) {
        let port = port(bound);
        let name = crate::json::quoted(&socket.name);
        announce(
            &mut control,
            &format!("{{\"event\":\"listen\",\"socket\":{name},\"port\":{port}}}\n"),
        );
    }
    if let Some(Ok(address)) = debug_port.map(TcpListener::local_addr) {
        let port = address.port();
        announce(
            &mut control,
            &format!("{{\"event\":\"listen\",\"socket\":\"debug-port\",\"port\":{port}}}\n"),
        );
    }
}

/// Starts every Worker once, on a thread of its own, and reports all that fail.
fn start_once(
    graph: &Arc<Graph>,
    structured: bool,
    watchdog: &Option<Watchdog>,
) -> Result<Vec<config::Problem>, Vec<String>> {
    let (graph, watchdog) = (graph.clone(), watchdog.clone());
    let thread = thread::Builder::new()
        .name("start".into())
        .stack_size(LOOP_STACK)
        .spawn(move || {
            jsg::engine::use_thread_stack(LOOP_STACK);
            let _watch = watchdog.as_ref().map(Watchdog::watch_this_thread);
            let services = Services::new(graph, Rc::new(Standard { structured }));
            let problems = services.start_all();
            services.close();
            problems
        })
        .map_err(|error| vec![error.to_string()])?;
    thread
        .join()
        .map_err(|_| vec!["the Workers could not be started".into()])
}

/// Starts every Worker once at leisure; what fails goes to the log.
fn check_in_background(graph: Arc<Graph>, structured: bool, watchdog: Option<Watchdog>) {
    let check = move || {
        jsg::engine::use_thread_stack(LOOP_STACK);
        let _watch = watchdog.as_ref().map(Watchdog::watch_this_thread);
        let services = Services::new(graph, Rc::new(Standard { structured }));
        thread::sleep(Duration::from_secs(1));
        for worker in services.workers() {
            thread::sleep(CHECK_PAUSE);
            if let Err(error) = worker.instance() {
                tracing::error!("service {}: {error}", worker.definition().name);
            }
            worker.evict();
        }
    };
    if let Err(error) = thread::Builder::new()
        .name("check".into())
        .stack_size(LOOP_STACK)
        .spawn(check)
    {
        tracing::warn!("cannot check the Workers in the background: {error}");
    }
}

/// Waits for SIGTERM or SIGINT and starts the drain; a second signal ends the process at once.
fn wait_for_signal(shutdown: &Shutdown) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let shutdown = shutdown.clone();
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        shutdown.drain();
        Ok(())
    })
}

struct Loop {
    graph: Arc<Graph>,
    inbox: Inbox,
    /// Sockets for datagrams that this loop serves, by number.
    datagrams: DatagramSockets,
    /// On one of the loops.
    debug_port: Option<TcpListener>,
    shutdown: Shutdown,
    watchdog: Option<Watchdog>,
    /// What debuggers see, on the one loop that they see.
    targets: Option<Arc<Targets>>,
    structured: bool,
    http: Options,
    drain_timeout: Option<Duration>,
}

impl Loop {
    fn spawn(self, index: usize, place: Place) -> Result<thread::JoinHandle<()>, Vec<String>> {
        thread::Builder::new()
            .name(format!("loop {index}"))
            .stack_size(LOOP_STACK)
            .spawn(move || {
                jsg::engine::use_thread_stack(LOOP_STACK);
                self.run(place);
            })
            .map_err(|error| vec![error.to_string()])
    }

    fn run(self, place: Place) {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(error) => {
                tracing::error!("an event loop cannot start: {error}");
                return;
            }
        };
        let _watch = self.watchdog.as_ref().map(Watchdog::watch_this_thread);
        let console = Rc::new(Standard {
            structured: self.structured,
        });
        let services = Services::among(self.graph.clone(), console, place);
        if let Some(targets) = &self.targets {
            services.inspect(targets.clone());
        }
        LocalSet::new().block_on(&runtime, self.accept(services.clone()));
        services.close();
    }

    async fn accept(mut self, services: Rc<Services>) {
        let listening = Listening::new(&self.graph, &services, self.http.clone());
        for worker in services
            .workers()
            .iter()
            .filter(|worker| !worker.is_started())
        {
            let definition = worker.definition();
            services.pool().expect(definition.flags, definition.limits);
        }
        let neighbours = services.neighbours().cloned();
        let neighbours = neighbours.map(|neighbours| (neighbours.open_door(), neighbours));
        services.begin_alarms();
        let warming = services.clone();
        let warming = tokio::task::spawn_local(async move { warming.pool().receive().await });
        let inspecting = self.targets.take().map(|targets| {
            let services = services.clone();
            tokio::task::spawn_local(async move { targets.attend(&services).await })
        });
        listening.connections.drain_on(&self.shutdown);
        for (index, socket) in self.datagrams.drain(..) {
            if let Err(error) = listening.serve_datagrams(index, socket) {
                tracing::error!("a socket for datagrams cannot be served: {error}");
            }
        }
        let has_debug_port = self.debug_port.is_some();
        if let Some(listener) = self.debug_port.take()
            && let Err(error) = debug_port::serve(listener, &services, &self.shutdown)
        {
            tracing::error!("the debug port cannot be served: {error}");
        }
        while let Some(accepted) = self.inbox.next().await {
            let socket = accepted.socket_index;
            if let Ok((stream, client)) = accepted.into_stream() {
                listening.serve(socket, stream, client);
            }
        }
        if has_debug_port {
            // Perhaps there are no sockets at all.
            self.shutdown.started().await;
        }
        warming.abort();
        if let Some(inspecting) = inspecting {
            inspecting.abort();
        }
        let closed = listening.connections.all_closed();
        match self.drain_timeout {
            Some(limit) => {
                let _ = tokio::time::timeout(limit, closed).await;
            }
            None => closed.await,
        }
        if let Some((presence, neighbours)) = neighbours {
            neighbours.leave(presence).await;
        }
    }
}

/// Runs a loop without sockets, for the objects that live on it, until the others have left.
pub(crate) fn run_for_objects(graph: Arc<Graph>, structured: bool, place: Place) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!("an event loop cannot start: {error}");
            return;
        }
    };
    let services = Services::among(graph, Rc::new(Standard { structured }), place);
    LocalSet::new().block_on(&runtime, async {
        services.begin_alarms();
        if let Some(neighbours) = services.neighbours() {
            let presence = neighbours.open_door();
            neighbours.leave(presence).await;
        }
    });
    services.close();
}
