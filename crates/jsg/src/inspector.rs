//! V8's inspector: sessions of the Chrome DevTools Protocol on one isolate.
//!
//! What clients ask comes from another thread by a [`Mailbox`], which outlives the isolates that it is installed in.
//!
//! G1. Messages are dispatched on the isolate's thread: by whoever runs its loop ([`dispatch`]), by an interrupt while
//!     guest code runs, and by the nested loop in which paused code waits.
//! G2. Sessions end before the engine's inspector, and that before the isolate.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_void;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use v8::inspector::{
    Channel, ChannelImpl, StringBuffer, StringView, V8Inspector, V8InspectorClient,
    V8InspectorClientImpl, V8InspectorClientTrustLevel, V8InspectorSession,
};

use crate::lock::{STATE_SLOT, State};
use crate::{Lock, LockExt};

/// All contexts are of one group: an isolate has one.
const GROUP: i32 = 1;
/// What ends a pause whose client has left.
const LET_GO: &str = r#"{"id":0,"method":"Debugger.disable"}"#;

/// What clients do.
pub enum Event {
    /// A session begins. Its answers and notifications, JSON each, are given to the function, which is dropped with the
    /// session.
    Connect(Box<dyn Fn(String) + Send>),
    /// A message of the protocol.
    Message(String),
    Leave,
}

/// Where events wait for the isolate's thread, numbered by session.
pub struct Mailbox {
    queue: Mutex<Queue>,
    arrived: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<(u64, Event)>,
    /// The isolate that is being inspected.
    isolate: Option<v8::IsolateHandle>,
}

impl Mailbox {
    /// `wake` is called after each event, for the loop to call [`dispatch`].
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::default(),
            arrived: Condvar::new(),
            wake: Box::new(wake),
        })
    }

    /// Hands an event over. From any thread.
    pub fn post(&self, session: u64, event: Event) {
        {
            let mut queue = self.queue();
            queue.events.push_back((session, event));
            self.arrived.notify_one();
            if let Some(isolate) = &queue.isolate {
                // Guest code may be running, for ever even. If none is, the interrupt finds an empty mailbox later.
                isolate.request_interrupt(interrupt, std::ptr::null_mut());
            }
        }
        (self.wake)();
    }

    /// Forgets what has arrived: there is no isolate to inspect.
    pub fn clear(&self) {
        self.queue().events.clear();
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue().events.is_empty()
    }

    fn take(&self) -> Option<(u64, Event)> {
        self.queue().events.pop_front()
    }

    /// The next event; blocks until there is one.
    fn wait(&self) -> (u64, Event) {
        let mut queue = self.queue();
        loop {
            if let Some(event) = queue.events.pop_front() {
                return event;
            }
            queue = self
                .arrived
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The inspector of one isolate, kept among its extensions.
struct Inspector {
    mailbox: Arc<Mailbox>,
    sessions: RefCell<Vec<(u64, Rc<V8InspectorSession>)>>,
    /// Sessions of code of the isolate itself.
    own: RefCell<Vec<OwnSession>>,
    /// The sessions that have a profile recorded.
    profiling: RefCell<Vec<u64>>,
    is_paused: Cell<bool>,
    // Declared after the sessions: G2.
    engine: OnceCell<V8Inspector>,
}

/// Makes the current context inspectable under the name `Worker`. Scripts that were compiled before are not seen.
pub fn install(js: &mut Lock<'_, '_>, mailbox: &Arc<Mailbox>) {
    let inspector = Rc::new(Inspector {
        mailbox: mailbox.clone(),
        sessions: RefCell::default(),
        own: RefCell::default(),
        profiling: RefCell::default(),
        is_paused: Cell::new(false),
        engine: OnceCell::new(),
    });
    let client = V8InspectorClient::new(Box::new(Client(Rc::downgrade(&inspector))));
    let context = js.get_current_context();
    let engine = inspector
        .engine
        .get_or_init(|| V8Inspector::create(js, client));
    // First, since the engine reads the global `console`, which looks whether there is an inspector.
    js.set_extension(inspector.clone());
    engine.context_created(
        context,
        GROUP,
        StringView::from(&b"Worker"[..]),
        StringView::empty(),
    );
    mailbox.queue().isolate = Some(js.thread_safe_handle());
}

/// Whether the isolate can be inspected.
pub fn is_installed(js: &Lock<'_, '_>) -> bool {
    js.extension::<Inspector>().is_some()
}

/// Whether a debugger has a profile recorded, which shows what the isolate's thread does and nothing else.
pub fn is_profiling(js: &Lock<'_, '_>) -> bool {
    js.extension::<Inspector>()
        .is_some_and(|inspector| !inspector.profiling.borrow().is_empty())
}

/// Handles what has arrived in the mailbox.
pub fn dispatch(js: &mut Lock<'_, '_>) {
    if let Some(inspector) = js.extension::<Inspector>() {
        inspector.handle_all();
    }
}

/// A session that code of the isolate has with it. It ends with [`disconnect`] or the isolate.
struct OwnSession {
    id: u64,
    session: Rc<V8InspectorSession>,
    /// Answers and notifications that have not been fetched.
    sent: Rc<RefCell<Vec<String>>>,
}

/// Begins a session of the isolate's own code with it; none if it cannot be inspected.
pub fn connect(js: &Lock<'_, '_>) -> Option<u64> {
    let inspector = js.extension::<Inspector>()?;
    let sent = Rc::<RefCell<Vec<String>>>::default();
    let outbox = sent.clone();
    let outbox = Outbox(Box::new(move |message| outbox.borrow_mut().push(message)));
    let session = Rc::new(inspector.engine.get()?.connect(
        GROUP,
        Channel::new(Box::new(outbox)),
        StringView::empty(),
        V8InspectorClientTrustLevel::FullyTrusted,
    ));
    let mut own = inspector.own.borrow_mut();
    let id = own.last().map_or(0, |last| last.id) + 1;
    own.push(OwnSession { id, session, sent });
    Some(id)
}

/// Gives V8 a message of one of the isolate's own sessions. What it answers, and what else it had to tell since the last
/// time, is returned; none if there is no such session. May run guest code.
pub fn ask(js: &mut Lock<'_, '_>, id: u64, message: &str) -> Option<Vec<String>> {
    let inspector = js.extension::<Inspector>()?;
    let (session, sent) = {
        let own = inspector.own.borrow();
        let found = own.iter().find(|session| session.id == id)?;
        (found.session.clone(), found.sent.clone())
    };
    session.dispatch_protocol_message(Text::new(message).view());
    let sent = sent.take();
    Some(sent)
}

/// Ends one of the isolate's own sessions.
pub fn disconnect(js: &Lock<'_, '_>, id: u64) {
    if let Some(inspector) = js.extension::<Inspector>() {
        let mut own = inspector.own.borrow_mut();
        let at = own.iter().position(|session| session.id == id);
        let ended = at.map(|at| own.remove(at));
        drop(own);
        drop(ended);
    }
}

/// Tells the clients of an exception that nobody has caught, by its text.
pub fn report<'s>(js: &mut Lock<'s, '_>, exception: v8::Local<'s, v8::Value>, text: &str) {
    let Some(inspector) = js.extension::<Inspector>() else {
        return;
    };
    let Some(engine) = inspector.engine.get() else {
        return;
    };
    let message = v8::Exception::create_message(js, exception);
    let stack = message.get_stack_trace(js);
    // What is no error comes from nowhere. Lines and columns are counted from 1.
    // V8 does not check the number of a frame.
    let frame = stack
        .filter(|stack| stack.get_frame_count() > 0)
        .and_then(|stack| stack.get_frame(js, 0));
    let (line, column) = frame.map_or((0, 0), |frame| {
        (frame.get_line_number(), frame.get_column())
    });
    let url = frame.and_then(|frame| frame.get_script_name(js));
    let url = url.map_or_else(String::new, |url| url.to_rust_string_lossy(js));
    let trace = engine.create_stack_trace(stack);
    let text = format!("Uncaught {text}");
    let (url, text) = (Text::new(&url), Text::new(&text));
    engine.exception_thrown(
        js.get_current_context(),
        text.view(),
        exception,
        text.view(),
        url.view(),
        u32::try_from(line).unwrap_or_default(),
        u32::try_from(column).unwrap_or_default(),
        trace,
        0,
    );
}

impl Inspector {
    fn handle_all(&self) {
        while let Some((session, event)) = self.mailbox.take() {
            self.handle(session, event);
        }
    }

    fn handle(&self, id: u64, event: Event) {
        match event {
            Event::Connect(send) => {
                let Some(engine) = self.engine.get() else {
                    return;
                };
                let session = engine.connect(
                    GROUP,
                    Channel::new(Box::new(Outbox(send))),
                    StringView::empty(),
                    V8InspectorClientTrustLevel::FullyTrusted,
                );
                self.sessions.borrow_mut().push((id, Rc::new(session)));
            }
            Event::Message(message) => {
                if let Some(session) = self.session(id) {
                    self.note_profiling(id, &message);
                    session.dispatch_protocol_message(Text::new(&message).view());
                }
            }
            Event::Leave => {
                if let Some(session) = self.session(id) {
                    session.dispatch_protocol_message(Text::new(LET_GO).view());
                }
                self.sessions.borrow_mut().retain(|(other, _)| *other != id);
                self.profiling.borrow_mut().retain(|other| *other != id);
            }
        }
    }

    /// Keeps track of who has a profile recorded. Text that only looks like a command does no harm.
    fn note_profiling(&self, id: u64, message: &str) {
        let is = |command| message.contains(command);
        if is("\"Profiler.start\"") {
            self.profiling.borrow_mut().push(id);
        } else if is("\"Profiler.stop\"") || is("\"Profiler.disable\"") {
            self.profiling.borrow_mut().retain(|other| *other != id);
        }
    }

    /// A clone: a session may end while one of its messages is handled.
    fn session(&self, id: u64) -> Option<Rc<V8InspectorSession>> {
        let sessions = self.sessions.borrow();
        let found = sessions.iter().find(|(other, _)| *other == id);
        found.map(|(_, session)| session.clone())
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        self.mailbox.queue().isolate = None;
    }
}

/// Called by V8 between two steps of guest code.
unsafe extern "C" fn interrupt(isolate: v8::UnsafeRawIsolatePtr, _: *mut c_void) {
    // SAFETY: V8 calls this on the isolate's thread, from inside it; the handle is one by value.
    let isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
    // SAFETY: J2: the slot holds this isolate's state, which lives as long as the isolate.
    let state = unsafe { &*isolate.get_data(STATE_SLOT).cast::<State>() };
    if let Some(inspector) = state.extension::<Inspector>() {
        inspector.handle_all();
    }
}

/// What V8 asks of the embedder.
struct Client(Weak<Inspector>);

impl V8InspectorClientImpl for Client {
    /// Paused code waits in here; the loop's other events wait with it.
    fn run_message_loop_on_pause(&self, _: i32) {
        let Some(inspector) = self.0.upgrade() else {
            return;
        };
        // Code that asks its own isolate to pause would wait for itself.
        if inspector.sessions.borrow().is_empty() {
            return;
        }
        inspector.is_paused.set(true);
        while inspector.is_paused.get() {
            let (session, event) = inspector.mailbox.wait();
            inspector.handle(session, event);
        }
    }

    fn quit_message_loop_on_pause(&self) {
        if let Some(inspector) = self.0.upgrade() {
            inspector.is_paused.set(false);
        }
    }
}

/// The way back to the client of a session.
struct Outbox(Box<dyn Fn(String)>);

impl Outbox {
    fn send(&self, message: &v8::UniquePtr<StringBuffer>) {
        let Some(message) = message.as_ref() else {
            return;
        };
        let message = message.string();
        let message = match message.characters8() {
            Some(latin1) => latin1.iter().copied().map(char::from).collect(),
            None => String::from_utf16_lossy(message.characters16().unwrap_or_default()),
        };
        (self.0)(message);
    }
}

impl ChannelImpl for Outbox {
    fn send_response(&self, _: i32, message: v8::UniquePtr<StringBuffer>) {
        self.send(&message);
    }

    fn send_notification(&self, message: v8::UniquePtr<StringBuffer>) {
        self.send(&message);
    }

    fn flush_protocol_notifications(&self) {}
}

/// Text as V8 reads it: one byte a character while that is enough.
enum Text<'a> {
    Ascii(&'a [u8]),
    Utf16(Vec<u16>),
}

impl<'a> Text<'a> {
    fn new(text: &'a str) -> Self {
        match text.is_ascii() {
            true => Self::Ascii(text.as_bytes()),
            false => Self::Utf16(text.encode_utf16().collect()),
        }
    }

    fn view(&self) -> StringView<'_> {
        match self {
            Self::Ascii(bytes) => StringView::from(*bytes),
            Self::Utf16(units) => StringView::from(&units[..]),
        }
    }
}
