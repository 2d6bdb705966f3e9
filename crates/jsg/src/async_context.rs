//! The async context frame: what `AsyncLocalStorage` sees, and how it follows a callback.
//!
//! The current frame is V8's continuation-preserved data: at the root undefined or the number of the event that guest
//! code runs for, else a [`Frame`]. V8 carries it through promises and microtasks, so a continuation knows its event
//! ([`event`]), whoever settles what it waits for. Native code that keeps a callback for later carries the frame with
//! [`Captured`]; the callback runs for the event that calls it. A frame never changes: a new value makes a new frame.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::class::call::guarded;
use crate::{Error, Handle, JsRef, Lock, LockExt, Result, Trace, Untraced, Visitor};

/// The key of a type's values in the frames of an isolate.
struct KeyOf<T>(Key, PhantomData<T>);

/// The key under which `T`, a type that is made for this, keeps its values: one an isolate.
pub fn key_of<T: 'static>(js: &Lock<'_, '_>) -> Key {
    let known = js.extension::<KeyOf<T>>().unwrap_or_else(|| {
        let key = Rc::new(KeyOf(Key::new(), PhantomData::<T>));
        js.set_extension(key.clone());
        key
    });
    known.0.clone()
}

/// What a value in a frame is found by. Clones are the same key.
#[derive(Clone)]
pub struct Key(Rc<Cell<bool>>);

impl Key {
    #[expect(
        clippy::new_without_default,
        reason = "each key differs from all others"
    )]
    pub fn new() -> Self {
        Self(Rc::new(Cell::new(true)))
    }

    /// Says that nobody will look for the key again: later frames leave its value out.
    pub fn retire(&self) {
        self.0.set(false);
    }

    fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Trace for Key {
    fn trace(&self, _: &mut Visitor) {}
}

/// Which event guest code runs for: unique among those that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventTag(u32);

impl EventTag {
    /// V8 keeps smaller numbers without an object for each.
    const LIMIT: u64 = 1 << 30;

    /// The tag after `count` others; they begin anew after many.
    pub fn nth(count: u64) -> Self {
        Self((count % Self::LIMIT) as u32)
    }
}

/// The values of one frame.
struct Frame {
    event: Option<EventTag>,
    entries: Vec<(Key, JsRef<v8::Value>)>,
}

impl Trace for Frame {
    fn trace(&self, visitor: &mut Visitor) {
        self.entries.trace(visitor);
    }
}

static FRAME: crate::ClassInfo = crate::ClassInfo::new(
    "AsyncContextFrame",
    c"AsyncContextFrame",
    None,
    crate::class::builder::illegal,
    |_| {},
);

impl crate::Class for Frame {
    fn info() -> &'static crate::ClassInfo {
        &FRAME
    }
}

/// The current frame, for [`enter`]; opaque otherwise.
pub fn current<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
    js.get_continuation_preserved_embedder_data()
}

/// The event that the running continuation belongs to; none where no event has been [entered](enter_event).
pub fn event(js: &Lock<'_, '_>) -> Option<EventTag> {
    event_of(js, current(js))
}

fn event_of<'s>(js: &Lock<'s, '_>, frame: v8::Local<'s, v8::Value>) -> Option<EventTag> {
    if let Ok(tag) = v8::Local::<v8::Integer>::try_from(frame) {
        return u32::try_from(tag.value()).ok().map(EventTag);
    }
    Handle::<Frame>::from_value(js, frame)?.event
}

/// The frame of an event without values.
fn root_of<'s>(js: &Lock<'s, '_>, event: Option<EventTag>) -> v8::Local<'s, v8::Value> {
    match event {
        Some(EventTag(tag)) => v8::Integer::new_from_unsigned(js, tag).into(),
        None => v8::undefined(js).into(),
    }
}

/// Runs `body` at the root of an event, or of none.
pub fn enter_event<'s, 'i, R>(
    js: &mut Lock<'s, 'i>,
    event: Option<EventTag>,
    body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
) -> R {
    let before = current(js);
    let root = root_of(js, event);
    js.set_continuation_preserved_embedder_data(root);
    let result = body(js);
    js.set_continuation_preserved_embedder_data(before);
    result
}

/// The root frame of the current event: no values.
pub fn root<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
    root_of(js, event(js))
}

/// `frame` for another event: the same values.
fn rebound<'s>(
    js: &mut Lock<'s, '_>,
    frame: v8::Local<'s, v8::Value>,
    event: Option<EventTag>,
) -> v8::Local<'s, v8::Value> {
    let Some(frame) = Handle::<Frame>::from_value(js, frame) else {
        return root_of(js, event);
    };
    let entries = frame
        .entries
        .iter()
        .map(|(key, value)| (key.clone(), JsRef::new(js, value.get(js))))
        .collect();
    Handle::new(js, Frame { event, entries }).object().into()
}

/// The value of `key` in the current frame.
pub fn get<'s>(js: &Lock<'s, '_>, key: &Key) -> Option<v8::Local<'s, v8::Value>> {
    let frame = Handle::<Frame>::from_value(js, current(js))?;
    frame
        .entries
        .iter()
        .find(|(known, _)| known.is(key))
        .map(|(_, value)| value.get(js))
}

/// Runs `body` in a frame that [`current`] gave, for the current event.
pub fn enter<'s, 'i, R>(
    js: &mut Lock<'s, 'i>,
    frame: v8::Local<'s, v8::Value>,
    body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
) -> R {
    let before = current(js);
    let event = event_of(js, before);
    let frame = match event_of(js, frame) == event {
        true => frame,
        false => rebound(js, frame, event),
    };
    js.set_continuation_preserved_embedder_data(frame);
    let result = body(js);
    js.set_continuation_preserved_embedder_data(before);
    result
}

/// Runs `body` in a frame like the current one, with `value` under `key`.
pub fn with_value<'s, 'i, R>(
    js: &mut Lock<'s, 'i>,
    key: &Key,
    value: v8::Local<'s, v8::Value>,
    body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
) -> R {
    let mut entries = Vec::new();
    let event = event(js);
    if let Some(frame) = Handle::<Frame>::from_value(js, current(js)) {
        for (known, value) in &frame.entries {
            if known.0.get() && !known.is(key) {
                entries.push((known.clone(), JsRef::new(js, value.get(js))));
            }
        }
    }
    entries.push((key.clone(), JsRef::new(js, value)));
    let frame = Handle::new(js, Frame { event, entries });
    enter(js, frame.object().into(), body)
}

/// A frame kept outside of the JavaScript heap, beside a callback for later.
pub struct Captured(Option<v8::Global<v8::Value>>);

impl Captured {
    pub fn capture(js: &Lock<'_, '_>) -> Self {
        let frame = current(js);
        Self(frame.is_object().then(|| v8::Global::new(js, frame)))
    }

    /// Runs `body` in the frame.
    pub fn run<'s, 'i, R>(
        &self,
        js: &mut Lock<'s, 'i>,
        body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
    ) -> R {
        let frame = match &self.0 {
            Some(frame) => v8::Local::new(js, frame),
            None => root(js),
        };
        enter(js, frame, body)
    }
}

/// Whether a bound function may run where it is called.
pub type Check = Rc<dyn for<'s, 'i> Fn(&Lock<'s, 'i>) -> Result<()>>;

/// What a bound function calls.
pub enum Target<'s> {
    /// This function, with this receiver and the arguments of the call.
    Function(v8::Local<'s, v8::Function>, v8::Local<'s, v8::Value>),
    /// The first argument, with the others.
    FirstArgument,
}

/// The data of a bound function.
struct Bound {
    frame: JsRef<v8::Value>,
    target: Option<(JsRef<v8::Function>, JsRef<v8::Value>)>,
    /// Captures no handle.
    check: Untraced<Option<Check>>,
}

impl Trace for Bound {
    fn trace(&self, visitor: &mut Visitor) {
        self.frame.trace(visitor);
        self.target.trace(visitor);
    }
}

static BOUND: crate::ClassInfo = crate::ClassInfo::new(
    "AsyncContextBinding",
    c"AsyncContextBinding",
    None,
    crate::class::builder::illegal,
    |_| {},
);

impl crate::Class for Bound {
    fn info() -> &'static crate::ClassInfo {
        &BOUND
    }
}

/// A function that runs `target` in `frame`. `check` must capture no handle.
pub fn bind<'s>(
    js: &mut Lock<'s, '_>,
    frame: v8::Local<'s, v8::Value>,
    target: Target<'s>,
    check: Option<Check>,
) -> v8::Local<'s, v8::Function> {
    let bound = Bound {
        frame: JsRef::new(js, frame),
        target: match target {
            Target::Function(function, this) => {
                Some((JsRef::new(js, function), JsRef::new(js, this)))
            }
            Target::FirstArgument => None,
        },
        check: Untraced(check),
    };
    let data = Handle::new(js, bound);
    v8::Function::builder(run_bound)
        .data(data.object().into())
        .build(js)
        .expect("functions are made without guest code")
}

fn run_bound<'s>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| {
        let bound = Handle::<Bound>::from_value(js, args.data())
            .ok_or_else(|| Error::Internal("bound function without its data".into()))?;
        if let Some(check) = &*bound.check {
            check(js)?;
        }
        let mut arguments = (0..args.length()).map(|index| args.get(index));
        let (function, this) = match &bound.target {
            Some((function, this)) => (function.get(js), this.get(js)),
            None => {
                let first = arguments
                    .next()
                    .and_then(|first| v8::Local::<v8::Function>::try_from(first).ok())
                    .ok_or_else(|| Error::type_error("The first argument must be a function"))?;
                (first, js.get_current_context().global(js).into())
            }
        };
        let arguments: Vec<_> = arguments.collect();
        let frame = bound.frame.get(js);
        let value = enter(js, frame, |js| function.call(js, this, &arguments));
        rv.set(value.ok_or(Error::Pending)?);
        Ok(())
    });
}
