//! `DurableObjectState`: what an object gets as `ctx`.

use std::cell::RefCell;
use std::rc::Rc;

use io::channel::Hint;
use io::{ChannelError, IoContext};
use jsg::js::{Function, Local, Promise, Value};
use jsg::{Error, Handle, JsRef, Lock, Nullable, Result, Untraced};
use web::argument::PromiseOf;
use web::websocket::{WebSocket, WebSocketRequestResponsePair};

use super::facets::{DurableObjectFacets, Facets};
use super::hibernation;
use super::id::{ActorId, DurableObjectId};
use super::section::block_concurrency_while;

const ABORTED: &str = "Application called abort() to reset Durable Object.";

/// See the module.
#[jsg::class]
pub struct DurableObjectState {
    /// Plain data.
    id: Untraced<ActorId>,
    exports: Option<JsRef<Value>>,
    props: JsRef<Value>,
    storage: Option<JsRef<Value>>,
    facets: Rc<dyn Facets>,
    /// What a guest has assigned to a property, and what we have made when it was first read.
    kept: RefCell<Vec<(Property, JsRef<Value>)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Exports,
    Props,
    Id,
    Storage,
    Container,
    Facets,
    Version,
    PrimaryStub,
}

impl jsg::Trace for Property {
    fn trace(&self, _: &mut jsg::Visitor) {}
}

/// What a [`DurableObjectState`] is made with.
pub struct Parts<'s> {
    pub id: ActorId,
    /// Loopback bindings to the Worker's own exports.
    pub exports: Option<Local<'s, Value>>,
    pub props: Local<'s, Value>,
    /// Objects that are not stored have none.
    pub storage: Option<Local<'s, Value>>,
    pub facets: Rc<dyn Facets>,
}

/// What `abort()` takes besides a reason.
#[derive(jsg::Dictionary)]
struct AbortOptions {
    retry_alarm: Option<bool>,
}

#[jsg::methods]
impl DurableObjectState {
    #[jsg(method)]
    fn wait_until<'s>(&self, js: &mut Lock<'s, '_>, promise: PromiseOf<'s>) -> Result<()> {
        IoContext::current(js)?.wait_until(js, promise.0)
    }

    #[jsg(instance_getter, flag = EnableCtxExports)]
    fn exports<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Exports)
    }

    #[jsg(setter)]
    fn set_exports<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Exports, value);
    }

    #[jsg(instance_getter)]
    fn props<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Props)
    }

    #[jsg(setter)]
    fn set_props<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Props, value);
    }

    #[jsg(method, promise, flag = AllowIrrevocableStubStorage)]
    fn restore<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        params: Local<'s, jsg::js::Object>,
    ) -> Result<Local<'s, Promise>> {
        web::execution_context::restore(js, params)
    }

    #[jsg(instance_getter)]
    fn id<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Id)
    }

    #[jsg(setter)]
    fn set_id<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Id, value);
    }

    #[jsg(instance_getter)]
    fn storage<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Storage)
    }

    #[jsg(setter)]
    fn set_storage<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Storage, value);
    }

    #[jsg(instance_getter)]
    fn container<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Container)
    }

    #[jsg(setter)]
    fn set_container<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Container, value);
    }

    #[jsg(instance_getter)]
    fn facets<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Facets)
    }

    #[jsg(setter)]
    fn set_facets<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Facets, value);
    }

    #[jsg(instance_getter, flag = EnableVersionApi)]
    fn version<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::Version)
    }

    #[jsg(setter)]
    fn set_version<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.keep(js, Property::Version, value);
    }

    #[jsg(instance_getter, flag = Experimental)]
    fn primary_stub<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.property(js, Property::PrimaryStub)
    }

    #[jsg(method, promise)]
    fn block_concurrency_while<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
    ) -> Result<Local<'s, Promise>> {
        block_concurrency_while(js, callback)
    }

    #[jsg(method)]
    fn accept_web_socket<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        ws: Handle<'s, WebSocket>,
        tags: Option<Vec<String>>,
    ) -> Result<()> {
        let sockets = hibernation::sockets(js)?;
        hibernation::accept(js, &sockets, ws, tags)
    }

    #[jsg(method)]
    fn get_web_sockets<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        tag: Option<String>,
    ) -> Result<Vec<Handle<'s, WebSocket>>> {
        let sockets = hibernation::sockets(js)?;
        let found = match tag {
            Some(tag) => sockets.tagged(&tag),
            None => sockets.all(),
        };
        let handles = found
            .iter()
            .map(|socket| WebSocket::of_hibernatable(js, socket));
        handles.collect()
    }

    #[jsg(method)]
    fn set_web_socket_auto_response<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        pair: Option<Handle<'s, WebSocketRequestResponsePair>>,
    ) -> Result<()> {
        hibernation::sockets(js)?.set_answer(match pair {
            Some(pair) => Some(hibernation::answer(pair.get())?),
            None => None,
        });
        Ok(())
    }

    #[jsg(method)]
    fn get_web_socket_auto_response<'s>(
        &self,
        js: &mut Lock<'s, '_>,
    ) -> Result<Nullable<Handle<'s, WebSocketRequestResponsePair>>> {
        let answer = hibernation::sockets(js)?.answer();
        Ok(Nullable(
            answer.map(|answer| hibernation::pair(js, &answer)),
        ))
    }

    #[jsg(method)]
    fn get_web_socket_auto_response_timestamp<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        ws: Handle<'s, WebSocket>,
    ) -> Result<Nullable<Local<'s, Value>>> {
        let time = ws.auto_response_time(js)?;
        let date = time.and_then(|time| jsg::js::Date::new(js, time));
        Ok(Nullable(date.map(Into::into)))
    }

    #[jsg(method)]
    fn set_hibernatable_web_socket_event_timeout(
        &self,
        js: &mut Lock<'_, '_>,
        timeout_ms: Option<u32>,
    ) -> Result<()> {
        let timeout = hibernation::event_timeout(timeout_ms)?;
        hibernation::sockets(js)?.set_event_timeout(timeout);
        Ok(())
    }

    #[jsg(method)]
    fn get_hibernatable_web_socket_event_timeout(
        &self,
        js: &mut Lock<'_, '_>,
    ) -> Result<Nullable<f64>> {
        let timeout = hibernation::sockets(js)?.event_timeout();
        Ok(Nullable(timeout.map(|it| it.as_millis() as f64)))
    }

    #[jsg(method)]
    fn get_tags<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        ws: Handle<'s, WebSocket>,
    ) -> Result<Vec<String>> {
        ws.tags(js)
    }

    /// Ends the object with all its events. The next event gets a new one.
    #[jsg(method)]
    fn abort(
        &self,
        js: &mut Lock<'_, '_>,
        reason: Option<String>,
        options: Option<AbortOptions>,
    ) -> Result<()> {
        let context = IoContext::current(js)?;
        let actor = context
            .actor()
            .ok_or_else(|| Error::Internal("the state of no object".into()))?;
        if options.and_then(|options| options.retry_alarm) == Some(false) {
            actor.refuse_alarm_retry();
        }
        let message = reason.unwrap_or_else(|| ABORTED.to_owned());
        actor.abort(ChannelError::classed("Error", message).hinted(Hint::Reset));
        Err(jsg::terminate(js))
    }
}

impl DurableObjectState {
    pub fn create<'s>(js: &mut Lock<'s, '_>, parts: Parts<'s>) -> Handle<'s, Self> {
        let state = Self {
            id: Untraced(parts.id),
            exports: parts.exports.map(|exports| JsRef::new(js, exports)),
            props: JsRef::new(js, parts.props),
            storage: parts.storage.map(|storage| JsRef::new(js, storage)),
            facets: parts.facets,
            kept: RefCell::default(),
        };
        Handle::new(js, state)
    }

    fn property<'s>(&self, js: &mut Lock<'s, '_>, property: Property) -> Local<'s, Value> {
        let kept = {
            let kept = self.kept.borrow();
            let known = kept.iter().find(|(known, _)| *known == property);
            known.map(|(_, value)| value.get(js))
        };
        if let Some(kept) = kept {
            return kept;
        }
        let value = match property {
            Property::Exports => self.exports.as_ref().map(|exports| exports.get(js)),
            Property::Props => Some(self.props.get(js)),
            Property::Storage => self.storage.as_ref().map(|storage| storage.get(js)),
            Property::Id => {
                let id: Local<'s, Value> = match &*self.id {
                    ActorId::Object(id) => DurableObjectId::create(js, id.clone()).object().into(),
                    ActorId::Text(text) => jsg::string(js, text).into(),
                };
                self.keep(js, Property::Id, id);
                Some(id)
            }
            Property::Facets => {
                let facets = DurableObjectFacets::create(js, self.facets.clone(), self.id.clone());
                let facets = facets.object().into();
                self.keep(js, Property::Facets, facets);
                Some(facets)
            }
            // There are neither containers, nor versions, nor replicas.
            Property::Container | Property::Version | Property::PrimaryStub => None,
        };
        value.unwrap_or_else(|| jsg::js::undefined(js).into())
    }

    fn keep<'s>(&self, js: &Lock<'s, '_>, property: Property, value: Local<'s, Value>) {
        let value = JsRef::new(js, value);
        let mut kept = self.kept.borrow_mut();
        kept.retain(|(known, _)| *known != property);
        kept.push((property, value));
    }
}
