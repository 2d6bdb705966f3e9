//! Filling the function template of a class.
//!
//! Property placement follows what the real workerd's classes look like to JavaScript: methods have
//! length 0 and are enumerable; properties are accessors on the prototype where the compatibility
//! date says so, and data-like properties of each instance before that, the last declared first.

use compat::{Flag, FlagSet};
use v8::PropertyAttribute;

use super::call::{Call, Member};
use super::callbacks::{
    absent, callback, construct, data_getter, data_setter, getter_callback, illegal_constructor,
    lazy_class_getter, lazy_class_setter, setter_callback, wildcard_getter, wildcard_query,
};
use super::{ClassInfo, function_template};
use crate::{Lock, LockExt, Result};

/// The body of a method, static method or constructor; one empty type a member, made by the macro.
pub trait MethodBody: 'static {
    const MEMBER: &'static Member;
    /// How many arguments have to be given.
    const LENGTH: i32 = 0;
    fn call<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        rv: v8::ReturnValue<'_, v8::Value>,
    ) -> Result<()>;
}

/// The getter of a property.
pub trait GetterBody: 'static {
    const NAME: &'static str;
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        this: v8::Local<'s, v8::Object>,
        rv: v8::ReturnValue<'_, v8::Value>,
    ) -> Result<()>;
}

/// The setter of a property. Implemented by [`NoSetter`] for those that have none.
pub trait SetterBody: 'static {
    const PRESENT: bool;
    fn set<'s>(
        js: &mut Lock<'s, '_>,
        this: v8::Local<'s, v8::Object>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<()>;
}

/// A property without a setter.
pub struct NoSetter;

impl SetterBody for NoSetter {
    const PRESENT: bool = false;
    fn set<'s>(
        _: &mut Lock<'s, '_>,
        _: v8::Local<'s, v8::Object>,
        _: v8::Local<'s, v8::Value>,
    ) -> Result<()> {
        Ok(())
    }
}

/// Properties of any name, for [`Builder::wildcard`]; an empty type.
pub trait WildcardBody: 'static {
    /// The property of `object` with this name; none if there is no such property.
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        name: v8::Local<'s, v8::String>,
    ) -> Result<Option<v8::Local<'s, v8::Value>>>;

    /// Whether objects have a property with this name, as `in` sees it.
    fn has(_js: &Lock<'_, '_>, _name: v8::Local<'_, v8::String>) -> bool {
        true
    }
}

/// Where a property is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// As the flag `workers_api_getters_setters_on_prototype` says.
    ByFlag,
    Prototype,
    Instance,
}

/// Installs a property on the instance template.
type Deferred = for<'s, 'i> fn(&mut Lock<'s, 'i>, v8::Local<'s, v8::ObjectTemplate>);

/// What to do with the constructor once its function exists in a context.
pub type OnFunction = for<'s, 'i> fn(&mut Lock<'s, 'i>, v8::Local<'s, v8::Function>);

/// The builder that [`ClassInfo::define`] gets.
pub struct Builder<'b, 's, 'i> {
    pub(super) js: &'b mut Lock<'s, 'i>,
    pub(super) function: v8::Local<'s, v8::FunctionTemplate>,
    prototype: v8::Local<'s, v8::ObjectTemplate>,
    inspect: v8::Local<'s, v8::ObjectTemplate>,
    /// Whether the class looks as its standard says, whatever the flags.
    standard: bool,
    /// Whether the class inherits from another.
    derived: bool,
    on_instance: Vec<Deferred>,
    on_function: Vec<OnFunction>,
}

/// The template of a class with a constructor.
pub fn constructible<'s, B: MethodBody>(
    js: &mut Lock<'s, '_>,
) -> v8::Local<'s, v8::FunctionTemplate> {
    let length = length::<B>(js, false);
    v8::FunctionTemplate::builder(construct::<B>)
        .length(length)
        .build(js)
}

/// The `length` of a function: that of WebIDL (§3.7.6) is behind a flag.
fn length<B: MethodBody>(js: &Lock<'_, '_>, standard: bool) -> i32 {
    if standard || js.flag(Flag::SpecCompliantPropertyAttributes) {
        B::LENGTH
    } else {
        0
    }
}

/// The template of a class that JavaScript cannot construct.
pub fn illegal<'s>(js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::FunctionTemplate> {
    v8::FunctionTemplate::new(js, illegal_constructor)
}

impl<'s, 'i> Builder<'_, 's, 'i> {
    pub(super) fn build(
        js: &mut Lock<'s, 'i>,
        info: &'static ClassInfo,
    ) -> v8::Local<'s, v8::FunctionTemplate> {
        let function = (info.create)(js);
        if let Some((parent, _)) = info.parent {
            function.inherit(function_template(js, parent));
        }
        Self::fill(js, info, function)
    }

    /// A copy of a class and of its ancestors, none of which JavaScript can construct.
    pub(super) fn build_apart(
        js: &mut Lock<'s, 'i>,
        info: &'static ClassInfo,
    ) -> v8::Local<'s, v8::FunctionTemplate> {
        let function = illegal(js);
        if let Some((parent, _)) = info.parent {
            function.inherit(Self::build_apart(js, parent));
        }
        Self::fill(js, info, function)
    }

    fn fill(
        js: &mut Lock<'s, 'i>,
        info: &'static ClassInfo,
        function: v8::Local<'s, v8::FunctionTemplate>,
    ) -> v8::Local<'s, v8::FunctionTemplate> {
        let name = crate::intern(js, info.name);
        function.set_class_name(name);
        let prototype = function.prototype_template(js);
        let instance = function.instance_template(js);
        if js.flag(Flag::SetTostringTag) {
            let tag = v8::Symbol::get_to_string_tag(js);
            prototype.set_with_attr(tag.into(), name.into(), PropertyAttribute::DONT_ENUM);
        }
        let marker = js.state().symbols.internal_class(js);
        let fixed = PropertyAttribute::DONT_ENUM
            | PropertyAttribute::DONT_DELETE
            | PropertyAttribute::READ_ONLY;
        prototype.set_with_attr(marker.into(), marker.into(), fixed);
        if js.flag(Flag::ImmutableApiPrototypes) {
            function.read_only_prototype();
        }
        let inspect = v8::ObjectTemplate::new(js);
        let mut builder = Builder {
            js,
            function,
            prototype,
            inspect,
            standard: false,
            derived: info.parent.is_some(),
            on_instance: Vec::new(),
            on_function: Vec::new(),
        };
        (info.define)(&mut builder);
        let Builder {
            js,
            on_instance,
            on_function,
            ..
        } = builder;
        // V8 gives an object its accessors in reverse, which makes the last declared the first.
        for install in on_instance {
            install(js, instance);
        }
        let symbol = js.state().symbols.resource_type_inspect(js);
        let hidden = PropertyAttribute::DONT_ENUM | PropertyAttribute::READ_ONLY;
        prototype.set_with_attr(symbol.into(), inspect.into(), hidden);
        if !on_function.is_empty() {
            let constructor = function
                .get_function(js)
                .expect("a class template yields its function");
            for hook in on_function {
                hook(js, constructor);
            }
        }
        function
    }

    /// The Worker's compatibility flags, for members that exist only under some.
    pub fn flags(&self) -> &'s FlagSet {
        &self.js.state().flags
    }

    pub fn js(&mut self) -> &mut Lock<'s, 'i> {
        self.js
    }

    /// Gives the class the form of its standard from here on, whatever flags say: attributes on the
    /// prototype, a `Symbol.toStringTag`, the lengths of functions.
    pub fn as_standard(&mut self, name: &'static str) {
        self.standard = true;
        let tag = v8::Symbol::get_to_string_tag(self.js);
        let name = crate::intern(self.js, name);
        self.prototype
            .set_with_attr(tag.into(), name.into(), PropertyAttribute::DONT_ENUM);
    }

    /// The template of the prototype, for what the other methods cannot say.
    pub fn prototype(&self) -> v8::Local<'s, v8::ObjectTemplate> {
        self.prototype
    }

    /// The template of the constructor.
    pub fn function(&self) -> v8::Local<'s, v8::FunctionTemplate> {
        self.function
    }

    /// Runs `hook` when the constructor exists.
    pub fn on_function(&mut self, hook: OnFunction) {
        self.on_function.push(hook);
    }

    fn body<B: MethodBody>(
        &mut self,
        name: Option<v8::Local<'s, v8::String>>,
    ) -> v8::Local<'s, v8::FunctionTemplate> {
        let length = length::<B>(self.js, self.standard);
        let template = v8::FunctionTemplate::builder(callback::<B>)
            .length(length)
            .constructor_behavior(v8::ConstructorBehavior::Throw)
            .build(self.js);
        if let Some(name) = name {
            template.set_class_name(name);
        }
        template
    }

    pub fn method<B: MethodBody>(&mut self) {
        let name = crate::intern(self.js, B::MEMBER.name);
        let template = self.body::<B>(Some(name));
        self.prototype.set(name.into(), template.into());
    }

    /// What a call of an object of this class does: such an object is a function to JavaScript.
    pub fn callable<B: MethodBody>(&mut self) {
        let instance = self.function.instance_template(self.js);
        instance.set_call_as_function_handler(callback::<B>, None);
    }

    /// What a property is that neither the object nor its prototypes have, if anything. It is none of the object's own.
    pub fn wildcard<B: WildcardBody>(&mut self) {
        let flags = || {
            v8::PropertyHandlerFlags::NON_MASKING
                | v8::PropertyHandlerFlags::ONLY_INTERCEPT_STRINGS
                | v8::PropertyHandlerFlags::HAS_NO_SIDE_EFFECT
        };
        let handler = v8::NamedPropertyHandlerConfiguration::new()
            .getter(wildcard_getter::<B>)
            .query(absent)
            .flags(flags());
        let instance = self.function.instance_template(self.js);
        instance.set_named_property_handler(handler);
        // The object itself has to answer, for only it knows whose the property is. That there is one is the prototype's.
        let handler = v8::NamedPropertyHandlerConfiguration::new()
            .query(wildcard_query::<B>)
            .flags(flags());
        self.prototype.set_named_property_handler(handler);
        // A template with a handler gets a class, and the prototype made of it the prototype of that class.
        if !self.derived {
            self.inherit_object_prototype();
        }
    }

    pub fn static_method<B: MethodBody>(&mut self) {
        let name = crate::intern(self.js, B::MEMBER.name);
        let template = self.body::<B>(Some(name));
        self.function.set(name.into(), template.into());
    }

    /// A method under a well-known symbol.
    pub fn symbol_method<B: MethodBody>(
        &mut self,
        symbol: for<'a, 'c> fn(&Lock<'a, 'c>) -> v8::Local<'a, v8::Symbol>,
    ) {
        let template = self.body::<B>(None);
        let symbol = symbol(self.js);
        self.prototype
            .set_with_attr(symbol.into(), template.into(), PropertyAttribute::DONT_ENUM);
    }

    /// A property.
    pub fn property<G: GetterBody, S: SetterBody>(&mut self, placement: Placement) {
        let on_prototype = match placement {
            Placement::ByFlag => {
                self.standard || self.js.flag(Flag::WorkersApiGettersSettersOnPrototype)
            }
            Placement::Prototype => true,
            Placement::Instance => false,
        };
        let name = crate::intern(self.js, G::NAME);
        if !on_prototype {
            self.on_instance.push(install_on_instance::<G, S>);
            return;
        }
        let getter = v8::FunctionTemplate::new(self.js, getter_callback::<G>);
        let mut setter = None;
        // WebIDL §3.7.7: the functions of an attribute have names of their own, setters a length.
        if self.standard || self.js.flag(Flag::SpecCompliantPropertyAttributes) {
            getter.set_class_name(crate::string(self.js, &format!("get {}", G::NAME)));
            setter = S::PRESENT.then(|| {
                let setter = v8::FunctionTemplate::builder(setter_callback::<S>)
                    .length(1)
                    .build(self.js);
                setter.set_class_name(crate::string(self.js, &format!("set {}", G::NAME)));
                setter
            });
        } else if S::PRESENT {
            setter = Some(v8::FunctionTemplate::new(self.js, setter_callback::<S>));
        }
        // Says "read only" to those who assign in strict mode; a descriptor does not show it.
        let attributes = if S::PRESENT {
            PropertyAttribute::NONE
        } else {
            PropertyAttribute::READ_ONLY
        };
        self.prototype
            .set_accessor_property(name.into(), Some(getter), setter, attributes);
        let no = v8::Boolean::new(self.js, false);
        self.inspect.set(name.into(), no.into());
    }

    /// A class as a property of the prototype.
    pub fn class(&mut self, name: &'static str, info: &'static ClassInfo) {
        let key = crate::intern(self.js, name);
        let class = function_template(self.js, info);
        self.prototype.set(key.into(), class.into());
    }

    /// A class as a property of the prototype. The class's template is built when a guest first reads
    /// the property, which then becomes an ordinary one.
    pub fn lazy_class(&mut self, name: &'static str, info: &'static ClassInfo) {
        let key = crate::intern(self.js, name);
        let data = v8::External::new(self.js, std::ptr::from_ref(info).cast_mut().cast());
        let configuration = v8::AccessorConfiguration::new(lazy_class_getter)
            .setter(lazy_class_setter)
            .data(data.into());
        self.prototype
            .set_accessor_with_configuration(key.into(), configuration);
    }

    /// A property that only inspection sees, under a symbol of its own.
    pub fn inspect_property<G: GetterBody>(&mut self) {
        let name = crate::intern(self.js, G::NAME);
        let symbol = v8::Symbol::new(self.js, Some(name));
        let getter = v8::FunctionTemplate::new(self.js, getter_callback::<G>);
        self.prototype.set_accessor_property(
            symbol.into(),
            Some(getter),
            None,
            PropertyAttribute::DONT_ENUM,
        );
        self.inspect.set(name.into(), symbol.into());
    }

    /// A property of the constructor: read-only, made when it is first read.
    pub fn static_property<G: GetterBody>(&mut self) {
        self.on_function(|js, constructor| {
            let name = crate::intern(js, G::NAME);
            let undefined = v8::undefined(js);
            constructor.set_lazy_data_property_with_data(
                js,
                name.into(),
                data_getter::<G>,
                undefined.into(),
                PropertyAttribute::READ_ONLY,
                v8::SideEffectType::HasNoSideEffect,
                v8::SideEffectType::HasSideEffect,
            );
        });
    }

    /// A number on the constructor and on the prototype (WebIDL §3.7.5, constants).
    pub fn constant(&mut self, name: &'static str, value: f64) {
        let name = crate::intern(self.js, name);
        let value = v8::Number::new(self.js, value);
        let strict = self.js.flag(Flag::SpecCompliantPropertyAttributes);
        let fixed = || {
            if strict {
                PropertyAttribute::READ_ONLY | PropertyAttribute::DONT_DELETE
            } else {
                PropertyAttribute::READ_ONLY
            }
        };
        self.prototype
            .set_with_attr(name.into(), value.into(), fixed());
        self.function
            .set_with_attr(name.into(), value.into(), fixed());
    }
}

/// A function without a name that is a method of no class. It can be constructed, as those can that
/// are made from plain callbacks.
pub fn plain_function<'s, B: MethodBody>(js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::Function> {
    v8::Function::builder(callback::<B>)
        .build(js)
        .expect("functions are made without guest code")
}

fn install_on_instance<'s, G: GetterBody, S: SetterBody>(
    js: &mut Lock<'s, '_>,
    instance: v8::Local<'s, v8::ObjectTemplate>,
) {
    let name = crate::intern(js, G::NAME);
    let configuration = v8::AccessorConfiguration::new(data_getter::<G>);
    let configuration = if S::PRESENT {
        configuration.setter(data_setter::<S>)
    } else {
        configuration.property_attribute(PropertyAttribute::READ_ONLY)
    };
    instance.set_accessor_with_configuration(name.into(), configuration);
}

/// `Symbol.iterator`.
pub fn iterator_symbol<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
    v8::Symbol::get_iterator(js)
}

/// `Symbol.asyncIterator`.
pub fn async_iterator_symbol<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
    v8::Symbol::get_async_iterator(js)
}

/// `Symbol.dispose`.
pub fn dispose_symbol<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
    js.state().symbols.dispose(js)
}

/// Makes a class's prototype inherit from that of a constructor of the language.
pub fn inherit_from_intrinsic<'s>(
    js: &mut Lock<'s, '_>,
    constructor: v8::Local<'s, v8::Function>,
    intrinsic: &str,
) {
    let prototype_key = crate::intern(js, "prototype");
    let global = js.get_current_context().global(js);
    let name = crate::intern(js, intrinsic);
    let parent = global
        .get(js, name.into())
        .and_then(|parent| v8::Local::<v8::Object>::try_from(parent).ok())
        .and_then(|parent| parent.get(js, prototype_key.into()));
    let prototype = constructor
        .get(js, prototype_key.into())
        .and_then(|prototype| v8::Local::<v8::Object>::try_from(prototype).ok());
    if let (Some(prototype), Some(parent)) = (prototype, parent) {
        prototype.set_prototype(js, parent);
    }
}
