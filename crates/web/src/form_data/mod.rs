//! `FormData` (XMLHttpRequest §5): a list of entries, and the two encodings that bodies have.

mod iterators;
pub mod multipart;

use std::cell::RefCell;

use bytes::Bytes;
use jsg::js::{Function, Local, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Nullable, Ref, Result, ToJs, Trace};

use crate::file::{Blob, File};
use crate::iterator::{self, LivePairs, PairIterable, Part};
use crate::mime::MimeType;
use crate::url::decode_form;
use iterators::{EntryIterator, KeyIterator, ValueIterator};

/// A list of names, each with a text or a file.
#[jsg::class]
pub struct FormData {
    entries: RefCell<Vec<Entry>>,
}

#[derive(Trace)]
struct Entry {
    name: String,
    value: EntryValue,
}

#[derive(Trace)]
enum EntryValue {
    Text(String),
    File(Ref<File>),
}

/// What guest code makes an entry of.
#[derive(jsg::Union)]
enum EntryInit<'s> {
    File(Handle<'s, File>),
    Blob(Handle<'s, Blob>),
    Text(String),
}

const MULTIPART: &str = "multipart/form-data";
const URLENCODED: &str = "application/x-www-form-urlencoded";

impl EntryValue {
    /// "Create an entry": a blob becomes a file, as does a file with a new name.
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        name: &str,
        init: EntryInit<'s>,
        filename: Option<String>,
    ) -> Self {
        let (data, kind) = match (&init, &filename) {
            (EntryInit::Text(text), _) => return Self::Text(text.clone()),
            (EntryInit::File(file), None) => return Self::File(Ref::new(js, *file)),
            (EntryInit::File(file), Some(_)) => parts(file.get().blob()),
            (EntryInit::Blob(blob), _) => parts(blob.get()),
        };
        let filename = filename.unwrap_or_else(|| name.to_owned());
        Self::file(js, data, filename, kind)
    }

    fn file(js: &mut Lock<'_, '_>, data: Bytes, name: String, kind: String) -> Self {
        let file = File::of(js, data, name, kind);
        let file = Handle::new(js, file);
        Self::File(Ref::new(js, file))
    }

    fn to_js<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        match self {
            Self::Text(text) => text.as_str().to_js(js),
            Self::File(file) => file.get(js).to_js(js),
        }
    }
}

/// Broken escapes are no error.
fn decode(text: &str) -> String {
    let (bytes, _) = decode_form(text);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parts(blob: &Blob) -> (Bytes, String) {
    (blob.data().clone(), blob.kind().to_owned())
}

impl FormData {
    /// Parses a body of this content type (Fetch §5.3, `formData()`).
    ///
    /// # Errors
    /// When the type is another one, or the body is not of it.
    pub fn parse<'s>(
        js: &mut Lock<'s, '_>,
        body: &Bytes,
        content_type: &str,
    ) -> Result<Handle<'s, Self>> {
        let form = Self {
            entries: RefCell::default(),
        };
        // The object comes first: it roots the files of the entries.
        let form = Handle::new(js, form);
        let kind = MimeType::parse(content_type);
        match kind.as_ref().map(|kind| (kind.essence(), kind)) {
            Some((MULTIPART, kind)) => {
                let Some(boundary) = kind.parameter("boundary") else {
                    return Err(Error::type_error(
                        "No boundary string in Content-Type header. The multipart/form-data MIME type requires a \
                         boundary parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC \
                         7578, section 4.",
                    ));
                };
                form.add_parts(js, multipart::parse(body, boundary)?);
            }
            Some((URLENCODED, kind)) => {
                let charset = kind.parameter("charset").map(str::to_ascii_lowercase);
                if !matches!(
                    charset.as_deref(),
                    None | Some("utf-8" | "utf8" | "unicode-1-1-utf-8")
                ) {
                    return Err(Error::type_error(
                        "Non-utf-8 application/x-www-form-urlencoded body.",
                    ));
                }
                form.add_pairs(&String::from_utf8_lossy(body));
            }
            _ => {
                return Err(Error::type_error(format!(
                    "Unrecognized Content-Type header value. FormData can only parse the following MIME types: \
                     {MULTIPART}, {URLENCODED}"
                )));
            }
        }
        Ok(form)
    }

    fn add_parts(&self, js: &mut Lock<'_, '_>, parts: Vec<multipart::Part>) {
        let with_files = js.flag(Flag::FormdataParserSupportsFiles);
        for part in parts {
            let value = match part.filename {
                Some(filename) if with_files => {
                    EntryValue::file(js, part.body, filename, part.content_type)
                }
                _ => EntryValue::Text(String::from_utf8_lossy(&part.body).into_owned()),
            };
            let name = part.name;
            self.entries.borrow_mut().push(Entry { name, value });
        }
    }

    fn add_pairs(&self, text: &str) {
        let mut entries = self.entries.borrow_mut();
        for piece in text.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            entries.push(Entry {
                name: decode(name),
                value: EntryValue::Text(decode(value)),
            });
        }
    }

    /// The multipart encoding, and its content type.
    ///
    /// # Errors
    /// When a name cannot be written.
    pub fn serialize(&self, js: &Lock<'_, '_>) -> Result<(Bytes, String)> {
        let boundary = multipart::boundary()?;
        let mut writer = multipart::Writer::new(&boundary);
        for entry in &*self.entries.borrow() {
            match &entry.value {
                EntryValue::Text(text) => writer.text(&entry.name, text)?,
                EntryValue::File(file) => {
                    let file = file.get(js).get();
                    let blob = file.blob();
                    writer.file(&entry.name, file.name(), blob.kind(), blob.data())?;
                }
            }
        }
        Ok((writer.finish(), format!("{MULTIPART}; boundary={boundary}")))
    }
}

impl PairIterable for FormData {
    fn pair_at<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        index: usize,
    ) -> Option<Result<(Local<'s, Value>, Local<'s, Value>)>> {
        let entries = self.entries.borrow();
        let entry = entries.get(index)?;
        let name = entry.name.as_str().to_js(js);
        let value = entry.value.to_js(js);
        Some(name.and_then(|name| Ok((name, value?))))
    }
}

#[jsg::methods]
impl FormData {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {
            entries: RefCell::default(),
        }
    }

    #[jsg(method)]
    fn append<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        value: EntryInit<'s>,
        filename: Option<String>,
    ) {
        let value = EntryValue::create(js, &name, value, filename);
        self.entries.borrow_mut().push(Entry { name, value });
    }

    #[jsg(method)]
    fn delete(&self, name: String) {
        self.entries.borrow_mut().retain(|entry| entry.name != name);
    }

    #[jsg(method)]
    fn get<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Result<Local<'s, Value>> {
        match self
            .entries
            .borrow()
            .iter()
            .find(|entry| entry.name == name)
        {
            Some(entry) => entry.value.to_js(js),
            None => Ok(jsg::js::null(js).into()),
        }
    }

    #[jsg(method)]
    fn get_all<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Result<Vec<Local<'s, Value>>> {
        let entries = self.entries.borrow();
        let found = entries.iter().filter(|entry| entry.name == name);
        found.map(|entry| entry.value.to_js(js)).collect()
    }

    #[jsg(method)]
    fn has(&self, name: String) -> bool {
        self.entries.borrow().iter().any(|entry| entry.name == name)
    }

    #[jsg(method)]
    fn set<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        value: EntryInit<'s>,
        filename: Option<String>,
    ) {
        let value = EntryValue::create(js, &name, value, filename);
        let mut entries = self.entries.borrow_mut();
        let Some(first) = entries.iter().position(|entry| entry.name == name) else {
            return entries.push(Entry { name, value });
        };
        let mut index = 0;
        entries.retain(|entry| {
            index += 1;
            index - 1 <= first || entry.name != name
        });
        entries[first].value = value;
    }

    #[jsg(method)]
    #[jsg(iterator)]
    fn entries<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, EntryIterator> {
        let pairs = LivePairs::new(js, this, Part::Both);
        EntryIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn keys<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, KeyIterator> {
        let pairs = LivePairs::new(js, this, Part::Name);
        KeyIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn values<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Handle<'s, ValueIterator> {
        let pairs = LivePairs::new(js, this, Part::Value);
        ValueIterator::create(js, pairs)
    }

    #[jsg(method)]
    fn for_each<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        this_arg: Nullable<Local<'s, Value>>,
    ) -> Result<()> {
        iterator::for_each(js, this, callback, this_arg.0)
    }
}
