//! `workerd:rtti`: the classes, their members and their types, for generators of type definitions. Behind the flag
//! `rtti_api`.
//!
//! The messages are those of workerd's `rtti.capnp`; what they tell is what the macros of [`jsg`] have written down of this
//! program's classes. Types of which they do not know what they are to JavaScript are given as unknown.

mod encode;
mod known;
mod layout;
mod types;

use jsg::class::ClassInfo;
use jsg::js::{ArrayBuffer, Local};
use jsg::{Class, Error, Flag, FlagSet, Lock, Result};

/// See the module.
#[jsg::class(name = "RTTIModule")]
pub struct RttiModule {}

#[jsg::methods]
impl RttiModule {
    /// The types for Workers of a date and flags.
    #[jsg(method)]
    fn export_types<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        compat_date: String,
        compat_flags: Vec<String>,
    ) -> Result<Local<'s, ArrayBuffer>> {
        use compat::{DateCheck, Experimental, resolve};
        let resolved = resolve(
            Some(&compat_date),
            &compat_flags,
            Experimental::Allowed,
            DateCheck::Any,
        );
        match resolved {
            Ok(resolved) => jsg::convert::array_buffer(js, &encode::encode(resolved.flags)),
            Err(rejected) => {
                let first = rejected.errors.first().map(ToString::to_string);
                Err(Error::error(first.unwrap_or_default()))
            }
        }
    }

    /// The types with all flags but those of Node.js.
    #[jsg(method)]
    fn export_experimental_types<'s>(
        &self,
        js: &mut Lock<'s, '_>,
    ) -> Result<Local<'s, ArrayBuffer>> {
        let mut flags = FlagSet::EMPTY;
        for flag in Flag::ALL {
            flags.insert(*flag);
        }
        flags.remove(Flag::NodejsCompat);
        flags.remove(Flag::NodejsCompatV2);
        jsg::convert::array_buffer(js, &encode::encode(flags))
    }
}

/// The built-in modules that are objects of a class.
fn modules(flags: &FlagSet) -> Vec<(&'static str, &'static ClassInfo)> {
    let all = [
        (Flag::RttiApi, "workerd:rtti", RttiModule::info()),
        (
            Flag::UnsafeModule,
            "workerd:unsafe",
            crate::unsafe_module::UnsafeModule::info(),
        ),
    ];
    let on = all.into_iter().filter(|(flag, ..)| flags.contains(*flag));
    on.map(|(_, specifier, info)| (specifier, info)).collect()
}
