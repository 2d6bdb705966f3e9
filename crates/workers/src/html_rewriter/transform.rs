//! One document on its way through the parser.
//!
//! T1. Native work runs in a task of the event, a guest's handlers in the continuation of a task; at any
//!     time there is one or the other, so that handlers run in the order of the document.
//! T2. Output waits in `pending` and goes out before the parser goes on after a handler. The next bytes are
//!     read only when the reader has taken all output: memory is bounded by what the parser holds back
//!     and what one chunk or one handler adds.
//! T3. When the reader goes, everything goes: input, parser, handlers that still wait.
//! T4. What a handler throws ends the output with it; the parser is not resumed any more.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{Either, select};
use io::{Hold, IoContext, context::report_uncaught};
use jsg::async_context::Captured;
use jsg::js::{Function, Global, Local, Promise, Value};
use jsg::promise::Continuation;
use jsg::{Error, Handle, Lock, Result, Strong};
use net::{Body, BodyError, BodySender};
use web::streams::ReadableStream;

use super::element::Element;
use super::insertion::{Transcoder, take_stream};
use super::parser::{Event, HandlerId, Kind, Parser, Piece, Progress};
use super::tokens::{Comment, Doctype, DocumentEnd, EndTag, Text};

/// A guest's function.
pub struct Callback {
    /// None: undefined.
    pub this: Option<Global<Value>>,
    pub function: Global<Function>,
}

/// A document.
pub struct Transform {
    parser: Parser,
    callbacks: RefCell<Vec<Option<Rc<Callback>>>>,
    /// Streams that guests have inserted, by number.
    streams: RefCell<Vec<Inserted>>,
    frame: Captured,
    native: RefCell<Option<Native>>,
    context: std::rc::Weak<IoContext>,
}

struct Inserted {
    stream: Option<Strong<ReadableStream>>,
    html: bool,
}

/// What native work uses. It is in the task while that runs.
struct Native {
    input: Body,
    sender: BodySender,
    pending: Vec<u8>,
    /// Output of the parser that has not been looked at: it stops at a stream.
    pieces: std::collections::VecDeque<Piece>,
    progress: Progress,
    /// The stream whose turn it is.
    current: Option<(Body, Transcoder)>,
    /// Keeps the event going once somebody outside reads the output.
    _hold: Rc<Cell<Option<Hold>>>,
}

/// What native work needs the isolate for.
enum Need {
    Handler(HandlerId, Kind),
    Stream(usize),
    Nothing,
}

/// Why a document is given up.
enum Failure {
    ReaderGone,
    Body(BodyError),
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<net::body::Closed> for Failure {
    fn from(_: net::body::Closed) -> Self {
        Self::ReaderGone
    }
}

fn parser_failure(text: &str) -> Failure {
    Failure::Body(BodyError::Thrown {
        class: "TypeError".into(),
        message: format!("Parser error: {text}"),
        value: None,
    })
}

impl Transform {
    /// Starts; the result is the document's output.
    pub fn start(
        js: &Lock<'_, '_>,
        context: &Rc<IoContext>,
        parser: Parser,
        callbacks: Vec<Callback>,
        input: Body,
    ) -> Body {
        let (sender, output) = Body::channel(0);
        let hold = Rc::new(Cell::new(None));
        let (held, owner) = (Rc::downgrade(&hold), Rc::downgrade(context));
        sender.on_leave(move || {
            if let (Some(held), Some(context)) = (held.upgrade(), owner.upgrade()) {
                held.set(Some(context.hold()));
            }
        });
        let callbacks = callbacks
            .into_iter()
            .map(|callback| Some(Rc::new(callback)));
        let transform = Rc::new(Self {
            parser,
            callbacks: RefCell::new(callbacks.collect()),
            streams: RefCell::default(),
            frame: Captured::capture(js),
            native: RefCell::new(None),
            context: Rc::downgrade(context),
        });
        let native = Native {
            input,
            sender,
            pending: Vec::new(),
            pieces: Default::default(),
            progress: Progress::Event(Event::Input),
            current: None,
            _hold: hold,
        };
        transform.go_on(native);
        output
    }

    /// Where the tokens of this document are.
    pub fn parser(&self) -> &Parser {
        &self.parser
    }

    /// A number for a function that the parser will call later.
    pub fn add_callback(&self, callback: Callback) -> HandlerId {
        let mut callbacks = self.callbacks.borrow_mut();
        callbacks.push(Some(Rc::new(callback)));
        callbacks.len() - 1
    }

    /// A number for a stream that the output will come to.
    pub fn add_stream(&self, stream: Strong<ReadableStream>, html: bool) -> usize {
        let mut streams = self.streams.borrow_mut();
        let stream = Some(stream);
        streams.push(Inserted { stream, html });
        streams.len() - 1
    }

    /// Starts the task for native work.
    fn go_on(self: &Rc<Self>, mut native: Native) {
        let Some(context) = self.context.upgrade() else {
            return;
        };
        let this = Rc::clone(self);
        context.add_task_then(async move {
            let need = this.work(&mut native).await;
            let finish: Continuation = match need {
                Ok(Need::Nothing) => {
                    native.sender.finish();
                    Box::new(|_| {})
                }
                Ok(need) => Box::new(move |js| this.serve(js, native, need)),
                Err(failure) => {
                    native.fail(failure);
                    Box::new(|_| {})
                }
            };
            finish
        });
    }

    /// Native work until the isolate is needed.
    async fn work(&self, native: &mut Native) -> Result<Need, Failure> {
        loop {
            if let Some(id) = self.drain(native).await? {
                return Ok(Need::Stream(id));
            }
            match &native.progress {
                Progress::Event(Event::Handler(id, kind)) => return Ok(Need::Handler(*id, *kind)),
                Progress::Ended(Err(text)) => {
                    let failure = parser_failure(text);
                    native.flush().await?;
                    return Err(failure);
                }
                Progress::Ended(Ok(())) => {
                    native.flush().await?;
                    return Ok(Need::Nothing);
                }
                Progress::Event(Event::Input | Event::Answer) => {}
            }
            native.flush().await?;
            let next = select(
                Box::pin(native.input.next()),
                Box::pin(native.sender.closed()),
            );
            let chunk = match next.await {
                Either::Left((chunk, _)) => chunk.transpose()?,
                Either::Right(_) => return Err(Failure::ReaderGone),
            };
            native.progress = match chunk {
                Some(bytes) => self.parser.write(bytes),
                None => self.parser.end(),
            };
        }
    }

    /// Puts the parser's output in its order. Stops at a stream that has to be opened in the isolate.
    async fn drain(&self, native: &mut Native) -> Result<Option<usize>, Failure> {
        native.pieces.extend(self.parser.take_output());
        loop {
            if let Some((body, transcoder)) = &mut native.current {
                match body.next().await.transpose()? {
                    None => native.current = None,
                    Some(bytes) => {
                        let written = transcoder.write(&bytes, &mut native.pending);
                        written.map_err(|_| parser_failure("Invalid UTF-8"))?;
                        native.flush().await?;
                    }
                }
                continue;
            }
            match native.pieces.pop_front() {
                None => return Ok(None),
                Some(Piece::Bytes(bytes)) if native.pending.is_empty() => native.pending = bytes,
                Some(Piece::Bytes(bytes)) => native.pending.extend_from_slice(&bytes),
                Some(Piece::Stream(id)) => return Ok(Some(id)),
            }
        }
    }

    /// Does what native work needs the isolate for.
    fn serve(self: &Rc<Self>, js: &mut Lock<'_, '_>, mut native: Native, need: Need) {
        match need {
            Need::Nothing => {}
            Need::Stream(id) => {
                let opened = self
                    .frame
                    .run(js, |js| jsg::promise::try_catch(js, |js| self.open(js, id)));
                match opened {
                    Ok(current) => {
                        native.current = current;
                        self.go_on(native);
                    }
                    Err(reason) => native.fail(Failure::Body(thrown(js, reason))),
                }
            }
            Need::Handler(id, kind) => {
                let called = self.frame.run(js, |js| {
                    jsg::promise::try_catch(js, |js| self.call(js, id, kind))
                });
                match called {
                    Ok(None) => self.release(native),
                    Ok(Some(promise)) => self.wait(js, native, promise),
                    Err(reason) => self.refuse(js, native, reason, "Uncaught"),
                }
            }
        }
    }

    fn open(&self, js: &mut Lock<'_, '_>, id: usize) -> Result<Option<(Body, Transcoder)>> {
        let taken = self
            .streams
            .borrow_mut()
            .get_mut(id)
            .and_then(|inserted| Some((inserted.stream.take()?, inserted.html)));
        let Some((stream, html)) = taken else {
            return Ok(None);
        };
        let stream = stream.get(js);
        let body = take_stream(js, stream)?;
        Ok(Some((body, Transcoder::new(html, self.parser.encoding()))))
    }

    /// Calls a handler with a fresh token; gives the promise to wait for, if any.
    fn call<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        id: HandlerId,
        kind: Kind,
    ) -> Result<Option<Local<'s, Promise>>> {
        let callback = {
            let mut callbacks = self.callbacks.borrow_mut();
            match callbacks.get_mut(id) {
                // An end tag comes once.
                Some(slot) if kind == Kind::EndTag => slot.take(),
                Some(slot) => slot.clone(),
                None => None,
            }
        };
        let callback = callback.ok_or_else(|| Error::Internal("an unknown handler".into()))?;
        let token = TokenRef {
            transform: Rc::downgrade(self),
            id: self.parser.token(),
        };
        let token: Local<'s, Value> = match kind {
            Kind::Element => Handle::new(js, Element::new(token)).object().into(),
            Kind::EndTag => Handle::new(js, EndTag::new(token)).object().into(),
            Kind::Comment => Handle::new(js, Comment::new(token)).object().into(),
            Kind::Text => Handle::new(js, Text::new(token)).object().into(),
            Kind::Doctype => Handle::new(js, Doctype::new(token)).object().into(),
            Kind::End => Handle::new(js, DocumentEnd::new(token)).object().into(),
        };
        let this: Local<'s, Value> = match &callback.this {
            Some(this) => Local::new(js, this),
            None => jsg::js::undefined(js).into(),
        };
        let function = Local::new(js, &callback.function);
        let value = function.call(js, this, &[token]).ok_or(Error::Pending)?;
        if let Ok(promise) = Local::<Promise>::try_from(value) {
            return Ok(Some(promise));
        }
        // A thenable is adopted, as `await` does.
        Ok(value.is_object().then(|| jsg::promise::resolved(js, value)))
    }

    /// Lets the parser go on after a handler: first what it has put out so far goes out (T2).
    fn release(self: &Rc<Self>, mut native: Native) {
        self.parser.forget();
        let Some(context) = self.context.upgrade() else {
            return;
        };
        let this = Rc::clone(self);
        if native.pending.is_empty() {
            native.progress = self.parser.release();
            return self.go_on(native);
        }
        context.add_task(async move {
            match native.flush().await {
                Ok(()) => {
                    native.progress = this.parser.release();
                    this.go_on(native);
                }
                Err(closed) => native.fail(closed.into()),
            }
        });
    }

    fn refuse<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        native: Native,
        reason: Local<'s, Value>,
        origin: &'static str,
    ) {
        self.parser.forget();
        report_uncaught(js, origin, reason);
        let error = thrown(js, reason);
        if let Some(context) = self.context.upgrade() {
            context.add_task(async move {
                let mut native = native;
                match native.flush().await {
                    Ok(()) => native.fail(Failure::Body(error)),
                    Err(closed) => native.fail(closed.into()),
                }
            });
        }
    }

    /// Goes on when `promise` settles, unless the reader goes first.
    fn wait<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        native: Native,
        promise: Local<'s, Promise>,
    ) {
        let (settled, settling) = oneshot::channel::<()>();
        let watch = Rc::new(Cell::new(Some(settled)));
        self.native.replace(Some(native));
        let (this, other) = (Rc::clone(self), Rc::clone(self));
        let (done, failed) = (Rc::clone(&watch), watch);
        let continued = jsg::promise::then(
            js,
            promise,
            move |js, _| {
                done.take();
                if let Some(native) = this.native.take() {
                    this.release(native);
                }
                Ok(jsg::js::undefined(js).into())
            },
            move |js, reason| {
                failed.take();
                if let Some(native) = other.native.take() {
                    other.refuse(js, native, reason, "Uncaught (in promise)");
                }
                Ok(jsg::js::undefined(js).into())
            },
        );
        match continued {
            Ok(promise) => jsg::promise::mark_handled(promise),
            Err(_) => drop(self.native.take()),
        }
        let Some(context) = self.context.upgrade() else {
            return;
        };
        let this = Rc::clone(self);
        context.add_task(async move {
            let mut settling = settling;
            let gone = std::future::poll_fn(|cx| {
                use std::task::Poll;
                if futures::FutureExt::poll_unpin(&mut settling, cx).is_ready() {
                    return Poll::Ready(false);
                }
                match &mut *this.native.borrow_mut() {
                    Some(native) => native.sender.poll_closed(cx).map(|()| true),
                    None => Poll::Ready(false),
                }
            });
            if gone.await {
                let native = this.native.take();
                drop(native);
            }
        });
    }
}

impl Native {
    /// Hands the output over and waits until the reader has taken it.
    async fn flush(&mut self) -> Result<(), net::body::Closed> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.pending);
        self.sender.send(bytes.into()).await?;
        std::future::poll_fn(|cx| self.sender.poll_ready(cx)).await
    }

    fn fail(self, failure: Failure) {
        match failure {
            Failure::ReaderGone => {}
            Failure::Body(error) => self.sender.fail(error),
        }
    }
}

/// A thrown value as the end of a body.
fn thrown<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> BodyError {
    web::streams::native::thrown(js, reason)
}

/// A token in the hands of a guest: nothing once its handler is done.
#[derive(Clone)]
pub struct TokenRef {
    transform: std::rc::Weak<Transform>,
    id: u64,
}

/// What the real workerd says of a token whose handler is done.
const STALE: &str = "This content token is no longer valid. Content tokens are only valid during the execution of \
     the relevant content handler.";

impl TokenRef {
    /// The document, while the token is valid.
    pub fn transform(&self) -> Result<Rc<Transform>> {
        match self.transform.upgrade() {
            Some(transform) if transform.parser.is_valid(self.id) => Ok(transform),
            _ => Err(Error::type_error(STALE)),
        }
    }

    pub fn id(&self) -> u64 {
        self.id
    }
}

impl jsg::Trace for TokenRef {
    /// Callbacks are roots until their document ends.
    fn trace(&self, _: &mut jsg::Visitor) {}
}
