//! Content that a guest inserts into a document: text, or a stream whose turn comes later.

use std::borrow::Cow;

use encoding_rs::{Encoder, EncoderResult, Encoding, UTF_8};
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Handle, Lock, Result};
use net::Body;
use web::fetch::Response;
use web::streams::ReadableStream;

/// What the real workerd says of a body that somebody else reads.
const LOCKED: &str = "The ReadableStream has been locked to a reader.";

/// Content in the arguments of a mutation.
pub enum Insertion<'s> {
    Text(String),
    Stream(Handle<'s, ReadableStream>),
    Response(Handle<'s, Response>),
}

impl<'s> FromJs<'s> for Insertion<'s> {
    fn type_name() -> Cow<'static, str> {
        "string or JsReadableStream or Response".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(stream) = Handle::<ReadableStream>::from_value(js, value) {
            return Ok(Some(Self::Stream(stream)));
        }
        if let Some(response) = Handle::<Response>::from_value(js, value) {
            return Ok(Some(Self::Response(response)));
        }
        Ok(String::try_from_js(js, value)?.map(Self::Text))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_string()
    }
}

impl<'s> Insertion<'s> {
    /// The text, where only text will do.
    pub fn into_text(self) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(Error::type_error(
                "Replacing content in HTML comments using a ReadableStream or Response object is not implemented. \
                 You must provide a string.",
            )),
        }
    }

    /// The text, or else the stream; neither for a response without a body.
    pub fn resolve(
        self,
        js: &mut Lock<'s, '_>,
    ) -> Result<Option<Result<String, Handle<'s, ReadableStream>>>> {
        Ok(match self {
            Self::Text(text) => Some(Ok(text)),
            Self::Stream(stream) => Some(Err(stream)),
            Self::Response(response) => response.get().body().stream(js)?.map(Err),
        })
    }
}

/// The body of a response, which is used up by it.
pub fn take_body<'s>(js: &mut Lock<'s, '_>, response: Handle<'s, Response>) -> Result<Body> {
    let body = response.get().body();
    if body.is_used(js) {
        return Err(Error::type_error(LOCKED));
    }
    // The stream stays with the response, locked.
    match body.stream(js)? {
        Some(stream) => take_stream(js, stream),
        None => Ok(Body::empty()),
    }
}

/// The content of a stream, which is locked by it.
pub fn take_stream<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<Body> {
    if stream.get().is_locked() {
        return Err(Error::type_error(LOCKED));
    }
    ReadableStream::into_body(js, stream)
}

/// Options of a mutation.
#[derive(jsg::Dictionary, Default)]
#[jsg(name = "ContentOptions")]
pub struct ContentOptions {
    pub html: Option<bool>,
}

/// Whether the options say that the content is markup.
pub fn is_html(options: Option<ContentOptions>) -> bool {
    options.and_then(|options| options.html).unwrap_or(false)
}

/// Turns the bytes of a stream, which are UTF-8, into those of the document.
pub struct Transcoder {
    html: bool,
    encoder: Option<Encoder>,
    /// The start of a character whose rest is still to come.
    partial: Vec<u8>,
}

/// The stream's bytes are no UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidUtf8;

impl Transcoder {
    pub fn new(html: bool, encoding: &'static Encoding) -> Self {
        Self {
            html,
            encoder: (encoding != UTF_8).then(|| encoding.new_encoder()),
            partial: Vec::new(),
        }
    }

    /// Appends the next bytes to `out`. What is left of a character at the end of the stream is dropped.
    pub fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidUtf8> {
        let joined;
        let bytes = if self.partial.is_empty() {
            bytes
        } else {
            joined = [&self.partial[..], bytes].concat();
            &joined
        };
        let (text, rest) = match std::str::from_utf8(bytes) {
            Ok(text) => (text, &[][..]),
            Err(error) if error.error_len().is_some() => return Err(InvalidUtf8),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).map_err(|_| InvalidUtf8)?, rest)
            }
        };
        let partial = rest.to_vec();
        if self.html {
            self.encode(text, out);
        } else {
            self.escape(text, out);
        }
        self.partial = partial;
        Ok(())
    }

    fn escape(&mut self, mut text: &str, out: &mut Vec<u8>) {
        while let Some(index) = text.find(['<', '>', '&']) {
            self.encode(&text[..index], out);
            let reference = match text.as_bytes()[index] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&amp;",
            };
            self.encode(reference, out);
            text = &text[index + 1..];
        }
        self.encode(text, out);
    }

    /// Characters that the encoding lacks become numeric references.
    fn encode(&mut self, mut text: &str, out: &mut Vec<u8>) {
        let Some(encoder) = &mut self.encoder else {
            return out.extend_from_slice(text.as_bytes());
        };
        let mut buffer = [0; 1024];
        while !text.is_empty() {
            let (result, read, written) =
                encoder.encode_from_utf8_without_replacement(text, &mut buffer, false);
            out.extend_from_slice(&buffer[..written]);
            text = &text[read..];
            if let EncoderResult::Unmappable(character) = result {
                out.extend_from_slice(format!("&#{};", u32::from(character)).as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcode(
        html: bool,
        encoding: &'static Encoding,
        chunks: &[&[u8]],
    ) -> Result<Vec<u8>, InvalidUtf8> {
        let mut transcoder = Transcoder::new(html, encoding);
        let mut out = Vec::new();
        for chunk in chunks {
            transcoder.write(chunk, &mut out)?;
        }
        Ok(out)
    }

    #[test]
    fn characters_may_be_split() {
        for size in 1..5 {
            let chunks: Vec<&[u8]> = "a<é€🐈".as_bytes().chunks(size).collect();
            assert_eq!(transcode(false, UTF_8, &chunks), Ok("a&lt;é€🐈".into()));
            assert_eq!(
                transcode(true, encoding_rs::WINDOWS_1252, &chunks),
                Ok(b"a<\xe9\x80&#128008;".to_vec())
            );
        }
    }

    #[test]
    fn what_is_no_utf_8_is_refused() {
        assert_eq!(transcode(true, UTF_8, &[b"a\xe2", b"("]), Err(InvalidUtf8));
    }
}
