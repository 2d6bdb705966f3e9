//! `AbortController` (DOM §3.1).

use jsg::js::{Local, Value};
use jsg::{Handle, Lock, Ref, Result};

use super::{AbortSignal, Origin};

/// See the module.
#[jsg::class]
pub struct AbortController {
    signal: Ref<AbortSignal>,
}

#[jsg::methods]
impl AbortController {
    #[jsg(constructor)]
    fn construct(js: &mut Lock<'_, '_>) -> Self {
        Self::new(js, Origin::Guest)
    }

    #[jsg(getter)]
    pub fn signal<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, AbortSignal> {
        self.signal.get(js)
    }

    #[jsg(method)]
    fn abort<'s>(&self, js: &mut Lock<'s, '_>, reason: Option<Local<'s, Value>>) -> Result<()> {
        let signal = self.signal.get(js);
        AbortSignal::trigger(js, signal, reason)
    }
}

impl AbortController {
    /// A controller with a signal of its own.
    pub fn new(js: &mut Lock<'_, '_>, origin: Origin) -> Self {
        let signal = AbortSignal::create(js, origin);
        Self {
            signal: Ref::new(js, signal),
        }
    }
}
