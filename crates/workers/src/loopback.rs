//! `ctx.exports`: bindings to the Worker's own entry points.

use std::rc::Rc;

use io::carried::Carried;
use io::{IoContext, SubrequestChannel};
use jsg::class::Builder;
use jsg::js::{Local, Object};
use jsg::{Call, Handle, Lock, Result};
use web::fetch::Fetcher;

use crate::carried;

/// An entry point of the Worker itself.
pub trait Loopback {
    /// The channel to it. Without `props` they are empty.
    fn channel(&self, props: Option<Carried>) -> Rc<dyn SubrequestChannel>;
}

/// A property of `ctx.exports` that is no Durable Object class: a service binding that can be called
/// to get one with props.
#[jsg::class(extends = Fetcher)]
pub struct LoopbackServiceStub {
    parent: Fetcher,
    loopback: Rc<dyn Loopback>,
}

/// What a stub is called with.
#[derive(jsg::Dictionary)]
struct Options<'s> {
    props: Option<Local<'s, Object>>,
}

/// What a stub is called with under the flag `enable_version_api`.
#[derive(jsg::Dictionary)]
struct OptionsWithVersion<'s> {
    props: Option<Local<'s, Object>>,
    version: Option<Version>,
}

/// Which version of the Worker is meant. There is one only outside of Cloudflare's network.
#[derive(jsg::Dictionary)]
struct Version {
    #[expect(dead_code, reason = "its type is checked")]
    cohort: Option<Option<String>>,
}

#[jsg::methods]
impl LoopbackServiceStub {
    #[jsg(define)]
    fn wildcard(builder: &mut Builder<'_, '_, '_>) {
        builder.wildcard::<web::fetch::fetcher::Wildcard>();
    }

    #[jsg(callable, unless = EnableVersionApi)]
    fn specialize<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        options: Options<'s>,
    ) -> Result<Handle<'s, Fetcher>> {
        given(call, "Options")?;
        self.with_props(js, options.props)
    }

    #[jsg(callable, flag = EnableVersionApi)]
    fn specialize_version<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        options: OptionsWithVersion<'s>,
    ) -> Result<Handle<'s, Fetcher>> {
        given(call, "OptionsWithVersion")?;
        let _ = options.version;
        self.with_props(js, options.props)
    }
}

/// Options that may be undefined must be there all the same.
fn given(call: &Call<'_>, options: &str) -> Result<()> {
    if call.is_empty() {
        return Err(call.member().argument_error(0, options));
    }
    Ok(())
}

impl LoopbackServiceStub {
    pub fn create<'s>(js: &mut Lock<'s, '_>, loopback: Rc<dyn Loopback>) -> Handle<'s, Self> {
        let stub = Self {
            parent: Fetcher::new(loopback.channel(None)),
            loopback,
        };
        Handle::new(js, stub)
    }

    fn with_props<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        props: Option<Local<'s, Object>>,
    ) -> Result<Handle<'s, Fetcher>> {
        let props = match props {
            Some(props) => Some(carried::write(js, props.into())?),
            None => None,
        };
        IoContext::current(js)?;
        let channel = self.loopback.channel(props);
        Ok(Fetcher::create(js, channel))
    }
}
