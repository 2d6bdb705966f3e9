//! `performance` (High Resolution Time §7, User Timing, Performance Timeline). Its clock is
//! that of `Date`.

mod counts;
mod entries;
mod observer;

use std::cell::RefCell;

use io::IoContext;
use jsg::js::{Function, Local, Object, Value};
use jsg::{Handle, Lock, LockExt, Ref, Result, ToJs};

pub use counts::EventCounts;
pub use entries::{
    PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceNodeTiming,
    PerformanceResourceTiming,
};
pub use observer::{PerformanceObserver, PerformanceObserverEntryList};

use crate::events::EventTarget;
use entries::{MarkOptions, MeasureOptions};

/// Milliseconds since the epoch as `Date.now()` gives them: 0 at global scope.
pub(crate) fn now(js: &Lock<'_, '_>) -> f64 {
    IoContext::try_current(js).map_or(0.0, |context| context.now())
}

/// Makes the global `performance`.
pub(crate) fn create<'s>(js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
    let is_full = crate::globals::PERFORMANCE
        .iter()
        .any(|&flag| js.flag(flag));
    if is_full {
        let performance = Performance {
            entries: RefCell::default(),
            parent: EventTarget::default(),
        };
        Handle::new(js, performance).to_js(js)
    } else {
        Handle::new(js, ClockOnly {}).to_js(js)
    }
}

/// What `performance` is without the flags for the timeline.
#[jsg::class(name = "Performance")]
struct ClockOnly {}

#[jsg::methods]
impl ClockOnly {
    #[jsg(prototype_getter)]
    fn time_origin(&self) -> f64 {
        0.0
    }

    #[jsg(method)]
    fn now(&self, js: &mut Lock<'_, '_>) -> f64 {
        now(js)
    }
}

/// See the module.
#[jsg::class(extends = EventTarget)]
pub struct Performance {
    entries: RefCell<Vec<Ref<PerformanceEntry>>>,
    parent: EventTarget,
}

#[derive(jsg::Union)]
enum StartOrOptions<'s> {
    Options(MeasureOptions<'s>),
    Mark(String),
}

#[jsg::methods]
impl Performance {
    #[jsg(prototype_getter)]
    fn time_origin(&self) -> f64 {
        0.0
    }

    #[jsg(method)]
    fn now(&self, js: &mut Lock<'_, '_>) -> f64 {
        now(js)
    }

    #[jsg(prototype_getter)]
    fn event_counts<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, EventCounts> {
        Handle::new(js, EventCounts::new())
    }

    /// Without a name removes all marks; with one, everything of that name.
    #[jsg(method)]
    fn clear_marks(&self, js: &mut Lock<'_, '_>, name: Option<String>) {
        self.clear(js, "mark", name.as_deref());
    }

    /// Without a name removes all measures; with one, everything of that name.
    #[jsg(method)]
    fn clear_measures(&self, js: &mut Lock<'_, '_>, name: Option<String>) {
        self.clear(js, "measure", name.as_deref());
    }

    #[jsg(method)]
    fn clear_resource_timings(&self, js: &mut Lock<'_, '_>) {
        self.clear(js, "resource", None);
    }

    #[jsg(method)]
    fn get_entries<'s>(&self, js: &mut Lock<'s, '_>) -> Vec<Handle<'s, PerformanceEntry>> {
        self.select(js, |_| true)
    }

    #[jsg(method)]
    fn get_entries_by_name<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        kind: Option<String>,
    ) -> Vec<Handle<'s, PerformanceEntry>> {
        self.select(js, |entry| {
            entry.name() == name
                && kind
                    .as_deref()
                    .is_none_or(|kind| entry.entry_type() == kind)
        })
    }

    #[jsg(method)]
    fn get_entries_by_type<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        kind: String,
    ) -> Vec<Handle<'s, PerformanceEntry>> {
        self.select(js, |entry| entry.entry_type() == kind)
    }

    #[jsg(method, length = 1)]
    fn mark<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        options: MarkOptions<'s>,
    ) -> Handle<'s, PerformanceMark> {
        let mark = PerformanceMark::make(js, name, options);
        let mark = Handle::new(js, mark);
        let entry = mark.upcast::<PerformanceEntry>(js);
        self.entries.borrow_mut().push(Ref::new(js, entry));
        mark
    }

    #[jsg(method)]
    fn measure<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        start: Option<StartOrOptions<'s>>,
        end_mark: Option<String>,
    ) -> Handle<'s, PerformanceMeasure> {
        let (mut begin, mut end, mut detail) = (0.0, now(js), None);
        match start {
            None => {}
            Some(StartOrOptions::Mark(mark)) => {
                begin = self.mark_time(js, &mark).unwrap_or(begin);
                let end_time = end_mark.and_then(|mark| self.mark_time(js, &mark));
                end = end_time.unwrap_or(end);
            }
            Some(StartOrOptions::Options(options)) => {
                begin = options.start.unwrap_or(begin);
                let by_duration = options.duration.map(|duration| begin + duration);
                end = options.end.or(by_duration).unwrap_or(end);
                detail = options.detail;
            }
        }
        let duration = if end >= begin { end - begin } else { 0.0 };
        let measure = PerformanceMeasure::make(js, name, begin, duration, detail);
        let measure = Handle::new(js, measure);
        let entry = measure.upcast::<PerformanceEntry>(js);
        self.entries.borrow_mut().push(Ref::new(js, entry));
        measure
    }

    /// There are no resource timings to keep.
    #[jsg(method)]
    fn set_resource_timing_buffer_size(&self, _size: u32) {}

    #[jsg(method, name = "toJSON")]
    fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        entries::record(js, &[("timeOrigin", entries::Member::Number(0.0))])
    }

    #[jsg(prototype_getter, flag = EnableNodejsPerfHooksModule)]
    fn node_timing<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, PerformanceNodeTiming> {
        let timing = PerformanceNodeTiming::make();
        Handle::new(js, timing)
    }

    #[jsg(method, flag = EnableNodejsPerfHooksModule)]
    fn event_loop_utilization<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        let result = Object::new(js);
        for name in ["idle", "active", "utilization"] {
            let key = jsg::intern(js, name);
            let zero = jsg::js::Number::new(js, 0.0);
            result.set(js, key.into(), zero.into());
        }
        result
    }

    #[jsg(method, flag = EnableNodejsPerfHooksModule)]
    fn mark_resource_timing(&self) {}

    /// Nothing is timed: the function itself.
    #[jsg(method, flag = EnableNodejsPerfHooksModule)]
    fn timerify<'s>(&self, function: Local<'s, Function>) -> Local<'s, Function> {
        function
    }
}

impl Performance {
    fn select<'s>(
        &self,
        js: &Lock<'s, '_>,
        wanted: impl Fn(&PerformanceEntry) -> bool,
    ) -> Vec<Handle<'s, PerformanceEntry>> {
        let entries = self.entries.borrow();
        let entries = entries.iter().map(|entry| entry.get(js));
        entries.filter(|entry| wanted(entry)).collect()
    }

    fn clear(&self, js: &Lock<'_, '_>, kind: &str, name: Option<&str>) {
        self.entries.borrow_mut().retain(|entry| {
            let entry = entry.get(js);
            match name {
                Some(name) => entry.name() != name,
                None => entry.entry_type() != kind,
            }
        });
    }

    /// The time of the first mark of this name.
    fn mark_time(&self, js: &Lock<'_, '_>, name: &str) -> Option<f64> {
        let marks = self.select(js, |entry| {
            entry.entry_type() == "mark" && entry.name() == name
        });
        marks.first().map(|mark| mark.start_time())
    }
}
