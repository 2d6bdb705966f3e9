//! The classes of the smaller tokens: end tags, comments, texts, the document's type and its end.

use jsg::{Handle, Lock, Nullable, Result, Strong};
use lol_html::html_content::{ContentType, StreamingHandler};

use super::insertion::{ContentOptions, Insertion, is_html};
use super::parser::{Token, content_type, parser_error};
use super::transform::TokenRef;

/// Works on a token of the right kind.
pub(super) fn with<T: 'static>(
    token: &TokenRef,
    work: impl FnOnce(&mut Token<'_, '_, '_>) -> Option<T> + 'static,
) -> Result<T> {
    let transform = token.transform()?;
    let result = transform.parser().with(token.id(), work).flatten();
    result.ok_or_else(|| jsg::Error::Internal("a token of another kind".into()))
}

/// Inserts content: text at once, a stream when its turn comes.
pub(super) fn insert<'s>(
    js: &mut Lock<'s, '_>,
    token: &TokenRef,
    content: Insertion<'s>,
    options: Option<ContentOptions>,
    text: impl FnOnce(&mut Token<'_, '_, '_>, String, ContentType) + 'static,
    streaming: impl FnOnce(&mut Token<'_, '_, '_>, Box<dyn StreamingHandler + Send>) + 'static,
) -> Result<()> {
    let transform = token.transform()?;
    let html = is_html(options);
    match content.resolve(js)? {
        None => Ok(()),
        Some(Ok(content)) => with(token, move |token| {
            text(token, content, content_type(html));
            Some(())
        }),
        Some(Err(stream)) => {
            let id = transform.add_stream(Strong::new(js, stream), html);
            let writer = transform.parser().streaming(id);
            with(token, move |token| {
                streaming(token, writer);
                Some(())
            })
        }
    }
}

macro_rules! mutation {
    ($kind:ident, $js:ident, $this:ident, $content:ident, $options:ident, $text:ident, $streaming:ident) => {{
        insert(
            $js,
            &$this.get().token,
            $content,
            $options,
            |token, text: String, kind: ContentType| {
                if let Token::$kind(token) = token {
                    token.$text(&text, kind);
                }
            },
            |token, writer: Box<dyn StreamingHandler + Send>| {
                if let Token::$kind(token) = token {
                    token.$streaming(writer);
                }
            },
        )?;
        Ok($this)
    }};
}

/// As [`mutation`], for tokens that the real workerd allows no streams for.
macro_rules! text_mutation {
    ($kind:ident, $this:ident, $content:ident, $options:ident, $text:ident) => {{
        let token = &$this.get().token;
        token.transform()?;
        let (text, kind) = ($content.into_text()?, content_type(is_html($options)));
        with(token, move |token| match token {
            Token::$kind(token) => Some(token.$text(&text, kind)),
            _ => None,
        })?;
        Ok($this)
    }};
}

macro_rules! read {
    ($kind:ident, $this:ident, |$token:ident| $read:expr) => {
        with(&$this.token, move |token| match token {
            Token::$kind($token) => Some($read),
            _ => None,
        })
    };
}

/// The end tag of an element.
#[jsg::class]
pub struct EndTag {
    token: TokenRef,
}

/// A comment.
#[jsg::class]
pub struct Comment {
    token: TokenRef,
}

/// A part of a text.
#[jsg::class]
pub struct Text {
    token: TokenRef,
}

/// The document's type.
#[jsg::class]
pub struct Doctype {
    token: TokenRef,
}

/// The document's end.
#[jsg::class]
pub struct DocumentEnd {
    token: TokenRef,
}

macro_rules! new {
    ($($class:ident)*) => {
        $(impl $class {
            pub(super) fn new(token: TokenRef) -> Self {
                Self { token }
            }
        })*
    };
}

new!(EndTag Comment Text Doctype DocumentEnd);

#[jsg::methods]
impl EndTag {
    #[jsg(instance_getter)]
    fn name(&self) -> Result<String> {
        read!(EndTag, self, |tag| tag.name())
    }

    #[jsg(setter)]
    fn set_name(&self, name: String) -> Result<()> {
        read!(EndTag, self, |tag| tag.set_name(name))
    }

    #[jsg(method)]
    fn before<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(EndTag, js, this, content, options, before, streaming_before)
    }

    #[jsg(method)]
    fn after<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(EndTag, js, this, content, options, after, streaming_after)
    }

    #[jsg(method)]
    fn remove<'s>(this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let tag = this.get();
        read!(EndTag, tag, |tag| tag.remove())?;
        Ok(this)
    }
}

#[jsg::methods]
impl Comment {
    #[jsg(instance_getter)]
    fn text(&self) -> Result<String> {
        read!(Comment, self, |comment| comment.text())
    }

    #[jsg(setter)]
    fn set_text(&self, text: String) -> Result<()> {
        read!(Comment, self, |comment| comment.set_text(&text))?.map_err(parser_error)
    }

    #[jsg(instance_getter)]
    fn removed(&self) -> Result<bool> {
        read!(Comment, self, |comment| comment.removed())
    }

    #[jsg(method)]
    fn before<'s>(
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        text_mutation!(Comment, this, content, options, before)
    }

    #[jsg(method)]
    fn after<'s>(
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        text_mutation!(Comment, this, content, options, after)
    }

    #[jsg(method)]
    fn replace<'s>(
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        text_mutation!(Comment, this, content, options, replace)
    }

    #[jsg(method)]
    fn remove<'s>(this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let comment = this.get();
        read!(Comment, comment, |comment| comment.remove())?;
        Ok(this)
    }
}

#[jsg::methods]
impl Text {
    #[jsg(instance_getter)]
    fn text(&self) -> Result<String> {
        read!(Text, self, |text| text.as_str().to_owned())
    }

    #[jsg(instance_getter)]
    fn last_in_text_node(&self) -> Result<bool> {
        read!(Text, self, |text| text.last_in_text_node())
    }

    #[jsg(instance_getter)]
    fn removed(&self) -> Result<bool> {
        read!(Text, self, |text| text.removed())
    }

    #[jsg(method)]
    fn before<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(Text, js, this, content, options, before, streaming_before)
    }

    #[jsg(method)]
    fn after<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(Text, js, this, content, options, after, streaming_after)
    }

    #[jsg(method)]
    fn replace<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        mutation!(Text, js, this, content, options, replace, streaming_replace)
    }

    #[jsg(method)]
    fn remove<'s>(this: Handle<'s, Self>) -> Result<Handle<'s, Self>> {
        let text = this.get();
        read!(Text, text, |text| text.remove())?;
        Ok(this)
    }
}

#[jsg::methods]
impl Doctype {
    #[jsg(instance_getter)]
    fn name(&self) -> Result<Nullable<String>> {
        read!(Doctype, self, |doctype| Nullable(doctype.name()))
    }

    #[jsg(instance_getter)]
    fn public_id(&self) -> Result<Nullable<String>> {
        read!(Doctype, self, |doctype| Nullable(doctype.public_id()))
    }

    #[jsg(instance_getter)]
    fn system_id(&self) -> Result<Nullable<String>> {
        read!(Doctype, self, |doctype| Nullable(doctype.system_id()))
    }
}

#[jsg::methods]
impl DocumentEnd {
    #[jsg(method)]
    fn append<'s>(
        this: Handle<'s, Self>,
        content: Insertion<'s>,
        options: Option<ContentOptions>,
    ) -> Result<Handle<'s, Self>> {
        text_mutation!(End, this, content, options, append)
    }
}
