//! The scheduler with a clock that stands still until all wait, and the table in a file.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep};

use super::*;
use futures::future::LocalBoxFuture;
use io::event::AlarmEnd;

const START: i64 = 1_700_000_000_000;

/// What has happened: when (since the start), which object, for when, after how many failures.
type Log = Rc<RefCell<Vec<(i64, String, i64, u32)>>>;

#[derive(Clone)]
struct Objects {
    log: Log,
    outcomes: Rc<RefCell<VecDeque<AlarmEnd>>>,
    takes: Rc<Cell<u64>>,
    given_up: Rc<RefCell<Vec<i64>>>,
    begin: Instant,
}

impl Objects {
    fn new(outcomes: impl IntoIterator<Item = AlarmEnd>) -> Self {
        Self {
            log: Log::default(),
            outcomes: Rc::new(RefCell::new(outcomes.into_iter().collect())),
            takes: Rc::default(),
            given_up: Rc::default(),
            begin: Instant::now(),
        }
    }

    fn log(&self) -> Vec<(i64, String, i64, u32)> {
        self.log.borrow().clone()
    }

    fn times(&self) -> Vec<i64> {
        self.log.borrow().iter().map(|entry| entry.0).collect()
    }
}

impl Runner for Objects {
    fn run(
        &self,
        object: Object,
        time: AlarmTime,
        retries: u32,
    ) -> LocalBoxFuture<'static, AlarmEnd> {
        let entry = (
            self.now() - START,
            object.name.as_deref().unwrap_or(&object.id).to_owned(),
            time.millis() - START,
            retries,
        );
        self.log.borrow_mut().push(entry);
        let outcome = self
            .outcomes
            .borrow_mut()
            .pop_front()
            .unwrap_or(AlarmEnd::Done);
        sleep(Duration::from_millis(self.takes.get()))
            .map(move |()| outcome)
            .boxed_local()
    }

    fn give_up(&self, _: Object, time: AlarmTime) -> LocalBoxFuture<'static, Result<(), ()>> {
        self.given_up.borrow_mut().push(time.millis() - START);
        async { Ok(()) }.boxed_local()
    }

    fn now(&self) -> i64 {
        START + self.begin.elapsed().as_millis() as i64
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

fn object(id: &str) -> Object {
    Object {
        id: id.into(),
        name: None,
    }
}

fn at(millis: i64) -> AlarmTime {
    AlarmTime::from_millis(START + millis)
}

/// Runs `body` beside a scheduler whose objects answer with `outcomes`.
async fn with<F: Future<Output = ()>>(
    outcomes: &[AlarmEnd],
    body: impl FnOnce(Rc<Scheduler>, Objects) -> F,
) {
    let objects = Objects::new(outcomes.iter().copied());
    let scheduler = Scheduler::new(None, Box::new(objects.clone()));
    LocalSet::new()
        .run_until(async move {
            spawn_local(scheduler.clone().drive());
            body(scheduler, objects).await;
        })
        .await;
}

async fn millis(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

const FAILED: AlarmEnd = AlarmEnd::Failed { by_guest: true };
const BROKEN: AlarmEnd = AlarmEnd::Failed { by_guest: false };

#[tokio::test(start_paused = true)]
async fn runs_alarms_at_their_times_and_once() {
    with(&[], async |scheduler, objects| {
        drop(scheduler.schedule(object("b"), Some(at(2_000))));
        drop(scheduler.schedule(object("a"), Some(at(1_000))));
        drop(scheduler.schedule(object("late"), Some(at(-5_000))));
        millis(100_000).await;
        assert_eq!(
            objects.log(),
            [
                (0, "late".into(), -5_000, 0),
                (1_000, "a".into(), 1_000, 0),
                (2_000, "b".into(), 2_000, 0)
            ]
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_is_set_anew_or_taken_away_does_not_run_at_the_old_time() {
    with(&[], async |scheduler, objects| {
        drop(scheduler.schedule(object("a"), Some(at(1_000))));
        drop(scheduler.schedule(object("b"), Some(at(1_000))));
        drop(scheduler.schedule(object("a"), Some(at(3_000))));
        drop(scheduler.schedule(object("b"), None));
        millis(10_000).await;
        assert_eq!(objects.log(), [(3_000, "a".into(), 3_000, 0)]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn tries_again_with_growing_waits_and_gives_up_after_six_failures() {
    with(&[FAILED; 20], async |scheduler, objects| {
        drop(scheduler.schedule(object("a"), Some(at(0))));
        millis(3_600_000).await;
        let waits: Vec<i64> = objects.times().windows(2).map(|it| it[1] - it[0]).collect();
        assert_eq!(waits, [2_250, 4_500, 9_000, 18_000, 36_000, 72_000]);
        let retries: Vec<u32> = objects.log().iter().map(|entry| entry.3).collect();
        assert_eq!(retries, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(*objects.given_up.borrow(), [0]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_not_the_guests_do_not_count_but_their_waits_are_bounded() {
    let outcomes: Vec<AlarmEnd> = [BROKEN; 12]
        .into_iter()
        .chain([FAILED, AlarmEnd::Done])
        .collect();
    with(&outcomes, async |scheduler, objects| {
        drop(scheduler.schedule(object("a"), Some(at(0))));
        millis(36_000_000).await;
        let waits: Vec<i64> = objects.times().windows(2).map(|it| it[1] - it[0]).collect();
        assert_eq!(
            waits[8..],
            [576_000, 1_152_000, 1_152_000, 1_152_000, 2_250]
        );
        assert_eq!(objects.log().last().map(|entry| entry.3), Some(1));
        assert!(objects.given_up.borrow().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_set_while_an_alarm_runs_comes_after_it_and_instead_of_another_try() {
    with(&[FAILED, AlarmEnd::Done], async |scheduler, objects| {
        objects.takes.set(500);
        drop(scheduler.schedule(object("a"), Some(at(0))));
        millis(100).await;
        drop(scheduler.schedule(object("a"), Some(at(200))));
        millis(100_000).await;
        assert_eq!(
            objects.log(),
            [(0, "a".into(), 0, 0), (500, "a".into(), 200, 0)]
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn taking_an_alarm_away_while_it_runs_concerns_only_the_one_behind_it() {
    with(&[FAILED, AlarmEnd::Done], async |scheduler, objects| {
        objects.takes.set(500);
        drop(scheduler.schedule(object("a"), Some(at(0))));
        millis(100).await;
        drop(scheduler.schedule(object("a"), Some(at(200))));
        drop(scheduler.schedule(object("a"), None));
        millis(100_000).await;
        assert_eq!(objects.times(), [0, 2_750]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_waits_for_another_try_can_be_taken_away() {
    with(&[FAILED; 3], async |scheduler, objects| {
        drop(scheduler.schedule(object("a"), Some(at(0))));
        millis(100).await;
        drop(scheduler.schedule(object("a"), None));
        millis(100_000).await;
        assert_eq!(objects.times(), [0]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_object_that_refuses_gets_no_other_try() {
    with(&[AlarmEnd::Refused], async |scheduler, objects| {
        drop(scheduler.schedule(object("a"), Some(at(7))));
        millis(100_000).await;
        assert_eq!(objects.times(), [7]);
        assert_eq!(*objects.given_up.borrow(), [7]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn restored_alarms_run_and_all_can_be_forgotten() {
    with(&[], async |scheduler, objects| {
        let named = Object {
            id: "a".into(),
            name: Some("Anna".into()),
        };
        scheduler.restore([(named, at(-10)), (object("b"), at(10))]);
        millis(5).await;
        // The name is kept by whoever sets it anew without one.
        scheduler.clear();
        millis(100_000).await;
        assert_eq!(objects.log(), [(0, "Anna".into(), -10, 0)]);
    })
    .await;
}

/// A directory of its own for a test.
fn directory(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("alarms-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a directory for the test");
    path
}

#[tokio::test]
async fn the_table_keeps_what_was_set_last_and_names() {
    let directory = directory("keeps");
    let named = Object {
        id: "a".into(),
        name: Some("Anna".into()),
    };
    let tables = Tables::default();
    let (table, alarms) = tables.open(&directory).unwrap();
    assert!(alarms.is_empty());
    let done = [
        table.set(&named, at(1)),
        table.set(&object("b"), at(2)),
        table.set(&object("a"), at(3)),
        table.delete(&object("b")),
    ];
    for done in done {
        done.await.unwrap();
    }
    // A second process, while the first has not closed it.
    let (again, alarms) = Tables::default().open(&directory).unwrap();
    assert_eq!(alarms, [(named, at(3))]);
    again.clear().await.unwrap();
    let (_, alarms) = tables.open(&directory).unwrap();
    assert!(alarms.is_empty());
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn what_is_no_table_is_refused() {
    let directory = directory("refused");
    std::fs::write(directory.join("metadata.sqlite"), [1; 5000]).unwrap();
    assert!(Tables::default().open(&directory).is_err());
    std::fs::remove_dir_all(directory).unwrap();
}
