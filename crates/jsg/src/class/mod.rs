//! Rust types as JavaScript classes.
//!
//! `#[jsg::class]` on a struct and `#[jsg::methods]` on its `impl` implement [`Class`]; the rest of
//! this module is what their expansion calls: [`builder`] fills function templates, [`wrap`] ties a
//! Rust value to a JavaScript object, [`call`] is the way from a V8 callback into a Rust method.
//!
//! C1. Every wrapped value starts with a pointer to its [`ClassInfo`], so its class is known without
//!     trusting the object that leads to it.
//! C2. A class that extends another holds it as a field; `parent_offset` is that field's offset, so
//!     a pointer to an object is a pointer to each of its ancestors.

pub mod builder;
pub mod call;
mod callbacks;
mod inherit;
pub mod wrap;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

pub use builder::Builder;
pub use call::{Call, Member, MemberKind};
pub use wrap::{Handle, Wrapped};

use crate::refs::Trace;
use crate::{Lock, LockExt};

/// What is known of a class without an isolate. One static a class, made by the macro.
pub struct ClassInfo {
    /// The name of the constructor, as JavaScript sees it.
    pub name: &'static str,
    /// Its name in a heap snapshot.
    pub heap_name: &'static std::ffi::CStr,
    /// The class that it extends, and where in a value of this class the parent's value is.
    pub parent: Option<(&'static ClassInfo, usize)>,
    /// Makes the function template: [`builder::constructible`] or [`builder::illegal`].
    pub create: Create,
    /// Fills the function template of the class.
    pub define: for<'b, 's, 'i> fn(&mut Builder<'b, 's, 'i>),
    id: AtomicU32,
}

impl ClassInfo {
    pub const fn new(
        name: &'static str,
        heap_name: &'static std::ffi::CStr,
        parent: Option<(&'static ClassInfo, usize)>,
        create: Create,
        define: for<'b, 's, 'i> fn(&mut Builder<'b, 's, 'i>),
    ) -> Self {
        Self {
            name,
            heap_name,
            parent,
            create,
            define,
            id: AtomicU32::new(0),
        }
    }

    /// Index of the class in each isolate's template table; assigned on first use.
    fn id(&'static self) -> usize {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let id = self.id.load(Ordering::Relaxed);
        if id != 0 {
            return id as usize;
        }
        let fresh = NEXT.fetch_add(1, Ordering::Relaxed);
        match self
            .id
            .compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => fresh as usize,
            Err(raced) => raced as usize,
        }
    }
}

/// How a class's function template is made.
pub type Create = for<'s, 'i> fn(&mut Lock<'s, 'i>) -> v8::Local<'s, v8::FunctionTemplate>;

/// The static description as a constant, for the statics of classes that extend this one.
pub trait StaticInfo {
    const INFO: &'static ClassInfo;
    const NAME: &'static str;
}

/// A class's members, implemented by `#[jsg::methods]`.
pub trait Members {
    const CREATE: Create;
    /// See [`rtti`](crate::rtti).
    const DESCRIPTION: &'static str;
    fn define(builder: &mut Builder<'_, '_, '_>);
}

/// A Rust type that JavaScript sees as a class.
///
/// A field that the collector cannot trace does not compile (R1):
///
/// ```compile_fail,E0277
/// #[jsg::class]
/// struct Holder { untraced: std::sync::Mutex<u32> }
/// #[jsg::methods]
/// impl Holder {}
/// ```
///
/// Nor does a class that extends another without holding it (C2), or one without members:
///
/// ```compile_fail,E0609
/// #[jsg::class(extends = jsg::DomException)]
/// struct Special { name: String }
/// #[jsg::methods]
/// impl Special {}
/// ```
///
/// ```compile_fail,E0277
/// #[jsg::class]
/// struct Bare {}
/// ```
pub trait Class: Trace + Sized + 'static {
    /// The static description.
    fn info() -> &'static ClassInfo;
}

/// A class that extends `P`: gives the parent's part of a value.
pub trait Extends<P: Class>: Class {}

impl<T: Class> Extends<T> for T {}

struct Template {
    function: v8::Global<v8::FunctionTemplate>,
    instance: v8::Global<v8::ObjectTemplate>,
}

/// The function templates of an isolate, built on first touch.
#[derive(Default)]
pub(crate) struct Templates {
    by_id: RefCell<Vec<Option<Template>>>,
}

/// The function template of a class, built now if nobody has touched the class yet.
pub fn function_template<'s>(
    js: &mut Lock<'s, '_>,
    info: &'static ClassInfo,
) -> v8::Local<'s, v8::FunctionTemplate> {
    let id = info.id();
    if let Some(Some(template)) = js.state().templates.by_id.borrow().get(id) {
        return v8::Local::new(js, &template.function);
    }
    build(js, info, id)
}

#[cold]
fn build<'s>(
    js: &mut Lock<'s, '_>,
    info: &'static ClassInfo,
    id: usize,
) -> v8::Local<'s, v8::FunctionTemplate> {
    let function = Builder::build(js, info);
    let template = Template {
        function: v8::Global::new(js, function),
        instance: v8::Global::new(js, function.instance_template(js)),
    };
    let mut by_id = js.state().templates.by_id.borrow_mut();
    if by_id.len() <= id {
        by_id.resize_with(id + 1, || None);
    }
    by_id[id] = Some(template);
    function
}

/// A fresh object of a class, with no Rust value tied to it yet.
fn instantiate<'s>(
    js: &mut Lock<'s, '_>,
    info: &'static ClassInfo,
) -> Option<v8::Local<'s, v8::Object>> {
    let id = info.id();
    {
        let by_id = js.state().templates.by_id.borrow();
        if let Some(Some(template)) = by_id.get(id) {
            let instance = v8::Local::new(js, &template.instance);
            drop(by_id);
            return instance.new_instance(js);
        }
    }
    let function = build(js, info, id);
    function.instance_template(js).new_instance(js)
}

/// The constructor of a class in the current context.
pub fn constructor<'s>(
    js: &mut Lock<'s, '_>,
    info: &'static ClassInfo,
) -> v8::Local<'s, v8::Function> {
    let template = function_template(js, info);
    template
        .get_function(js)
        .expect("a class template always yields its function")
}

/// Puts a class on `target` under `name`; its template is built when the property is first read.
///
/// The property is an ordinary writable one to JavaScript.
pub fn install_lazily<'s>(
    js: &mut Lock<'s, '_>,
    target: v8::Local<'s, v8::Object>,
    name: &'static str,
    info: &'static ClassInfo,
    attributes: v8::PropertyAttribute,
) {
    let key = crate::intern(js, name);
    let data = v8::External::new(js, std::ptr::from_ref(info).cast_mut().cast());
    target.set_lazy_data_property_with_data(
        js,
        key.into(),
        lazy_class,
        data.into(),
        attributes,
        v8::SideEffectType::HasNoSideEffect,
        v8::SideEffectType::HasSideEffect,
    );
}

fn lazy_class<'s>(
    js: &mut Lock<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) {
    if let Ok(data) = v8::Local::<v8::External>::try_from(args.data()) {
        // SAFETY: the only external ever given to this callback points to a static (see above).
        let info: &'static ClassInfo = unsafe { &*data.value().cast::<ClassInfo>() };
        rv.set(constructor(js, info).into());
    }
}

/// Makes a value when it is first read.
pub type Lazy = for<'s, 'i> fn(&mut Lock<'s, 'i>) -> crate::Result<v8::Local<'s, v8::Value>>;

/// A property whose value is made when it is first read. One static a property.
pub struct LazyValue {
    pub name: &'static str,
    pub make: Lazy,
}

/// Puts a lazily made value on `target`.
pub fn install_lazy_value<'s>(
    js: &mut Lock<'s, '_>,
    target: v8::Local<'s, v8::Object>,
    lazy: &'static LazyValue,
    attributes: v8::PropertyAttribute,
) {
    let key = crate::intern(js, lazy.name);
    let data = v8::External::new(js, std::ptr::from_ref(lazy).cast_mut().cast());
    target.set_lazy_data_property_with_data(
        js,
        key.into(),
        lazy_value,
        data.into(),
        attributes,
        v8::SideEffectType::HasNoSideEffect,
        v8::SideEffectType::HasSideEffect,
    );
}

fn lazy_value<'s>(
    js: &mut Lock<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) {
    if let Ok(data) = v8::Local::<v8::External>::try_from(args.data()) {
        // SAFETY: the only external ever given to this callback points to a static (see above).
        let lazy: &'static LazyValue = unsafe { &*data.value().cast::<LazyValue>() };
        call::guarded(js, |js| {
            rv.set((lazy.make)(js)?);
            Ok(())
        });
    }
}
