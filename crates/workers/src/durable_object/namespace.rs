//! Namespaces: from a name or an id to an object.

use std::rc::Rc;
use std::sync::Arc;

use io::channel::{EventFuture, Eviction};
use io::token::{Referent, Refusal, Token, Usage};
use io::{IoContext, SubrequestChannel};
use jsg::{Error, Handle, Lock, Nullable, Result, Untraced};
use web::fetch::Fetcher;

use super::id::{ActorId, DurableObjectId, IdFactory, ObjectId};
use super::stub::{DurableObjectStub, ObjectChannel};

/// The objects of one namespace. The server implements it.
pub trait Objects {
    /// The way to an object; it is started when it is first used.
    fn object(&self, id: ActorId) -> Rc<dyn SubrequestChannel>;

    /// Lets go of an object once it is idle. For tests.
    fn evict(&self, id: ActorId, eviction: Eviction) -> EventFuture<()> {
        self.object(id).evict(eviction)
    }
}

/// See the module.
#[jsg::class]
pub struct DurableObjectNamespace {
    objects: Rc<dyn Objects>,
    /// Plain data.
    ids: Untraced<IdFactory>,
    /// Plain data.
    home: Untraced<Arc<Home>>,
    /// Whether its stubs may be stored.
    is_storable: bool,
}

/// What objects of a namespace are found again by.
#[derive(Debug)]
pub struct Home {
    /// The namespace's unique key.
    pub key: Arc<str>,
}

impl Home {
    /// What an object is found again by.
    ///
    /// # Errors
    /// It is to be stored, and may not be.
    pub fn token(
        &self,
        id: &ObjectId,
        is_persistent: bool,
        usage: Usage,
    ) -> std::result::Result<Token, Refusal> {
        let object = Referent::Object {
            key: self.key.clone(),
            id: id.bytes().to_vec(),
            name: id.name().map(str::to_owned),
        };
        Token::new(object, is_persistent, usage)
    }
}

/// What `newUniqueId()` takes.
#[derive(jsg::Dictionary)]
struct NewUniqueIdOptions {
    jurisdiction: Option<Nullable<String>>,
}

/// What `get()` and its kin take. Hints have no use outside of Cloudflare's network.
#[derive(jsg::Dictionary)]
struct GetDurableObjectOptions {
    #[expect(dead_code, reason = "its type is checked")]
    location_hint: Option<String>,
    routing_mode: Option<String>,
    #[expect(dead_code, reason = "its type is checked")]
    version: Option<VersionOptions>,
}

/// Which version of the Worker is meant. There is one only outside of Cloudflare's network.
#[derive(jsg::Dictionary)]
struct VersionOptions {
    #[expect(dead_code, reason = "its type is checked")]
    cohort: Option<String>,
}

#[jsg::methods]
impl DurableObjectNamespace {
    #[jsg(method)]
    fn new_unique_id<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<NewUniqueIdOptions>,
    ) -> Result<Handle<'s, DurableObjectId>> {
        let jurisdiction = options.and_then(|options| options.jurisdiction);
        no_jurisdiction(jurisdiction)?;
        let id = self.ids.new_unique()?;
        Ok(DurableObjectId::create(js, id))
    }

    #[jsg(method)]
    fn id_from_name<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Handle<'s, DurableObjectId> {
        let id = self.ids.from_name(&name);
        DurableObjectId::create(js, id)
    }

    #[jsg(method)]
    fn id_from_string<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        id: String,
    ) -> Result<Handle<'s, DurableObjectId>> {
        let id = self.ids.from_string(&id)?;
        Ok(DurableObjectId::create(js, id))
    }

    #[jsg(method)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        id: Handle<'s, DurableObjectId>,
        options: Option<GetDurableObjectOptions>,
    ) -> Result<Handle<'s, DurableObjectStub>> {
        self.stub(js, id, options)
    }

    #[jsg(method)]
    fn get_by_name<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        options: Option<GetDurableObjectOptions>,
    ) -> Result<Handle<'s, DurableObjectStub>> {
        let id = self.id_from_name(js, name);
        self.stub(js, id, options)
    }

    #[jsg(method, flag = DurableObjectGetExisting)]
    fn get_existing<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        id: Handle<'s, DurableObjectId>,
        options: Option<GetDurableObjectOptions>,
    ) -> Result<Handle<'s, DurableObjectStub>> {
        self.stub(js, id, options)
    }

    #[jsg(method)]
    fn jurisdiction<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        jurisdiction: Option<Nullable<String>>,
    ) -> Result<Handle<'s, Self>> {
        no_jurisdiction(jurisdiction)?;
        Ok(Handle::new(js, self.duplicate()))
    }
}

fn no_jurisdiction(jurisdiction: Option<Nullable<String>>) -> Result<()> {
    match jurisdiction {
        Some(Nullable(Some(_))) => Err(Error::error(
            "Jurisdiction restrictions are not implemented in workerd.",
        )),
        _ => Ok(()),
    }
}

impl DurableObjectNamespace {
    /// The part of a class that extends this one.
    pub fn new(objects: Rc<dyn Objects>, ids: IdFactory, home: Arc<Home>) -> Self {
        Self {
            objects,
            ids: Untraced(ids),
            home: Untraced(home),
            is_storable: false,
        }
    }

    /// The same with stubs that may be stored, or not.
    #[must_use]
    pub fn storable(mut self, is_storable: bool) -> Self {
        self.is_storable = is_storable;
        self
    }

    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        objects: Rc<dyn Objects>,
        ids: IdFactory,
        home: Arc<Home>,
    ) -> Handle<'s, Self> {
        Handle::new(js, Self::new(objects, ids, home))
    }

    fn duplicate(&self) -> Self {
        let home = self.home.0.clone();
        Self::new(self.objects.clone(), self.ids.clone(), home).storable(self.is_storable)
    }

    fn stub<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        id: Handle<'s, DurableObjectId>,
        options: Option<GetDurableObjectOptions>,
    ) -> Result<Handle<'s, DurableObjectStub>> {
        if let Some(mode) = options.and_then(|options| options.routing_mode)
            && mode != "primary-only"
        {
            return Err(Error::range_error(format!("unknown routingMode: {mode}")));
        }
        let channel =
            ObjectChannel::new(self.objects.clone(), ActorId::Object(id.get().id().clone()));
        let channel = channel.of_home(self.home.0.clone(), self.is_storable);
        DurableObjectStub::create(js, channel, id)
    }
}

/// A namespace of objects that are not stored: an object is whatever has the id.
#[jsg::class]
pub struct ColoLocalActorNamespace {
    objects: Rc<dyn Objects>,
}

#[jsg::methods]
impl ColoLocalActorNamespace {
    #[jsg(method)]
    fn get<'s>(&self, js: &mut Lock<'s, '_>, id: String) -> Result<Handle<'s, Fetcher>> {
        if id.is_empty() || id.len() > 2048 {
            return Err(Error::type_error(
                "Actor ID length must be in the range [1, 2048].",
            ));
        }
        let context = IoContext::current(js)?;
        let channel = ObjectChannel::new(self.objects.clone(), ActorId::Text(id.into()));
        let fetcher = Fetcher::owned(&context, Rc::new(channel));
        Ok(Handle::new(js, fetcher))
    }
}

impl ColoLocalActorNamespace {
    /// The part of a class that extends this one.
    pub fn new(objects: Rc<dyn Objects>) -> Self {
        Self { objects }
    }

    pub fn create<'s>(js: &mut Lock<'s, '_>, objects: Rc<dyn Objects>) -> Handle<'s, Self> {
        Handle::new(js, Self::new(objects))
    }
}
