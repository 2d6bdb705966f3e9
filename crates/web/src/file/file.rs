//! `File` (File API §4).

use bytes::Bytes;
use jsg::js::{Local, Value};
use jsg::{Lock, Result};

use super::blob::{Blob, Part, concat, normalized, refuse_endings};

/// A blob with a name and a time.
#[jsg::class(extends = Blob)]
pub struct File {
    name: String,
    last_modified: f64,
    parent: Blob,
}

/// `FilePropertyBag`.
#[derive(jsg::Dictionary)]
#[jsg(name = "Options")]
struct Options<'s> {
    #[jsg(name = "type")]
    kind: Option<String>,
    last_modified: Option<f64>,
    endings: Option<Local<'s, Value>>,
}

impl File {
    /// A file of a type that is taken as it is, modified now.
    pub fn of(js: &Lock<'_, '_>, data: Bytes, name: String, kind: String) -> Self {
        Self {
            name,
            last_modified: crate::performance::now(js),
            parent: Blob::of(data, kind),
        }
    }

    /// A file of a type that is taken as it is, modified at a time in milliseconds since 1970.
    pub fn modified_at(data: Bytes, name: String, kind: String, last_modified: f64) -> Self {
        Self {
            name,
            last_modified,
            parent: Blob::of(data, kind),
        }
    }

    /// What it is as a blob.
    pub fn blob(&self) -> &Blob {
        &self.parent
    }
}

#[jsg::methods]
impl File {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        parts: Option<Vec<Part<'s>>>,
        name: String,
        options: Option<Options<'s>>,
    ) -> Result<Self> {
        let (mut kind, mut last_modified) = (String::new(), None);
        if let Some(options) = options {
            refuse_endings(options.endings)?;
            kind = normalized(options.kind);
            last_modified = options.last_modified;
        }
        let data = concat(js, &parts.unwrap_or_default())?;
        let mut file = Self::of(js, data, name, kind);
        match last_modified {
            Some(time) if time.is_nan() => file.last_modified = 0.0,
            Some(time) => file.last_modified = time,
            None => {}
        }
        Ok(file)
    }

    #[jsg(getter)]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[jsg(getter)]
    fn last_modified(&self) -> f64 {
        self.last_modified
    }
}
