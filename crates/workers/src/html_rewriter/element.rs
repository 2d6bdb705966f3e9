//! The class `Element` and the iterator of its attributes.

use std::cell::Cell;
use std::rc::Rc;

use jsg::js::{Array, Function, Global, Local, Object, Value};
use jsg::{Error, Handle, Lock, Nullable, Result};
use lol_html::html_content::{ContentType, Element as Native, StreamingHandler};

use super::insertion::{ContentOptions, Insertion};
use super::parser::{Token, parser_error};
use super::tokens::{insert, with};
use super::transform::{Callback, TokenRef};

/// An element whose start tag has been parsed.
#[jsg::class]
pub struct Element {
    token: TokenRef,
    /// Counts the changes of attributes: iterators are good for one state of them.
    changes: jsg::Untraced<Rc<Cell<u32>>>, // a number
}

impl Element {
    pub(super) fn new(token: TokenRef) -> Self {
        Self {
            token,
            changes: jsg::Untraced(Rc::default()),
        }
    }

    fn with<T: 'static>(&self, work: impl FnOnce(&mut Native<'_, '_>) -> T + 'static) -> Result<T> {
        with_element(&self.token, work)
    }

    fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }
}

fn with_element<T: 'static>(
    token: &TokenRef,
    work: impl FnOnce(&mut Native<'_, '_>) -> T + 'static,
) -> Result<T> {
    with(token, |token| match token {
        Token::Element(element) => Some(work(element)),
        _ => None,
    })
}

/// A mutation that takes content.
macro_rules! mutation {
    ($js:ident, $this:ident, $content:ident, $options:ident, $text:ident, $streaming:ident) => {{
        insert(
            $js,
            &$this.get().token,
            $content,
            $options,
            |token, text: String, kind: ContentType| {
                if let Token::Element(element) = token {
                    element.$text(&text, kind);
                }
            },
            |token, writer: Box<dyn StreamingHandler + Send>| {
                if let Token::Element(element) = token {
                    element.$streaming(writer);
                }
            },
        )?;
        Ok($this)
    }};
}

#[jsg::methods]
impl Element {
    #[jsg(instance_getter, name = "tagName")]
    fn tag_name(&self) -> Result<String> {
        self.with(|element| element.tag_name())
    }

    #[jsg(setter, name = "tagName")]
    fn set_tag_name(&self, name: String) -> Result<()> {
        self.with(move |element| element.set_tag_name(&name))?
            .map_err(parser_error)
    }

    #[jsg(instance_getter)]
    fn attributes<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, AttributesIterator>> {
        self.token.transform()?;
        let iterator = AttributesIterator {
            token: self.token.clone(),
            next: Cell::new(0),
            changes: jsg::Untraced(Rc::clone(&self.changes)),
            state: self.changes.get(),
        };
        Ok(Handle::new(js, iterator))
    }

    #[jsg(instance_getter)]
    fn removed(&self) -> Result<bool> {
        self.with(|element| element.removed())
    }

    #[jsg(instance_getter, name = "namespaceURI")]
    fn namespace_uri(&self) -> Result<&'static str> {
        self.with(|element| element.namespace_uri())
    }

    #[jsg(method)]
    fn get_attribute(&self, name: String) -> Result<Nullable<String>> {
        self.with(move |element| Nullable(element.get_attribute(&name)))
    }

    #[jsg(method)]
    fn has_attribute(&self, name: String) -> Result<bool> {
        self.with(move |element| element.has_attribute(&name))
    }

    #[jsg(method)]
    fn set_attribute<'s>(
        this: Handle<'s, Self>,
        name: String,
        value: String,
    ) -> Result<Handle<'s, Self>> {
        let set = this
            .get()
            .with(move |element| element.set_attribute(&name, &value))?;
        set.map_err(parser_error)?;
        this.get().changed();
        Ok(this)
    }

    #[jsg(method)]
    fn remove_attribute<'s>(this: Handle<'s, Self>, name: String) -> Result<Handle<'s, Self>> {
        this.get()
            .with(move |element| element.remove_attribute(&name))?;
        this.get().changed();
        Ok(this)
    }

    #[jsg(method)]
    fn before<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(js, this, content, options, before, streaming_before)
    }

    #[jsg(method)]
    fn after<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(js, this, content, options, after, streaming_after)
    }

    #[jsg(method)]
    fn prepend<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(js, this, content, options, prepend, streaming_prepend)
    }

    #[jsg(method)]
    fn append<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(js, this, content, options, append, streaming_append)
    }

    #[jsg(method)]
    fn replace<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(js, this, content, options, replace, streaming_replace)
    }

    #[jsg(method)]
    fn remove<'s>(this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        this.get().with(|element| element.remove())?;
        Ok(this)
    }

    #[jsg(method)]
    fn remove_and_keep_content<'s>(this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        this.get()
            .with(|element| element.remove_and_keep_content())?;
        Ok(this)
    }

    #[jsg(method)]
    fn set_inner_content<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(
            js,
            this,
            content,
            options,
            set_inner_content,
            streaming_set_inner_content
        )
    }

    #[jsg(method)]
    fn on_end_tag<'s>(&self, js: &mut Lock<'s, '_>, handler: Local<'s, Function>) -> Result<()> {
        let transform = self.token.transform()?;
        let id = transform.add_callback(Callback {
            this: None,
            function: Global::new(js, handler),
        });
        match transform.parser().set_end_tag_handler(self.token.id(), id) {
            Some(true) => Ok(()),
            _ => Err(parser_error("No end tag.")),
        }
    }
}

/// The attributes of an element, in the order of the document.
#[jsg::class]
pub struct AttributesIterator {
    token: TokenRef,
    next: Cell<usize>,
    changes: jsg::Untraced<Rc<Cell<u32>>>, // a number
    /// The count of changes that it was made at.
    state: u32,
}

#[jsg::methods]
impl AttributesIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.token.transform()?;
        if self.changes.get() != self.state {
            return Err(Error::error(
                "The attributes of this element have been modified during iteration. You must create a new iterator \
                 after modifying attributes.",
            ));
        }
        let index = self.next.get();
        let attribute = with_element(&self.token, move |element| {
            let attribute = element.attributes().get(index)?;
            Some((attribute.name(), attribute.value()))
        })?;
        let value = attribute.map(|(name, value)| -> Local<'s, Value> {
            self.next.set(index + 1);
            let pair = [
                jsg::string(js, &name).into(),
                jsg::string(js, &value).into(),
            ];
            Array::new_with_elements(js, &pair).into()
        });
        Ok(web::iterator::result(js, value))
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
