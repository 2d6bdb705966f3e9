//! What nobody handles: exceptions of callbacks, rejected promises.

use jsg::js::{Local, Value};
use jsg::{Lock, LockExt};

/// Who hears of what nobody handles: exceptions of callbacks, rejected `waitUntil` promises.
pub trait ErrorSink {
    fn uncaught<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        origin: &'static str,
        exception: Local<'s, Value>,
    );

    /// A response's body ends with the exception, after its handler has returned.
    fn response_failed<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        self.uncaught(js, "Uncaught (in response)", exception);
    }

    /// The caller gets the exception: the log has it, too, but it is no failure of the event.
    fn passed_on<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        self.uncaught(js, "Uncaught (in promise)", exception);
    }
}

/// The [`ErrorSink`] of an isolate, stored as its extension.
pub struct Errors(pub Box<dyn ErrorSink>);

/// Reports an exception that no guest code caught.
pub fn report_uncaught<'s>(
    js: &mut Lock<'s, '_>,
    origin: &'static str,
    exception: Local<'s, Value>,
) {
    if let Some(errors) = js.extension::<Errors>() {
        errors.0.uncaught(js, origin, exception);
    }
}

/// Reports what the body of a response ends with.
pub fn report_failed_response<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    if let Some(errors) = js.extension::<Errors>() {
        errors.0.response_failed(js, exception);
    }
}

/// Reports an exception that the caller of the event gets.
pub fn report_passed_on<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    if let Some(errors) = js.extension::<Errors>() {
        errors.0.passed_on(js, exception);
    }
}

/// Reports a rejection that no guest code handled.
pub fn report_rejection<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
    report_uncaught(js, "Uncaught (in promise)", reason);
}
