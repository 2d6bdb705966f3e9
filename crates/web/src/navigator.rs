//! `navigator` (HTML §8.9), the part of it that a server has.

use jsg::Lock;
use jsg::js::{Local, Value};

/// See the module.
#[jsg::class]
pub struct Navigator {}

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
}

impl Navigator {
    pub(crate) fn new() -> Self {
        Self {}
    }
}
