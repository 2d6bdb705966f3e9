//! `workerd:unsafe`: what tests do to all Durable Objects, or to one of them. Behind the flag `unsafe_module`.

use std::rc::Rc;

use io::channel::{EventFuture, Eviction};
use io::{ChannelError, IoContext};
use jsg::js::{Local, Promise};
use jsg::{Error, Handle, Lock, LockExt, Result};
use web::fetch::Fetcher;

/// The Durable Objects of all Workers, on all event loops, but for those that are never let go of. The server
/// implements it.
pub trait AllObjects {
    /// Breaks them.
    fn abort(&self, reason: ChannelError) -> EventFuture<()>;

    /// Breaks them, and forgets their alarms and what those that run have stored.
    fn delete(&self, reason: ChannelError) -> EventFuture<()>;

    /// Lets go of those that run, each when it is idle.
    fn evict(&self, eviction: Eviction) -> EventFuture<()>;

    /// Whether the autogate is on that tests have for themselves.
    fn is_test_autogate_on(&self) -> bool;
}

/// How the module finds the objects: an extension of the isolate.
pub struct Everything(pub Rc<dyn AllObjects>);

/// See the module.
#[jsg::class]
pub struct UnsafeModule {}

/// What becomes of WebSockets.
#[derive(jsg::Dictionary)]
struct EvictOptions {
    web_sockets: Option<String>,
}

#[jsg::methods]
impl UnsafeModule {
    #[jsg(method, promise)]
    fn abort_all_durable_objects<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let reason = "Application called abortAllDurableObjects().";
        let done = objects(js)?.abort(ChannelError::classed("Error", reason));
        Ok(settle(js, done))
    }

    #[jsg(method, promise)]
    fn delete_all_durable_objects<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let reason = "Application called deleteAllDurableObjects().";
        let done = objects(js)?.delete(ChannelError::classed("Error", reason));
        Ok(settle(js, done))
    }

    #[jsg(method, promise)]
    fn evict<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        stub: Handle<'s, Fetcher>,
        options: Option<EvictOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let channel = stub.get().channel(js)?.clone();
        let done = channel.evict(eviction(options)?);
        Ok(settle(js, done))
    }

    #[jsg(method, promise)]
    fn evict_all_durable_objects<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<EvictOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let done = objects(js)?.evict(eviction(options)?);
        Ok(settle(js, done))
    }

    #[jsg(method)]
    fn is_test_autogate_enabled(&self, js: &mut Lock<'_, '_>) -> Result<bool> {
        Ok(objects(js)?.is_test_autogate_on())
    }

    /// Isolates are made without a snapshot of what their Worker's start has come to.
    #[jsg(method)]
    fn started_from_startup_snapshot(&self) -> bool {
        false
    }
}

impl UnsafeModule {
    pub fn create<'s>(js: &mut Lock<'s, '_>) -> Handle<'s, Self> {
        Handle::new(js, Self {})
    }
}

fn objects(js: &Lock<'_, '_>) -> Result<Rc<dyn AllObjects>> {
    let everything = js.extension::<Everything>();
    everything
        .map(|everything| everything.0.clone())
        .ok_or_else(|| Error::Internal("the isolate has no way to the objects".into()))
}

fn eviction(options: Option<EvictOptions>) -> Result<Eviction> {
    match options.and_then(|options| options.web_sockets).as_deref() {
        None | Some("hibernate") => Ok(Eviction::Hibernate),
        Some("close") => Ok(Eviction::Close),
        Some(_) => Err(Error::type_error(
            "options.webSockets must be \"hibernate\" or \"close\".",
        )),
    }
}

fn settle<'s>(js: &mut Lock<'s, '_>, done: EventFuture<()>) -> Local<'s, Promise> {
    jsg::promise::from_future(js, async move { Ok(done.await?) })
}
