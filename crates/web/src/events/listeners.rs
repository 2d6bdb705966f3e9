//! The listeners of one target (DOM §2.7, "event listener list"), in the order of registration.

use jsg::js::{Function, Local, Object, Value};
use jsg::{JsRef, Lock, Trace, Visitor};

/// One registration.
pub(super) struct Listener {
    /// Unique in its target.
    id: u64,
    once: bool,
    /// Whether it may not prevent the default.
    passive: bool,
    kind: Kind,
}

enum Kind {
    Guest {
        /// What the guest passed: a function, or the object whose `handleEvent` is called.
        identity: JsRef<Object>,
        callback: JsRef<Function>,
        /// The listener's `this`.
        receiver: JsRef<Value>,
    },
    /// The event handler attribute of this type (HTML §8.1.8.1); its value is kept apart.
    Attribute,
}

impl Trace for Listener {
    fn trace(&self, visitor: &mut Visitor) {
        if let Kind::Guest {
            identity,
            callback,
            receiver,
        } = &self.kind
        {
            identity.trace(visitor);
            callback.trace(visitor);
            receiver.trace(visitor);
        }
    }
}

/// What a dispatch calls.
#[derive(Clone, Copy)]
pub(super) enum Action<'s> {
    Call {
        callback: Local<'s, Function>,
        receiver: Local<'s, Value>,
    },
    Attribute,
}

/// A listener as a dispatch found it.
#[derive(Clone, Copy)]
pub(super) struct Found<'s> {
    pub id: u64,
    pub once: bool,
    pub passive: bool,
    pub action: Action<'s>,
}

/// What a guest registers.
pub(super) struct Registration<'s> {
    pub identity: Local<'s, Object>,
    pub callback: Local<'s, Function>,
    pub receiver: Local<'s, Value>,
    pub once: bool,
    pub passive: bool,
}

/// The listeners of a target by type. Few targets have more than two types: a vector serves best.
#[derive(Default)]
pub(super) struct Listeners {
    last_id: u64,
    by_type: Vec<(String, Vec<Listener>)>,
}

impl Trace for Listeners {
    fn trace(&self, visitor: &mut Visitor) {
        for (_, listeners) in &self.by_type {
            listeners.trace(visitor);
        }
    }
}

impl Listeners {
    fn of(&self, kind: &str) -> &[Listener] {
        self.by_type
            .iter()
            .find(|(known, _)| known == kind)
            .map_or(&[], |(_, listeners)| listeners)
    }

    fn of_mut(&mut self, kind: &str) -> Option<&mut Vec<Listener>> {
        self.by_type
            .iter_mut()
            .find(|(known, _)| known == kind)
            .map(|(_, listeners)| listeners)
    }

    fn push(&mut self, kind: String, (once, passive): (bool, bool), listener: Kind) -> u64 {
        self.last_id += 1;
        let listener = Listener {
            id: self.last_id,
            once,
            passive,
            kind: listener,
        };
        match self.of_mut(&kind) {
            Some(listeners) => listeners.push(listener),
            None => self.by_type.push((kind, vec![listener])),
        }
        self.last_id
    }

    fn position(
        &self,
        js: &Lock<'_, '_>,
        kind: &str,
        identity: Local<'_, Object>,
    ) -> Option<usize> {
        self.of(kind)
            .iter()
            .position(|listener| match &listener.kind {
                Kind::Guest {
                    identity: known, ..
                } => known.get(js) == identity,
                Kind::Attribute => false,
            })
    }

    /// Adds a listener and gives its id; the same one twice is one.
    pub(super) fn add(
        &mut self,
        js: &Lock<'_, '_>,
        kind: String,
        registration: &Registration<'_>,
    ) -> Option<u64> {
        if self.position(js, &kind, registration.identity).is_some() {
            return None;
        }
        let listener = Kind::Guest {
            identity: JsRef::new(js, registration.identity),
            callback: JsRef::new(js, registration.callback),
            receiver: JsRef::new(js, registration.receiver),
        };
        let options = (registration.once, registration.passive);
        Some(self.push(kind, options, listener))
    }

    /// Gives the attribute of this type its place, unless it has one.
    pub(super) fn add_attribute(&mut self, kind: &str) {
        let known = |listener: &Listener| matches!(listener.kind, Kind::Attribute);
        if !self.of(kind).iter().any(known) {
            self.push(kind.to_owned(), (false, false), Kind::Attribute);
        }
    }

    pub(super) fn remove_attribute(&mut self, kind: &str) {
        if let Some(listeners) = self.of_mut(kind) {
            listeners.retain(|listener| !matches!(listener.kind, Kind::Attribute));
        }
    }

    pub(super) fn remove(&mut self, js: &Lock<'_, '_>, kind: &str, identity: Local<'_, Object>) {
        let position = self.position(js, kind, identity);
        if let (Some(position), Some(listeners)) = (position, self.of_mut(kind)) {
            listeners.remove(position);
        }
    }

    pub(super) fn remove_id(&mut self, kind: &str, id: u64) {
        if let Some(listeners) = self.of_mut(kind) {
            listeners.retain(|listener| listener.id != id);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_type.clear();
    }

    pub(super) fn has_id(&self, kind: &str, id: u64) -> bool {
        self.of(kind).iter().any(|listener| listener.id == id)
    }

    pub(super) fn count(&self, kind: &str) -> usize {
        self.of(kind).len()
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.by_type
            .iter()
            .filter(|(_, listeners)| !listeners.is_empty())
            .map(|(kind, _)| kind.as_str())
    }

    /// What a dispatch that begins now will call.
    pub(super) fn snapshot<'s>(&self, js: &Lock<'s, '_>, kind: &str) -> Vec<Found<'s>> {
        let found = |listener: &Listener| Found {
            id: listener.id,
            once: listener.once,
            passive: listener.passive,
            action: match &listener.kind {
                Kind::Guest {
                    callback, receiver, ..
                } => Action::Call {
                    callback: callback.get(js),
                    receiver: receiver.get(js),
                },
                Kind::Attribute => Action::Attribute,
            },
        };
        self.of(kind).iter().map(found).collect()
    }
}
