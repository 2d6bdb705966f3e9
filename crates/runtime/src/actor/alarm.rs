//! Alarms of an object.

use std::time::Duration;

use io::ChannelError;
use io::channel::Hint;
use io::event::{AlarmEnd, Outcome};
use io::trace::EventInfo;
use jsg::js::{Function, Local, Promise};
use jsg::{Error, Lock};
use storage::{Due, ObjectStorage};
use workers::alarm::AlarmInvocationInfo;

use super::traced::Traced;
use super::{Actor, handler};
use crate::tracer;

const NO_HANDLER: &str = "Attempted to run a scheduled alarm without a handler, did you remember to export an alarm() function?";
const TOO_LONG: &str = "Alarm exceeded its allowed execution time";
/// How long a handler may take.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Runs the handler for the alarm that was set for `time`, in nanoseconds since the epoch, and waits for its writes.
pub(super) async fn run(actor: &Actor, time: i64, retries: u32) -> AlarmEnd {
    let Some(storage) = actor.object_storage() else {
        return AlarmEnd::Done;
    };
    let end = attempt(actor, storage, time, retries).await;
    match (end, actor.broken()) {
        (AlarmEnd::Done, None) => AlarmEnd::Done,
        (_, Some(_)) if actor.gates.refuses_alarm_retry() => AlarmEnd::Refused,
        (_, Some(error)) => AlarmEnd::Failed {
            by_guest: !is_ours(&error),
        },
        (end, None) => end,
    }
}

/// Whether a failure is the host's.
fn is_ours(error: &ChannelError) -> bool {
    match error {
        ChannelError::Hinted { thrown, .. } => is_ours(thrown),
        error => matches!(error, ChannelError::Internal(_)),
    }
}

async fn attempt(actor: &Actor, storage: &ObjectStorage, time: i64, retries: u32) -> AlarmEnd {
    const FAILED: AlarmEnd = AlarmEnd::Failed { by_guest: true };
    let Ok(lock) = actor.enter().await else {
        return FAILED;
    };
    let now = jsg::clock::now() as i64 * 1_000_000;
    match storage.begin_alarm(time, now) {
        Ok(Due::Run) => {}
        Ok(Due::NotThis) => return AlarmEnd::Done,
        Err(error) => {
            tracing::warn!("an alarm is not run: {error}");
            return AlarmEnd::Failed { by_guest: false };
        }
    }
    let traced = Traced::of_event(actor, None, || EventInfo::Alarm {
        time: (time / 1_000_000) as f64,
    });
    let called = handler::run(actor, lock, |js| call(js, actor, time, retries));
    let success = match called {
        Ok(success) => success,
        Err(later) => match tokio::time::timeout(LIMIT, later).await {
            // Dropped with a broken object.
            Ok(settled) => settled.unwrap_or(false),
            Err(_) => {
                tracing::warn!("{TOO_LONG}");
                let error = ChannelError::classed("Error", TOO_LONG).hinted(Hint::Overloaded);
                actor.gates.abort(error);
                false
            }
        },
    };
    if let Some(context) = traced.resume() {
        if success {
            tracer::returned(context);
        }
        tracer::set_outcome(
            context,
            match success {
                true => Outcome::Ok,
                false => Outcome::Exception,
            },
        );
    }
    if let Err(error) = storage.finish_alarm(success) {
        tracing::warn!("an alarm is not removed: {error}");
        return AlarmEnd::Failed { by_guest: false };
    }
    if let Some(open) = actor.context.wait_for_output()
        && open.await.is_err()
    {
        return FAILED;
    }
    match success {
        true => AlarmEnd::Done,
        false => FAILED,
    }
}

/// None: there is nothing to wait for.
fn call<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    time: i64,
    retries: u32,
) -> Result<Option<Local<'s, Promise>>, Error> {
    let object = actor.object(js)?;
    let key = jsg::intern(js, "alarm");
    let handler = object.get(js, key.into()).ok_or(Error::Pending)?;
    let Ok(handler) = Local::<Function>::try_from(handler) else {
        web::console::warn_once(js, NO_HANDLER);
        return Ok(None);
    };
    let info = AlarmInvocationInfo::create(js, (time / 1_000_000) as f64, retries);
    let value = handler
        .call(js, object.into(), &[info.object().into()])
        .ok_or(Error::Pending)?;
    Ok(Local::<Promise>::try_from(value).ok())
}
