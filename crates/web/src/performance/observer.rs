//! `PerformanceObserver` (Performance Timeline §5). Nothing is ever delivered to one.

use jsg::js::{Local, Value};
use jsg::{Handle, JsRef, Lock};

use super::PerformanceEntry;

/// See the module.
#[jsg::class]
pub struct PerformanceObserver {
    /// Kept for as long as the observer, never called.
    _callback: JsRef<Value>,
}

#[derive(jsg::Dictionary)]
struct ObserveOptions {
    #[expect(dead_code, reason = "checked, not used")]
    buffered: Option<bool>,
    #[expect(dead_code, reason = "checked, not used")]
    duration_threshold: Option<u32>,
    #[expect(dead_code, reason = "checked, not used")]
    entry_types: Option<Vec<String>>,
    #[expect(dead_code, reason = "checked, not used")]
    #[jsg(name = "type")]
    kind: Option<String>,
}

#[jsg::methods]
impl PerformanceObserver {
    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, callback: Local<'s, Value>) -> Self {
        Self {
            _callback: JsRef::new(js, callback),
        }
    }

    #[jsg(method)]
    fn disconnect(&self) {}

    #[jsg(method, length = 0)]
    fn observe(&self, _options: ObserveOptions) {}

    #[jsg(method)]
    fn take_records<'s>(&self) -> Vec<Handle<'s, PerformanceEntry>> {
        Vec::new()
    }

    #[jsg(static_getter)]
    fn supported_entry_types() -> Vec<&'static str> {
        vec!["measure", "mark"]
    }
}

/// What an observer's callback would get.
#[jsg::class]
pub struct PerformanceObserverEntryList {}

#[jsg::methods]
impl PerformanceObserverEntryList {
    #[jsg(method)]
    fn get_entries<'s>(&self) -> Vec<Handle<'s, PerformanceEntry>> {
        Vec::new()
    }

    #[jsg(method)]
    fn get_entries_by_type<'s>(&self, _kind: String) -> Vec<Handle<'s, PerformanceEntry>> {
        Vec::new()
    }

    #[jsg(method)]
    fn get_entries_by_name<'s>(
        &self,
        _name: String,
        _kind: Option<String>,
    ) -> Vec<Handle<'s, PerformanceEntry>> {
        Vec::new()
    }
}
