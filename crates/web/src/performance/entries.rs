//! The entries of the timeline (Performance Timeline §4, User Timing §4 and §5).

use jsg::js::{Local, Number, Object};
use jsg::{JsRef, Lock, Nullable, Result};

/// See the module.
#[jsg::class]
pub struct PerformanceEntry {
    name: String,
    entry_type: &'static str,
    start_time: f64,
    duration: f64,
}

#[jsg::methods]
impl PerformanceEntry {
    #[jsg(prototype_getter)]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[jsg(prototype_getter)]
    pub fn entry_type(&self) -> &'static str {
        self.entry_type
    }

    #[jsg(prototype_getter)]
    pub fn start_time(&self) -> f64 {
        self.start_time
    }

    #[jsg(prototype_getter)]
    fn duration(&self) -> f64 {
        self.duration
    }

    #[jsg(method, name = "toJSON")]
    fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.record_with(js, None)
    }
}

/// A member of what `toJSON()` gives.
#[derive(Clone, Copy)]
pub(super) enum Member<'a, 's> {
    Text(&'a str),
    Number(f64),
    Object(Local<'s, Object>),
}

/// An object without a prototype.
pub(super) fn record<'s>(
    js: &mut Lock<'s, '_>,
    members: &[(&'static str, Member<'_, 's>)],
) -> Result<Local<'s, Object>> {
    let null = jsg::js::null(js).into();
    let object = Object::new(js);
    object.set_prototype(js, null);
    for (name, member) in members {
        let key = jsg::intern(js, name);
        let value = match member {
            Member::Text(text) => jsg::string(js, text).into(),
            Member::Number(number) => Number::new(js, *number).into(),
            Member::Object(object) => (*object).into(),
        };
        object
            .set(js, key.into(), value)
            .ok_or(jsg::Error::Pending)?;
    }
    Ok(object)
}

impl PerformanceEntry {
    fn members(&self) -> [(&'static str, Member<'_, 'static>); 4] {
        [
            ("name", Member::Text(&self.name)),
            ("entryType", Member::Text(self.entry_type)),
            ("startTime", Member::Number(self.start_time)),
            ("duration", Member::Number(self.duration)),
        ]
    }

    fn record_with<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        detail: Option<Local<'s, Object>>,
    ) -> Result<Local<'s, Object>> {
        let object = record(js, &self.members())?;
        if let Some(detail) = detail {
            let key = jsg::intern(js, "detail");
            object
                .set(js, key.into(), detail.into())
                .ok_or(jsg::Error::Pending)?;
        }
        Ok(object)
    }
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Options")]
pub(super) struct MarkOptions<'s> {
    detail: Option<Local<'s, Object>>,
    start_time: Option<f64>,
}

/// A point in time.
#[jsg::class(extends = PerformanceEntry)]
pub struct PerformanceMark {
    detail: Option<JsRef<Object>>,
    parent: PerformanceEntry,
}

#[jsg::methods]
impl PerformanceMark {
    #[jsg(constructor, length = 1)]
    fn new<'s>(js: &mut Lock<'s, '_>, name: String, options: MarkOptions<'s>) -> Self {
        Self::make(js, name, options)
    }

    #[jsg(prototype_getter)]
    fn detail<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Object>> {
        Nullable(self.detail.as_ref().map(|detail| detail.get(js)))
    }

    #[jsg(method, name = "toJSON")]
    fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let detail = self.detail.as_ref().map(|detail| detail.get(js));
        self.parent.record_with(js, detail)
    }
}

impl PerformanceMark {
    pub(super) fn make<'s>(js: &Lock<'s, '_>, name: String, options: MarkOptions<'s>) -> Self {
        Self {
            detail: options.detail.map(|detail| JsRef::new(js, detail)),
            parent: PerformanceEntry {
                name,
                entry_type: "mark",
                start_time: options.start_time.unwrap_or_else(|| super::now(js)),
                duration: 0.0,
            },
        }
    }
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Options")]
pub(super) struct MeasureOptions<'s> {
    pub detail: Option<Local<'s, Object>>,
    pub start: Option<f64>,
    pub duration: Option<f64>,
    pub end: Option<f64>,
}

/// The time between two points.
#[jsg::class(extends = PerformanceEntry)]
pub struct PerformanceMeasure {
    detail: Option<JsRef<Object>>,
    parent: PerformanceEntry,
}

#[jsg::methods]
impl PerformanceMeasure {
    #[jsg(prototype_getter)]
    fn detail<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Object>> {
        Nullable(self.detail.as_ref().map(|detail| detail.get(js)))
    }

    #[jsg(method, name = "toJSON")]
    fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let detail = self.detail.as_ref().map(|detail| detail.get(js));
        self.parent.record_with(js, detail)
    }
}

impl PerformanceMeasure {
    pub(super) fn make<'s>(
        js: &Lock<'s, '_>,
        name: String,
        start_time: f64,
        duration: f64,
        detail: Option<Local<'s, Object>>,
    ) -> Self {
        Self {
            detail: detail.map(|detail| JsRef::new(js, detail)),
            parent: PerformanceEntry {
                name,
                entry_type: "measure",
                start_time,
                duration,
            },
        }
    }
}

/// Declares getters that always give the same number.
macro_rules! constant_class {
    ($(#[$doc:meta])* $class:ident, $kind:ident, { $($getter:ident)* }, { $($more:tt)* }) => {
        $(#[$doc])*
        #[jsg::class(extends = PerformanceEntry)]
        pub struct $class {
            parent: PerformanceEntry,
        }

        #[jsg::methods]
        impl $class {
            $(
                #[jsg($kind)]
                fn $getter(&self) -> f64 {
                    0.0
                }
            )*
            $($more)*
        }
    };
}

constant_class!(
    /// Node's milestones: all of them lie before anything that a Worker can see.
    PerformanceNodeTiming,
    instance_getter,
    { node_start v8_start bootstrap_complete environment loop_start loop_exit idle_time },
    {
        #[jsg(instance_getter)]
        fn uv_metrics_info<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
            let info = Object::new(js);
            for name in METRICS {
                let key = jsg::intern(js, name);
                let zero = Number::new(js, 0.0);
                info.set(js, key.into(), zero.into());
            }
            info
        }

        #[jsg(method, name = "toJSON")]
        fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
            let metrics = record(js, &METRICS.map(|name| (name, Member::Number(0.0))))?;
            let mut members = self.parent.members().to_vec();
            members.extend(MILESTONES.map(|name| (name, Member::Number(0.0))));
            members.push(("uvMetricsInfo", Member::Object(metrics)));
            record(js, &members)
        }
    }
);

const METRICS: [&str; 3] = ["loopCount", "events", "eventsWaiting"];
const MILESTONES: [&str; 7] = [
    "nodeStart",
    "v8Start",
    "bootstrapComplete",
    "environment",
    "loopStart",
    "loopExit",
    "idleTime",
];

impl PerformanceNodeTiming {
    pub(super) fn make() -> Self {
        Self {
            parent: PerformanceEntry {
                name: "node".into(),
                entry_type: "node",
                start_time: 0.0,
                duration: 0.0,
            },
        }
    }
}

constant_class!(
    /// The timing of a fetch; none is ever recorded.
    PerformanceResourceTiming,
    prototype_getter,
    {
        connect_end connect_start decoded_body_size domain_lookup_end domain_lookup_start
        encoded_body_size fetch_start redirect_end redirect_start request_start response_end
        response_start response_status secure_connection_start transfer_size worker_start
    },
    {
        #[jsg(prototype_getter)]
        fn initiator_type(&self) -> &'static str {
            ""
        }

        #[jsg(prototype_getter)]
        fn next_hop_protocol(&self) -> &'static str {
            ""
        }
    }
);
