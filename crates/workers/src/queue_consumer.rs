//! Messages of a queue at their consumer.
//!
//! What becomes of a message is told by calls on it or on its batch. Where they contradict each other the first one
//! counts, and the author of the Worker is warned.

use std::cell::RefCell;
use std::rc::Rc;

use io::event::{QueueBatch, QueueMessage as Incoming, QueueMetrics, Retry, Verdicts};
use io::{IoContext, IoOwn};
use jsg::convert::{Time, set_member as set, set_optional_member as set_optional};
use jsg::js::{Array, Local, Object, Value};
use jsg::{Handle, JsRef, Lock, Ref, Result, Untraced};
use web::console::warn;
use web::events::ExtendableEvent;

/// What the consumer has said by now.
pub type OwnVerdicts = Rc<IoOwn<RefCell<Verdicts>>>;

/// The same in a field. It holds nothing of the isolate.
type Said = Untraced<OwnVerdicts>;

/// One message.
#[jsg::class]
pub struct QueueMessage {
    id: String,
    timestamp: f64,
    body: JsRef<Value>,
    attempts: u16,
    said: Said,
}

/// A batch in service worker syntax.
#[jsg::class(extends = ExtendableEvent)]
pub struct QueueEvent {
    queue: String,
    messages: Vec<Ref<QueueMessage>>,
    metrics: Untraced<QueueMetrics>,
    said: Said,
    parent: ExtendableEvent,
}

/// A batch for a module's handler.
#[jsg::class]
pub struct QueueController {
    event: Ref<QueueEvent>,
}

#[derive(Default, jsg::Dictionary)]
#[jsg(name = "QueueRetryOptions")]
struct RetryOptions {
    delay_seconds: Option<i32>,
}

#[jsg::methods]
impl QueueMessage {
    #[jsg(instance_getter)]
    fn id(&self) -> String {
        self.id.clone()
    }

    #[jsg(instance_getter)]
    fn timestamp(&self) -> Time {
        Time(self.timestamp)
    }

    #[jsg(instance_getter)]
    fn body<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        self.body.get(js)
    }

    #[jsg(instance_getter)]
    fn attempts(&self) -> u32 {
        self.attempts.into()
    }

    #[jsg(method)]
    fn retry(&self, js: &mut Lock<'_, '_>, options: Option<RetryOptions>) -> Result<()> {
        let said = self.said.get(js)?;
        let said = &mut *said.borrow_mut();
        let earlier = if said.ack_all {
            "ackAll()"
        } else if said.acks.contains(&self.id) {
            "ack()"
        } else {
            let retry = match said.retries.iter().position(|(id, _)| *id == self.id) {
                Some(known) => &mut said.retries[known].1,
                None => {
                    said.retries.push((self.id.clone(), Retry::default()));
                    match said.retries.last_mut() {
                        Some((_, retry)) => retry,
                        None => return Ok(()),
                    }
                }
            };
            retry.delay_seconds = options.and_then(|options| options.delay_seconds);
            return Ok(());
        };
        self.contradicts(js, "retry()", earlier);
        Ok(())
    }

    #[jsg(method)]
    fn ack(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        let said = self.said.get(js)?;
        let said = &mut *said.borrow_mut();
        let earlier = if said.ack_all {
            return Ok(());
        } else if said.retry_all.is_some() {
            "retryAll()"
        } else if said.retries.iter().any(|(id, _)| *id == self.id) {
            "retry()"
        } else {
            if !said.acks.contains(&self.id) {
                said.acks.push(self.id.clone());
            }
            return Ok(());
        };
        self.contradicts(js, "ack()", earlier);
        Ok(())
    }
}

impl QueueMessage {
    fn new<'s>(js: &mut Lock<'s, '_>, message: Incoming, said: &Said) -> Result<Handle<'s, Self>> {
        let body = jsg::clone::deserialize(js, message.body.into(), &Default::default())?;
        let message = Self {
            id: message.id,
            timestamp: message.timestamp,
            body: JsRef::new(js, body),
            attempts: message.attempts,
            said: Untraced(said.0.clone()),
        };
        Ok(Handle::new(js, message))
    }

    #[cold]
    fn contradicts(&self, js: &mut Lock<'_, '_>, call: &str, earlier: &str) {
        let id = &self.id;
        let text = format!(
            "Received a call to {call} on message {id} after {earlier} was already called. Calling {call} on a message \
             after calling {earlier} has no effect."
        );
        warn(js, &text);
    }
}

#[jsg::methods]
impl QueueEvent {
    #[jsg(instance_getter)]
    fn messages<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        let messages: Vec<Local<'s, Value>> = self
            .messages
            .iter()
            .map(|message| message.get(js).object().into())
            .collect();
        Array::new_with_elements(js, &messages)
    }

    #[jsg(instance_getter)]
    fn queue(&self) -> String {
        self.queue.clone()
    }

    #[jsg(instance_getter)]
    fn metadata<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let oldest = self.metrics.oldest_message.map(Time);
        let metrics = Object::new(js);
        set(js, metrics, "backlogCount", self.metrics.backlog_count)?;
        set(js, metrics, "backlogBytes", self.metrics.backlog_bytes)?;
        set_optional(js, metrics, "oldestMessageTimestamp", oldest)?;
        let metadata = Object::new(js);
        set(js, metadata, "metrics", metrics)?;
        Ok(metadata)
    }

    #[jsg(method)]
    fn retry_all(&self, js: &mut Lock<'_, '_>, options: Option<RetryOptions>) -> Result<()> {
        let said = self.said.get(js)?;
        let said = &mut *said.borrow_mut();
        if said.ack_all {
            contradicts(js, "retryAll()", "ackAll()");
            return Ok(());
        }
        let retry = said.retry_all.get_or_insert_default();
        if let Some(seconds) = options.and_then(|options| options.delay_seconds) {
            retry.delay_seconds = Some(seconds);
        }
        Ok(())
    }

    #[jsg(method)]
    fn ack_all(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        let said = self.said.get(js)?;
        let said = &mut *said.borrow_mut();
        if said.retry_all.is_some() {
            contradicts(js, "ackAll()", "retryAll()");
            return Ok(());
        }
        said.ack_all = true;
        Ok(())
    }
}

#[cold]
fn contradicts(js: &mut Lock<'_, '_>, call: &str, earlier: &str) {
    let text = format!(
        "Received a call to {call} after {earlier} was already called. Calling {call} after calling {earlier} has no \
         effect."
    );
    warn(js, &text);
}

impl QueueEvent {
    /// The event about a batch, and what its consumer will have said.
    ///
    /// # Errors
    /// A body is not what structured clone writes.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        batch: QueueBatch,
    ) -> Result<(Handle<'s, Self>, OwnVerdicts)> {
        let verdicts = RefCell::<Verdicts>::default();
        let said = Rc::new(IoContext::current(js)?.own("QueueEventResult", verdicts));
        let said = Untraced(said);
        let mut messages = Vec::with_capacity(batch.messages.len());
        for message in batch.messages {
            let message = QueueMessage::new(js, message, &said)?;
            messages.push(Ref::new(js, message));
        }
        let event = Self {
            queue: batch.queue,
            messages,
            metrics: Untraced(batch.metrics),
            said: Untraced(said.0.clone()),
            parent: ExtendableEvent::trusted("queue"),
        };
        Ok((Handle::new(js, event), said.0))
    }

    /// The same for a module.
    pub fn controller<'s>(
        js: &mut Lock<'s, '_>,
        event: Handle<'s, Self>,
    ) -> Handle<'s, QueueController> {
        let event = Ref::new(js, event);
        Handle::new(js, QueueController { event })
    }
}

#[jsg::methods]
impl QueueController {
    #[jsg(instance_getter)]
    fn messages<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        self.event.get(js).messages(js)
    }

    #[jsg(instance_getter)]
    fn queue(&self, js: &mut Lock<'_, '_>) -> String {
        self.event.get(js).queue()
    }

    #[jsg(instance_getter)]
    fn metadata<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.event.get(js).metadata(js)
    }

    #[jsg(method)]
    fn retry_all(&self, js: &mut Lock<'_, '_>, options: Option<RetryOptions>) -> Result<()> {
        self.event.get(js).retry_all(js, options)
    }

    #[jsg(method)]
    fn ack_all(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.event.get(js).ack_all(js)
    }
}
