//! `workerd test`: runs the `test()` handlers of a config, one after the other.

use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use compat::DateCheck;
use config::Permissions;
use io::Watchdog;
use net::{BoundSocket, Listener};
use tokio::task::LocalSet;

use crate::console::Standard;
use crate::event_loop::Services;
use crate::graph::{self, Building, Graph};
use crate::listening::Listening;
use crate::loopback;
use crate::neighbours::Place;
use crate::options::{TestFilter, TestOptions};
use crate::serve::{LOOP_STACK, bind, lines, run_for_objects, start_engine, start_watchdog};

/// A test that hangs is to fail soon.
const LONGEST_HANG: Duration = Duration::from_secs(2);

/// Runs the tests; success when there were some and all passed.
///
/// # Errors
/// What keeps the config from being run, one line each.
pub fn test(options: TestOptions) -> Result<ExitCode, Vec<String>> {
    let TestOptions {
        mut config,
        overrides,
        ..
    } = options;
    let mut unmatched = overrides.apply(&mut config);
    loopback::keep_within(&mut config);
    if options.predictable {
        io::trace::make_predictable();
        // Tests of this kind say when garbage is collected.
        config.v8_flags.push("--expose-gc".into());
    }
    if options.all_autogates {
        let gates = [graph::TEST_GATE, graph::SOCKETS_GATE];
        config.autogates.extend(gates.map(Into::into));
    }
    io::patience::give_up_after(LONGEST_HANG);
    start_engine(&config, options.compat_date.as_deref());
    let mut errors = Vec::new();
    if options.compat_date.is_some() {
        for service in &config.services {
            if let config::model::ServiceKind::Worker(worker) = &service.kind
                && worker.compatibility_date.is_some()
            {
                errors.push(format!(
                    "service {}: Worker specifies compatibilityDate but --compat-date was provided. When using --compat-date, \
                     workers must not specify compatibilityDate in the config. Use compatibilityFlags to enable/disable \
                     specific flags if needed.",
                    service.name
                ));
            }
        }
    }
    let permissions = Permissions {
        experimental: options.experimental,
        compat_date_given: options.compat_date.is_some(),
        socket_descriptors: Vec::new(),
    };
    let building = Building {
        permissions,
        limits: options.limits,
        compat_date: options.compat_date.as_deref(),
        check: match options.compat_date {
            Some(_) => DateCheck::Any,
            None => DateCheck::UpTo {
                today: crate::serve::today(),
            },
        },
    };
    let graph = match graph::build(&config, &building) {
        Ok(graph) => Arc::new(graph),
        Err(broken) => {
            let mut problems = broken.problems;
            problems.append(&mut unmatched);
            problems.sort_by_key(|problem| problem.stage);
            errors.extend(lines(problems));
            return Err(errors);
        }
    };
    errors.extend(lines(unmatched));
    if !errors.is_empty() {
        return Err(errors);
    }
    let watchdog = start_watchdog(options.limits)?;
    let structured = config.wants_structured_logs();
    let filter = options.filter;
    let mut places = Place::of_loops(options.threads.get()).into_iter();
    let first = places.next();
    let mut threads = Vec::new();
    for place in places {
        let (graph, watchdog) = (graph.clone(), watchdog.clone());
        threads.push(start_loop("objects", move || {
            let _watch = watchdog.as_ref().map(Watchdog::watch_this_thread);
            run_for_objects(graph, structured, place);
        })?);
    }
    let tests = start_loop("test", move || {
        run(graph, structured, &watchdog, &filter, first)
    })?;
    let result = tests.join();
    for thread in threads {
        // The result of the tests tells what has gone wrong.
        let _ = thread.join();
    }
    match result {
        Ok(result) => result,
        Err(_) => Err(vec!["the test thread has panicked".into()]),
    }
}

fn start_loop<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<thread::JoinHandle<T>, Vec<String>> {
    thread::Builder::new()
        .name(name.into())
        .stack_size(LOOP_STACK)
        .spawn(|| {
            jsg::engine::use_thread_stack(LOOP_STACK);
            run()
        })
        .map_err(|error| vec![error.to_string()])
}

fn run(
    graph: Arc<Graph>,
    structured: bool,
    watchdog: &Option<Watchdog>,
    filter: &TestFilter,
    place: Option<Place>,
) -> Result<ExitCode, Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| vec![error.to_string()])?;
    let _watch = watchdog.as_ref().map(Watchdog::watch_this_thread);
    let bound = bind(&graph, Vec::new())?;
    let console = Rc::new(Standard { structured });
    let services = match place {
        Some(place) => Services::among(graph.clone(), console, place),
        None => Services::new(graph.clone(), console),
    };
    let result = LocalSet::new().block_on(&runtime, async {
        let neighbours = services.neighbours();
        let _presence = neighbours.map(|neighbours| neighbours.open_door());
        services.begin_alarms();
        listen(&graph, &services, bound)?;
        run_all(&services, filter).await
    });
    services.close();
    result
}

/// Serves the sockets of the config on this loop, too: tests connect to them.
fn listen(
    graph: &Graph,
    services: &Rc<Services>,
    sockets: Vec<BoundSocket>,
) -> Result<(), Vec<String>> {
    let listening = Rc::new(Listening::new(
        graph,
        services,
        net::http1::Options::default(),
    ));
    for (index, socket) in sockets.into_iter().enumerate() {
        let failed = |error: std::io::Error| vec![error.to_string()];
        if let Some(socket) = socket.datagrams().map_err(failed)? {
            listening.serve_datagrams(index, socket).map_err(failed)?;
            continue;
        }
        let listener = Listener::new(socket).map_err(failed)?;
        let listening = listening.clone();
        tokio::task::spawn_local(async move {
            loop {
                let (stream, client) = listener.accept().await;
                listening.serve(index, stream, client);
            }
        });
    }
    Ok(())
}

async fn run_all(services: &Rc<Services>, filter: &TestFilter) -> Result<ExitCode, Vec<String>> {
    // All Workers start before the first test runs, as they do when serving.
    let errors = lines(services.start_all());
    if !errors.is_empty() {
        return Err(errors);
    }
    let ending = services.end_with_isolates();
    tokio::select! {
        biased;
        text = ending.begun() => {
            let place = concat!(file!(), ":", line!());
            crate::console::notice(&format!("*** Fatal uncaught kj::Exception: {place}: failed: {text}"));
            Ok(ExitCode::FAILURE)
        }
        result = run_started(services, filter) => Ok(result),
    }
}

async fn run_started(services: &Services, filter: &TestFilter) -> ExitCode {
    let (mut found, mut failed) = (0, 0);
    for worker in services.workers() {
        let service = worker.definition().name.clone();
        if !matches(&filter.service, &service) {
            continue;
        }
        let Ok(instance) = worker.instance() else {
            continue;
        };
        for entrypoint in runtime::events::test::entrypoints(&instance) {
            if !matches(&filter.entrypoint, &entrypoint) {
                continue;
            }
            let name = if &*entrypoint == "default" {
                service.to_string()
            } else {
                format!("{service}:{entrypoint}")
            };
            found += 1;
            tracing::debug!(target: "report", "[ TEST ] {name}");
            let started = Instant::now();
            let result = runtime::events::test::run(worker, &instance, &entrypoint).await;
            // What the test has started in other Workers, its tail Workers for example, has its turn before the next one.
            tokio::task::yield_now().await;
            let took = started.elapsed().as_secs_f64() * 1e3;
            match result {
                Ok(()) => tracing::debug!(target: "report", "[ PASS ] {name} ({took:.2}ms)"),
                Err(error) => {
                    failed += 1;
                    tracing::debug!(target: "report", "[ FAIL ] {name} ({took:.2}ms)");
                    tracing::debug!(target: "report", "{error}");
                }
            }
        }
    }
    if found == 0 {
        tracing::error!(target: "report", "No tests found!");
    }
    if found == 0 || failed > 0 {
        crate::console::notice("Tests failed!");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// A glob of `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // The last star takes one more character.
                Some((star_p, star_t)) => {
                    star = Some((star_p, star_t + 1));
                    p = star_p + 1;
                    t = star_t + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "abc", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            ("abc", "abc", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
