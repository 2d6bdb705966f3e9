//! "Report an exception" (HTML §8.1.4.6): first to the global scope's `error` listeners, then to the
//! log. What a listener throws meanwhile is logged only.

use std::cell::Cell;
use std::rc::Rc;

use jsg::js::{Exception, Local, Object, Value};
use jsg::{Handle, Lock, LockExt, Result};

use crate::events::{ErrorEvent, Event, EventTarget, Place};

/// Dispatches an `error` event at the global scope; what no listener prevents is logged.
///
/// # Errors
/// What a listener throws, before `spec_compliant_dispatch_exceptions`.
pub fn report_error<'s>(js: &mut Lock<'s, '_>, error: Local<'s, Value>) -> Result<()> {
    let place = place_of(js, error);
    let event = ErrorEvent::about(js, place, error);
    let event = Handle::new(js, event).upcast::<Event>(js);
    let global = js.get_current_context().global(js);
    let unhandled = match Handle::<EventTarget>::from_object(js, global) {
        Some(target) => match Reporting::begin(js) {
            Some(_reporting) => EventTarget::dispatch(js, target, event)?,
            None => true,
        },
        None => true,
    };
    if unhandled {
        log(js, error);
    }
    Ok(())
}

/// As [`report_error`], where there is nobody to throw at: what a listener throws is logged.
pub fn report_exception<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    let reported = jsg::promise::try_catch(js, |js| report_error(js, exception));
    if let Err(second) = reported {
        log(js, second);
    }
}

/// Logs an error as a guest reports it: its stack if it has one.
fn log<'s>(js: &mut Lock<'s, '_>, error: Local<'s, Value>) {
    let shown = jsg::promise::try_catch(js, |js| {
        let key = jsg::intern(js, "stack");
        let stack = Local::<Object>::try_from(error)
            .ok()
            .and_then(|object| object.get(js, key.into()))
            .filter(|stack| !stack.is_undefined());
        Ok(stack.unwrap_or(error))
    });
    io::context::report_uncaught(js, "", shown.unwrap_or(error));
}

/// "In error reporting mode": one report at a time in an isolate.
struct Reporting(Rc<Mode>);

#[derive(Default)]
struct Mode(Cell<bool>);

impl Reporting {
    fn begin(js: &Lock<'_, '_>) -> Option<Self> {
        let mode = js.extension::<Mode>().unwrap_or_else(|| {
            let mode = Rc::new(Mode::default());
            js.set_extension(mode.clone());
            mode
        });
        (!mode.0.replace(true)).then(|| Self(mode))
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.0.0.set(false);
    }
}

fn place_of<'s>(js: &mut Lock<'s, '_>, error: Local<'s, Value>) -> Place {
    let message = Exception::create_message(js, error);
    let text = message.get(js).to_rust_string_lossy(js);
    let file = message
        .get_script_resource_name(js)
        .map(|name| name.to_rust_string_lossy(js));
    let line = message.get_line_number(js).unwrap_or(0);
    Place {
        message: text,
        filename: file.unwrap_or_default(),
        lineno: i32::try_from(line).unwrap_or(0),
        colno: i32::try_from(message.get_start_column()).unwrap_or(0),
    }
}
