//! Timers (HTML §8.6). The event that starts one owns it; its number is unique in the isolate.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use io::{IoContext, IoOwn, TimerId};
use jsg::js::{Function, Global, Local, Value};
use jsg::{Error, Lock, LockExt, Result};

use crate::frame::Frame;

/// How many timers an event may have at a time.
const MOST_TIMERS: usize = 10_000;

/// The largest number that a guest can name exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The last number given in an isolate.
#[derive(Default)]
struct Numbers(Cell<u64>);

fn next_id(js: &Lock<'_, '_>) -> TimerId {
    let numbers = js.extension::<Numbers>().unwrap_or_else(|| {
        let numbers = Rc::new(Numbers::default());
        js.set_extension(numbers.clone());
        numbers
    });
    numbers.0.set(numbers.0.get() + 1);
    TimerId(numbers.0.get())
}

/// Milliseconds as a guest gives them: what is no number or negative is no delay.
fn duration(milliseconds: f64) -> Duration {
    // The cast saturates, and takes NaN to 0.
    Duration::from_millis(milliseconds as u64)
}

/// Runs the timer once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    Once,
    Forever,
}

/// Starts a timer that calls `body` once. What it throws is reported.
///
/// # Errors
/// At global scope, and beyond the limit of timers.
pub fn start(
    js: &mut Lock<'_, '_>,
    delay: f64,
    body: impl for<'s, 'i> Fn(&mut Lock<'s, 'i>) -> Result<()> + 'static,
) -> Result<TimerId> {
    start_with(js, delay, Repeat::Once, body)
}

fn start_with(
    js: &mut Lock<'_, '_>,
    delay: f64,
    repeat: Repeat,
    body: impl for<'s, 'i> Fn(&mut Lock<'s, 'i>) -> Result<()> + 'static,
) -> Result<TimerId> {
    let context = IoContext::current(js)?;
    let counts = context.timer_counts();
    if counts.active >= MOST_TIMERS {
        return Err(Error::dom(
            "QuotaExceededError",
            format!(
                "You have exceeded the number of active timeouts you may set. max active timeouts: {MOST_TIMERS}, \
                 current active timeouts: {}, finished timeouts: {}",
                counts.active, counts.finished
            ),
        ));
    }
    let id = next_id(js);
    context.set_numbered_timer(id, duration(delay), repeat == Repeat::Forever, move |js| {
        let ended = jsg::promise::try_catch(js, |js| body(js));
        if let Err(exception) = ended
            && !js.is_execution_terminating()
        {
            if let Some(context) = IoContext::try_current(js) {
                context.mark_failed();
            }
            io::context::report_uncaught(js, "Uncaught", exception);
        }
    });
    Ok(id)
}

/// A guest's callback on a timer, with its arguments.
pub fn call_later<'s>(
    js: &mut Lock<'s, '_>,
    callback: Local<'s, Function>,
    delay: f64,
    repeat: Repeat,
    arguments: Vec<Local<'s, Value>>,
) -> Result<TimerId> {
    // Checked before anything is made for it.
    IoContext::current(js)?;
    let frame = Frame::capture(js);
    let callback = Global::new(js, callback);
    let arguments: Vec<_> = arguments
        .into_iter()
        .map(|argument| Global::new(js, argument))
        .collect();
    start_with(js, delay, repeat, move |js| {
        frame.run(js, |js| {
            let callback = Local::new(js, &callback);
            let arguments: Vec<_> = arguments
                .iter()
                .map(|argument| Local::new(js, argument))
                .collect();
            let receiver = js.get_current_context().global(js).into();
            let result = callback.call(js, receiver, &arguments);
            result.map(|_| ()).ok_or(Error::Pending)
        })
    })
}

/// Stops the timer of this number, if there is one.
///
/// # Errors
/// At global scope, if the number could name a timer.
pub fn clear(js: &Lock<'_, '_>, number: f64) -> Result<()> {
    if number.fract() == 0.0 && number.abs() <= MAX_SAFE_INTEGER {
        let context = IoContext::current(js)?;
        if number > 0.0 {
            context.clear_timer(TimerId(number as u64));
        }
    }
    Ok(())
}

/// What `setImmediate()` gives: a handle with Node's members that do nothing here.
#[jsg::class]
pub struct Immediate {
    id: IoOwn<TimerId>,
}

#[jsg::methods]
impl Immediate {
    #[jsg(method, name = "ref")]
    fn reference(&self) {}

    #[jsg(method)]
    fn unref(&self) {}

    #[jsg(method)]
    fn has_ref(&self) -> bool {
        false
    }

    #[jsg(dispose)]
    fn dispose(&self, js: &Lock<'_, '_>) -> Result<()> {
        self.clear(js)
    }
}

impl Immediate {
    /// The handle of a timer of the current event.
    ///
    /// # Errors
    /// At global scope.
    pub fn new(js: &Lock<'_, '_>, id: TimerId) -> Result<Self> {
        let id = IoContext::current(js)?.own("IoContext", id);
        Ok(Self { id })
    }

    /// Stops it.
    ///
    /// # Errors
    /// In another event than the one that started it.
    pub fn clear(&self, js: &Lock<'_, '_>) -> Result<()> {
        let id = self.id.get(js)?;
        IoContext::current(js)?.clear_timer(*id);
        Ok(())
    }
}
