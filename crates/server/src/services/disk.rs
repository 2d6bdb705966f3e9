//! `disk`: a directory over HTTP.
//!
//! GET and HEAD read files, whole or one range of bytes, and list directories as JSON; PUT and DELETE change them
//! when the config says so. What a URL names is decided in [`path`](self): it never leaves the directory, though
//! symbolic links, which only somebody with access to the directory can make, are followed wherever they lead.
//!
//! File operations run on the blocking pool, at most one chunk of a body in memory ([`files`](self)).

mod files;
mod listing;
mod path;
mod range;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use config::model::DiskDirectory;
use futures::future::LocalBoxFuture;
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LAST_MODIFIED, RANGE, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use io::channel::{ChannelError, SubrequestChannel, SubrequestResult};
use net::Body;

use files::{Opened, Upload};
use path::Named;
use range::Selection;

/// A directory, as all loops share it.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    writable: bool,
    allow_dotfiles: bool,
}

impl Disk {
    /// # Errors
    /// The directory is not there.
    pub fn new(name: &str, directory: &DiskDirectory) -> Result<Self, String> {
        let path = directory.path.as_deref().unwrap_or_default();
        let root = std::fs::canonicalize(path).ok();
        match root.filter(|root| root.is_dir()) {
            Some(root) => Ok(Self {
                root,
                writable: directory.writable,
                allow_dotfiles: directory.allow_dotfiles,
            }),
            None => Err(format!("Directory named \"{name}\" not found: {path}")),
        }
    }

    async fn answer(&self, request: Request<Body>) -> SubrequestResult {
        let (head, body) = request.into_parts();
        let named = path::resolve(&head.uri, self.allow_dotfiles);
        match head.method {
            Method::GET | Method::HEAD => match named {
                Some(named) => self.read(&head.method, &head.headers, named).await,
                None => Ok(plain(StatusCode::NOT_FOUND)),
            },
            Method::PUT | Method::DELETE if !self.writable => {
                Ok(plain(StatusCode::METHOD_NOT_ALLOWED))
            }
            Method::PUT => match named {
                Some(Named::Below(path)) => self.write(path, body).await,
                _ => Ok(refusal()),
            },
            Method::DELETE => match named {
                Some(Named::Below(path)) => self.delete(path).await,
                _ => Ok(refusal()),
            },
            _ => Ok(plain(StatusCode::NOT_IMPLEMENTED)),
        }
    }

    async fn read(&self, method: &Method, headers: &HeaderMap, named: Named) -> SubrequestResult {
        let path = match named {
            Named::Root => self.root.clone(),
            Named::Below(path) => self.root.join(path),
        };
        let range = headers.get(RANGE).filter(|_| *method == Method::GET);
        let range = range.cloned();
        let hidden = !self.allow_dotfiles;
        let opened = match files::open(path, range, hidden).await {
            Ok(opened) => opened,
            Err(error) if is_absence(&error) => return Ok(plain(StatusCode::NOT_FOUND)),
            Err(error) => return Err(failure(error)),
        };
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        let (body, modified) = match opened {
            Opened::Special => return Ok(plain(StatusCode::NOT_ACCEPTABLE)),
            Opened::Unsatisfiable { size } => return Ok(unsatisfiable(size)),
            Opened::Directory { listing, modified } => {
                if *method != Method::HEAD {
                    headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
                }
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                let listing = async move { Ok(listing.into()) };
                (Body::stream(futures::stream::once(listing), None), modified)
            }
            Opened::File(file) => {
                let length = file.selection.length;
                headers.insert(CONTENT_LENGTH, length.into());
                headers.insert(
                    CONTENT_TYPE,
                    HeaderValue::from_static("application/octet-stream"),
                );
                let modified = file.modified;
                if let Some(content_range) = content_range(&file.selection, file.size) {
                    headers.insert(CONTENT_RANGE, content_range);
                    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                }
                (file.into_body(), modified)
            }
        };
        let modified = httpdate::fmt_http_date(modified);
        if let Ok(modified) = HeaderValue::from_str(&modified) {
            response.headers_mut().insert(LAST_MODIFIED, modified);
        }
        if *method != Method::HEAD {
            *response.body_mut() = body;
        }
        Ok(response)
    }

    /// The file appears, or is replaced, only once all of it is stored.
    async fn write(&self, path: PathBuf, mut body: Body) -> SubrequestResult {
        let mut upload = Upload::start(self.root.join(path)).await.map_err(failure)?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| ChannelError::Internal(error.to_string()))?;
            upload.write(chunk).await.map_err(failure)?;
        }
        upload.finish().await.map_err(failure)?;
        Ok(no_content())
    }

    /// A directory goes with all that is in it.
    async fn delete(&self, path: PathBuf) -> SubrequestResult {
        match files::delete(self.root.join(path)).await {
            Ok(()) => Ok(no_content()),
            Err(error) if is_absence(&error) => Ok(plain(StatusCode::NOT_FOUND)),
            Err(error) => Err(failure(error)),
        }
    }
}

/// The directory's channel.
pub struct DiskService(pub Arc<Disk>);

impl SubrequestChannel for DiskService {
    fn request(&self, request: Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let disk = self.0.clone();
        Box::pin(async move { disk.answer(request).await })
    }
}

/// Whether it means that a path leads to nothing.
fn is_absence(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cold]
fn failure(error: std::io::Error) -> ChannelError {
    ChannelError::Internal(error.to_string())
}

fn content_range(selection: &Selection, size: u64) -> Option<HeaderValue> {
    if !selection.partial {
        return None;
    }
    let last = selection.start + selection.length - 1;
    HeaderValue::from_str(&format!("bytes {}-{last}/{size}", selection.start)).ok()
}

fn unsatisfiable(size: u64) -> Response<Body> {
    let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE);
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    response
}

fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A path that may not be written to. The phrase is the real workerd's.
fn refusal() -> Response<Body> {
    let mut response = with_text(StatusCode::FORBIDDEN, "Unauthorized");
    net::set_reason(response.extensions_mut(), "Unauthorized");
    response
}

fn plain(status: StatusCode) -> Response<Body> {
    with_text(status, status.canonical_reason().unwrap_or_default())
}

fn with_text(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, text.len().into());
    response
}
