//! `HTMLRewriter`: a guest's handlers on the elements, comments and texts of a document on its way.
//!
//! | module | what |
//! | --- | --- |
//! | [`parser`] | the parser, `lol_html`, on a fiber: it waits in the middle of a document |
//! | [`transform`] | one document: input, handlers, output, with back-pressure |
//! | [`insertion`] | content that guests insert: text, or a stream |
//! | [`element`], [`tokens`] | what handlers get |

pub mod element;
mod insertion;
mod parser;
pub mod tokens;
mod transform;

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use jsg::js::{Function, Local, Value};
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Result};
use lol_html::Selector;
use web::fetch::Response;

use parser::{Parser, Registration, parser_error};
use transform::Transform;

/// Rewrites documents.
#[jsg::class(name = "HTMLRewriter")]
pub struct HtmlRewriter {
    handlers: RefCell<Vec<Handler>>,
    registrations: jsg::Untraced<RefCell<Vec<Registration>>>, // selectors and numbers
}

/// A function, with the object that it was found on.
#[derive(jsg::Trace)]
struct Handler {
    this: JsRef<Value>,
    function: JsRef<Function>,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "ElementContentHandlers")]
struct ElementMembers<'s> {
    element: Option<Local<'s, Function>>,
    comments: Option<Local<'s, Function>>,
    text: Option<Local<'s, Function>>,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "DocumentContentHandlers")]
struct DocumentMembers<'s> {
    doctype: Option<Local<'s, Function>>,
    comments: Option<Local<'s, Function>>,
    text: Option<Local<'s, Function>>,
    end: Option<Local<'s, Function>>,
}

/// A dictionary of functions together with the object it came from: that is their `this`.
struct Handlers<'s, T> {
    object: Local<'s, Value>,
    members: T,
}

impl<'s, T: FromJs<'s>> FromJs<'s> for Handlers<'s, T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        T::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, object: Local<'s, Value>) -> Result<Option<Self>> {
        if !object.is_object() {
            return Ok(None);
        }
        Ok(T::try_from_js(js, object)?.map(|members| Self { object, members }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

impl HtmlRewriter {
    fn register<'s>(
        &self,
        js: &Lock<'s, '_>,
        this: Local<'s, Value>,
        function: Option<Local<'s, Function>>,
    ) -> Option<parser::HandlerId> {
        let handler = Handler {
            this: JsRef::new(js, this),
            function: JsRef::new(js, function?),
        };
        let mut handlers = self.handlers.borrow_mut();
        handlers.push(handler);
        Some(handlers.len() - 1)
    }
}

#[jsg::methods]
impl HtmlRewriter {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {
            handlers: RefCell::default(),
            registrations: jsg::Untraced(RefCell::default()),
        }
    }

    #[jsg(method)]
    fn on<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        selector: String,
        handlers: Handlers<'s, ElementMembers<'s>>,
    ) -> Result<Handle<'s, Self>> {
        let rewriter = this.get();
        let selector: Selector = selector.parse().map_err(parser_error)?;
        let (object, members) = (handlers.object, handlers.members);
        let registration = Registration::Element {
            selector: Rc::new(selector),
            element: rewriter.register(js, object, members.element),
            comments: rewriter.register(js, object, members.comments),
            text: rewriter.register(js, object, members.text),
        };
        rewriter.registrations.borrow_mut().push(registration);
        Ok(this)
    }

    #[jsg(method)]
    fn on_document<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        handlers: Handlers<'s, DocumentMembers<'s>>,
    ) -> Handle<'s, Self> {
        let rewriter = this.get();
        let (object, members) = (handlers.object, handlers.members);
        let registration = Registration::Document {
            doctype: rewriter.register(js, object, members.doctype),
            comments: rewriter.register(js, object, members.comments),
            text: rewriter.register(js, object, members.text),
            end: rewriter.register(js, object, members.end),
        };
        rewriter.registrations.borrow_mut().push(registration);
        this
    }

    #[jsg(method)]
    fn transform<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        response: Handle<'s, Response>,
    ) -> Result<Handle<'s, Response>> {
        if response.get().code() == 0 {
            return Err(Error::type_error(
                "HTMLRewriter cannot transform an error response",
            ));
        }
        if response.get().body().is_null() {
            return Ok(response);
        }
        let context = IoContext::current(js)?;
        let content_type = response.get().content_type(js);
        let charset = content_type.as_deref().and_then(charset);
        let registrations = self.registrations.borrow().clone();
        let esi = js.flag(Flag::HtmlRewriterTreatsEsiIncludeAsVoidTag);
        let parser = Parser::new(registrations, charset.as_deref().unwrap_or("utf-8"), esi)?;
        let input = insertion::take_body(js, response)?;
        let handlers = self.handlers.borrow();
        let handlers = handlers.iter().map(|handler| transform::Callback {
            this: Some(jsg::js::Global::new(js, handler.this.get(js))),
            function: jsg::js::Global::new(js, handler.function.get(js)),
        });
        let handlers = handlers.collect();
        let output = Transform::start(js, &context, parser, handlers, input);
        Response::with_body_of(js, response, output)
    }
}

/// The parameter `charset` of a content type. None when there is none or an empty one.
fn charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1);
    let charset = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    });
    let mut charset = charset.filter(|value| !value.is_empty());
    charset.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::charset;

    #[test]
    fn the_charset_is_a_parameter() {
        assert_eq!(charset("text/html"), None);
        assert_eq!(charset("text/html; charset="), None);
        assert_eq!(
            charset("text/html;a=b; Charset=\"UTF8\"").as_deref(),
            Some("UTF8")
        );
    }
}
