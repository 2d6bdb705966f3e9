//! The parser on its fiber: bytes and answers in; output, tokens and questions out.
//!
//! `lol_html` calls handlers in the middle of parsing and drops a token when its handler returns. Here
//! each handler suspends the fiber; the outside then works on the token by sending operations, which
//! run on the fiber, until it lets the handler return.
//!
//! P1. Operations touch the token and nothing else: no JavaScript runs on the fiber.
//! P2. Output is a sequence of bytes and of places where a stream belongs; whoever empties the queue
//!     before each step puts everything in the order of the document.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use fiber::{Fiber, Step, Suspender};
use jsg::{Error, Result};
use lol_html::html_content::{
    Comment, ContentType, Doctype, DocumentEnd, Element, EndTag, StreamingHandler, TextChunk,
};
use lol_html::{
    AsciiCompatibleEncoding, DocumentContentHandlers, ElementContentHandlers, HtmlRewriter,
    MemorySettings, Selector, Settings,
};

/// How much memory a parser may use.
const MEMORY: usize = 3 << 20;
const BUFFER: usize = 1024;

/// What a handler works on while it runs.
pub enum Token<'a, 'r, 't> {
    Element(&'a mut Element<'r, 't>),
    EndTag(&'a mut EndTag<'t>),
    Comment(&'a mut Comment<'t>),
    Text(&'a mut TextChunk<'t>),
    Doctype(&'a mut Doctype<'t>),
    End(&'a mut DocumentEnd<'r>),
}

/// The kinds of [`Token`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Element,
    EndTag,
    Comment,
    Text,
    Doctype,
    End,
}

impl Token<'_, '_, '_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Element(_) => Kind::Element,
            Self::EndTag(_) => Kind::EndTag,
            Self::Comment(_) => Kind::Comment,
            Self::Text(_) => Kind::Text,
            Self::Doctype(_) => Kind::Doctype,
            Self::End(_) => Kind::End,
        }
    }
}

/// A handler's number; the outside knows what to call.
pub type HandlerId = usize;

type Operation = Box<dyn FnOnce(&mut Token<'_, '_, '_>, &Link)>;

enum Input {
    Bytes(Bytes),
    End,
    Operation(Operation),
    /// The handler is done.
    Continue,
}

/// What the parser wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// More bytes, or the end.
    Input,
    /// A handler's work on a token.
    Handler(HandlerId, Kind),
    /// An operation is done.
    Answer,
}

type Link = Suspender<Input, Event>;

/// Output in the order of the document.
pub enum Piece {
    Bytes(Vec<u8>),
    /// Here the content of a stream goes.
    Stream(usize),
}

type Output = Arc<Mutex<Vec<Piece>>>;

/// Which handlers a parser calls.
#[derive(Clone)]
pub enum Registration {
    Element {
        selector: Rc<Selector>,
        element: Option<HandlerId>,
        comments: Option<HandlerId>,
        text: Option<HandlerId>,
    },
    Document {
        doctype: Option<HandlerId>,
        comments: Option<HandlerId>,
        text: Option<HandlerId>,
        end: Option<HandlerId>,
    },
}

/// What became of a step.
pub enum Progress {
    Event(Event),
    /// The document is complete, or the parser has given up.
    Ended(Result<(), String>),
}

/// A parser of one document.
pub struct Parser {
    fiber: RefCell<Fiber<Input, Event, Result<(), String>>>,
    output: Output,
    encoding: &'static encoding_rs::Encoding,
    /// The token in the hands of a handler; 0 for none.
    token: Cell<u64>,
    last_token: Cell<u64>,
}

/// The text of a parser's mistake, for a guest.
pub fn parser_error(text: impl std::fmt::Display) -> Error {
    Error::type_error(format!("Parser error: {text}"))
}

impl Parser {
    /// # Errors
    /// When nobody knows the encoding, or it is none that markup can be found in.
    pub fn new(registrations: Vec<Registration>, encoding: &str, esi: bool) -> Result<Self> {
        let Some(label) = encoding_rs::Encoding::for_label_no_replacement(encoding.as_bytes())
        else {
            return Err(parser_error(
                "Unknown character encoding has been provided.",
            ));
        };
        let Some(compatible) = AsciiCompatibleEncoding::new(label) else {
            return Err(parser_error("Expected ASCII-compatible encoding."));
        };
        let output = Output::default();
        let sink = Arc::clone(&output);
        let fiber = Fiber::new(move |link: &Link, first| {
            let sink = move |bytes: &[u8]| push_bytes(&sink, bytes);
            let settings = settings(link, registrations)
                .with_encoding(compatible)
                .with_enable_esi_tags(esi);
            run(HtmlRewriter::new(settings, sink), link, first)
        });
        let fiber = fiber.map_err(|error| Error::Internal(format!("a parser's stack: {error}")))?;
        Ok(Self {
            fiber: RefCell::new(fiber),
            output,
            encoding: label,
            token: Cell::new(0),
            last_token: Cell::new(0),
        })
    }

    /// The encoding of input and output.
    pub fn encoding(&self) -> &'static encoding_rs::Encoding {
        self.encoding
    }

    /// Feeds the next bytes.
    pub fn write(&self, bytes: Bytes) -> Progress {
        self.step(Input::Bytes(bytes))
    }

    /// Ends the document.
    pub fn end(&self) -> Progress {
        self.step(Input::End)
    }

    /// Lets the handler of the current token return; the token is gone.
    pub fn release(&self) -> Progress {
        self.token.set(0);
        self.step(Input::Continue)
    }

    /// Invalidates the current token without going on.
    pub fn forget(&self) {
        self.token.set(0);
    }

    /// A number for the token that now waits for its handler.
    pub fn token(&self) -> u64 {
        let token = self.last_token.get() + 1;
        self.last_token.set(token);
        self.token.set(token);
        token
    }

    /// What has been put out since the last call.
    pub fn take_output(&self) -> Vec<Piece> {
        std::mem::take(&mut *lock(&self.output))
    }

    /// Whether `token` can still be worked on.
    pub fn is_valid(&self, token: u64) -> bool {
        self.token.get() == token
    }

    /// Works on a token. `None` when it is gone.
    pub fn with<T: 'static>(
        &self,
        token: u64,
        operation: impl FnOnce(&mut Token<'_, '_, '_>) -> T + 'static,
    ) -> Option<T> {
        if !self.is_valid(token) {
            return None;
        }
        let result = Rc::new(Cell::new(None));
        let slot = Rc::clone(&result);
        self.operate(Box::new(move |token, _| slot.set(Some(operation(token)))));
        result.take()
    }

    fn operate(&self, operation: Operation) {
        self.step(Input::Operation(operation));
    }

    /// Makes `id` the only handler of an element's end tag. False when it has none; `None` when the token
    /// is gone.
    pub fn set_end_tag_handler(&self, token: u64, id: HandlerId) -> Option<bool> {
        if !self.is_valid(token) {
            return None;
        }
        let result = Rc::new(Cell::new(None));
        let slot = Rc::clone(&result);
        self.operate(Box::new(move |token, link| {
            let handlers = match token {
                Token::Element(element) => element.end_tag_handlers(),
                _ => None,
            };
            slot.set(Some(handlers.is_some()));
            if let Some(handlers) = handlers {
                let link = link.clone();
                handlers.clear();
                handlers.push(Box::new(move |token: &mut EndTag<'_>| {
                    wait(&link, id, Token::EndTag(token));
                    Ok(())
                }));
            }
        }));
        result.take()
    }

    /// A writer for the place where stream number `id` belongs.
    pub fn streaming(&self, id: usize) -> Box<dyn StreamingHandler + Send> {
        let output = Arc::clone(&self.output);
        let write = move |_: &mut lol_html::html_content::StreamingHandlerSink<'_>| {
            lock(&output).push(Piece::Stream(id));
            Ok(())
        };
        Box::new(write)
    }

    fn step(&self, input: Input) -> Progress {
        match self.fiber.borrow_mut().resume(input) {
            Some(Step::Suspended(event)) => Progress::Event(event),
            Some(Step::Returned(result)) => Progress::Ended(result),
            None => Progress::Ended(Err("the parser has ended".into())),
        }
    }
}

fn lock(output: &Output) -> std::sync::MutexGuard<'_, Vec<Piece>> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

fn push_bytes(output: &Output, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let mut pieces = lock(output);
    match pieces.last_mut() {
        Some(Piece::Bytes(last)) => last.extend_from_slice(bytes),
        _ => pieces.push(Piece::Bytes(bytes.to_vec())),
    }
}

/// The fiber's function.
fn run(
    mut rewriter: HtmlRewriter<'_, impl FnMut(&[u8])>,
    link: &Link,
    first: Input,
) -> Result<(), String> {
    let mut input = first;
    loop {
        match input {
            Input::Bytes(bytes) => rewriter.write(&bytes).map_err(|error| error.to_string())?,
            Input::End => return rewriter.end().map_err(|error| error.to_string()),
            Input::Operation(_) | Input::Continue => {}
        }
        input = link.suspend(Event::Input);
    }
}

fn settings(link: &Link, registrations: Vec<Registration>) -> Settings<'static, 'static> {
    let memory = MemorySettings::new()
        .with_max_allowed_memory_usage(MEMORY)
        .with_preallocated_parsing_buffer_size(BUFFER);
    let mut settings = Settings::new().with_memory_settings(memory);
    for registration in registrations {
        settings = match registration {
            Registration::Element {
                selector,
                element,
                comments,
                text,
            } => {
                let handlers = element_handlers(link, [element, comments, text]);
                let selector = std::borrow::Cow::Owned((*selector).clone());
                settings.append_element_content_handler((selector, handlers))
            }
            Registration::Document {
                doctype,
                comments,
                text,
                end,
            } => {
                let handlers = document_handlers(link, [doctype, comments, text, end]);
                settings.append_document_content_handler(handlers)
            }
        };
    }
    settings
}

/// Adds a handler of each kind that was registered to lol_html's handlers.
macro_rules! add_handlers {
    ($handlers:expr, $link:expr, $($id:ident: $method:ident($token:ty) = $kind:ident),* $(,)?) => {{
        let mut handlers = $handlers;
        $(if let Some(id) = $id {
            let link = $link.clone();
            handlers = handlers.$method(move |token: &mut $token| {
                wait(&link, id, Token::$kind(token));
                Ok(())
            });
        })*
        handlers
    }};
}

fn element_handlers(
    link: &Link,
    [element, comments, text]: [Option<HandlerId>; 3],
) -> ElementContentHandlers<'static> {
    add_handlers!(
        ElementContentHandlers::default(),
        link,
        element: element(Element<'_, '_>) = Element,
        comments: comments(Comment<'_>) = Comment,
        text: text(TextChunk<'_>) = Text,
    )
}

fn document_handlers(
    link: &Link,
    [doctype, comments, text, end]: [Option<HandlerId>; 4],
) -> DocumentContentHandlers<'static> {
    add_handlers!(
        DocumentContentHandlers::default(),
        link,
        doctype: doctype(Doctype<'_>) = Doctype,
        comments: comments(Comment<'_>) = Comment,
        text: text(TextChunk<'_>) = Text,
        end: end(DocumentEnd<'_>) = End,
    )
}

/// Waits on the fiber until the handler is done.
fn wait(link: &Link, id: HandlerId, mut token: Token<'_, '_, '_>) {
    let mut input = link.suspend(Event::Handler(id, token.kind()));
    while let Input::Operation(operation) = input {
        operation(&mut token, link);
        input = link.suspend(Event::Answer);
    }
}

/// How content is written.
pub fn content_type(html: bool) -> ContentType {
    if html {
        ContentType::Html
    } else {
        ContentType::Text
    }
}
