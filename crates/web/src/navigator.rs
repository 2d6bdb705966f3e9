//! `navigator` (HTML §8.9), the part of it that a server has.

use std::cell::RefCell;

use jsg::js::{Local, Value};
use jsg::{Handle, Lock, Ref};

use crate::file_system::StorageManager;

/// See the module.
#[jsg::class]
#[derive(Default)]
pub struct Navigator {
    /// Made when first asked for.
    storage: RefCell<Option<Ref<StorageManager>>>,
}

#[jsg::methods]
impl Navigator {
    /// Sends a POST whose response nobody reads (Beacon §2); false at global scope.
    #[jsg(method)]
    fn send_beacon<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        url: String,
        body: Option<Local<'s, Value>>,
    ) -> jsg::Result<bool> {
        crate::global_fetch::send_beacon(js, url, body)
    }

    #[jsg(instance_getter)]
    fn user_agent(&self) -> &'static str {
        "Cloudflare-Workers"
    }

    /// One, whatever the machine: a Worker runs on one thread.
    #[jsg(instance_getter)]
    fn hardware_concurrency(&self) -> u32 {
        1
    }

    #[jsg(instance_getter)]
    fn platform(&self) -> &'static str {
        ""
    }

    #[jsg(instance_getter, flag = EnableNavigatorLanguage)]
    fn language(&self) -> &'static str {
        "en"
    }

    #[jsg(instance_getter, flag = EnableNavigatorLanguage)]
    fn languages(&self) -> Vec<&'static str> {
        vec!["en"]
    }

    #[jsg(instance_getter, flag = EnableWebFileSystem)]
    fn storage<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, StorageManager> {
        if let Some(storage) = &*self.storage.borrow() {
            return storage.get(js);
        }
        let storage = Handle::new(js, StorageManager::new());
        self.storage.replace(Some(Ref::new(js, storage)));
        storage
    }
}

impl Navigator {
    pub(crate) fn new() -> Self {
        Self::default()
    }
}
