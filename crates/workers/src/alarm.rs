//! What the handler of an alarm gets.

/// See the module.
#[jsg::class]
pub struct AlarmInvocationInfo {
    scheduled_time: f64,
    retries: u32,
}

#[jsg::methods]
impl AlarmInvocationInfo {
    #[jsg(instance_getter)]
    fn is_retry(&self) -> bool {
        self.retries > 0
    }

    #[jsg(instance_getter)]
    fn retry_count(&self) -> u32 {
        self.retries
    }

    #[jsg(instance_getter)]
    fn scheduled_time(&self) -> f64 {
        self.scheduled_time
    }
}

impl AlarmInvocationInfo {
    /// `time` is in milliseconds since the epoch.
    pub fn create<'s>(
        js: &mut jsg::Lock<'s, '_>,
        time: f64,
        retries: u32,
    ) -> jsg::Handle<'s, Self> {
        let info = Self {
            scheduled_time: time,
            retries,
        };
        jsg::Handle::new(js, info)
    }
}
