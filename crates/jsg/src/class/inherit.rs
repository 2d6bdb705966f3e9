//! What the prototype of a class inherits from, where that is no class of ours as it stands.

use v8::PropertyAttribute;

use super::callbacks::{illegal_constructor, object_prototype};
use super::{Builder, ClassInfo};

impl<'s> Builder<'_, 's, '_> {
    /// Makes the class inherit from copies of its ancestors, which have constructors of their own: the
    /// global object is an instance of no class that guests can name but its own.
    pub fn inherit_apart(&mut self, parent: &'static ClassInfo) {
        let parent = Self::build_apart(self.js, parent);
        self.function.inherit(parent);
    }

    /// Makes the prototype inherit from `%IteratorPrototype%` (WebIDL §3.7.10.2).
    pub fn inherit_iterator_prototype(&mut self) {
        self.inherit_intrinsic(v8::Intrinsic::IteratorPrototype);
    }

    /// Makes the prototype inherit from `%AsyncIteratorPrototype%` (WebIDL §3.7.10.3).
    pub fn inherit_async_iterator_prototype(&mut self) {
        self.inherit_intrinsic(v8::Intrinsic::AsyncIteratorPrototype);
    }

    fn inherit_intrinsic(&mut self, intrinsic: v8::Intrinsic) {
        self.inherit_with(|parent, key| {
            parent.set_intrinsic_data_property(key, intrinsic, PropertyAttribute::NONE);
        });
    }

    /// Makes the prototype inherit from `%Object.prototype%`, which is no intrinsic that V8 lets be named.
    pub(super) fn inherit_object_prototype(&mut self) {
        let getter = v8::FunctionTemplate::new(self.js, object_prototype);
        self.inherit_with(|parent, key| {
            parent.set_accessor_property(key, Some(getter), None, PropertyAttribute::NONE);
        });
    }

    /// Inheriting asks the parent for its `prototype`, which `set` sets.
    fn inherit_with(
        &mut self,
        set: impl FnOnce(v8::Local<'s, v8::FunctionTemplate>, v8::Local<'s, v8::Name>),
    ) {
        let parent = v8::FunctionTemplate::new(self.js, illegal_constructor);
        parent.remove_prototype();
        set(parent, crate::intern(self.js, "prototype").into());
        self.function.inherit(parent);
    }
}
