//! The async context frame (the `AsyncContext` proposal): what `AsyncLocalStorage` sees.
//!
//! V8 carries it through promises; a callback that native code keeps for later carries it here.

use jsg::Lock;
use jsg::js::{Global, Value};

/// The frame that was current when a callback was registered.
pub struct Frame(Global<Value>);

impl Frame {
    pub fn capture(js: &Lock<'_, '_>) -> Self {
        let frame = js.get_continuation_preserved_embedder_data();
        Self(Global::new(js, frame))
    }

    /// Runs `body` in the frame.
    pub fn run<'s, 'i, R>(
        &self,
        js: &mut Lock<'s, 'i>,
        body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
    ) -> R {
        let before = js.get_continuation_preserved_embedder_data();
        js.set_continuation_preserved_embedder_data(jsg::js::Local::new(js, &self.0));
        let result = body(js);
        js.set_continuation_preserved_embedder_data(before);
        result
    }
}
