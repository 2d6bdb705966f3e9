//! Failures as Node.js throws them: an `Error` with the name of the call and a code.

use std::borrow::Cow;

use jsg::js::{Local, Object};
use jsg::{Error, Lock, promise};

/// The name of an operation, for its failures.
pub(super) type Call = &'static str;

/// Why an operation fails.
pub(super) struct Failure {
    call: Call,
    code: &'static str,
    /// Instead of the code's own text.
    text: Option<Cow<'static, str>>,
    path: Option<String>,
}

impl Failure {
    pub fn of(call: Call, code: &'static str) -> Self {
        Self {
            call,
            code,
            text: None,
            path: None,
        }
    }

    pub fn from(call: Call, error: vfs::Error) -> Self {
        use vfs::Error as E;
        let code = match error {
            E::NotFound | E::InvalidPath => "ENOENT",
            E::NotDirectory => "ENOTDIR",
            E::NotEmpty => "ENOTEMPTY",
            E::ReadOnly | E::NotPermitted | E::FileTooLarge => "EPERM",
            E::NotPermittedOnDirectory => "EISDIR",
            E::AlreadyExists => "EEXIST",
            E::TooManyOpenFiles => "EMFILE",
            E::Failed => "EIO",
            E::TooManyLinks => "ELOOP",
        };
        let failure = Self::of(call, code);
        match error {
            E::FileTooLarge => failure.saying("File size limit exceeded"),
            E::TooManyLinks => failure.saying("symlink depth exceeded"),
            _ => failure,
        }
    }

    pub fn saying(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    pub fn at(mut self, path: impl Into<String>) -> Self {
        // No path is told of a name that is empty.
        self.path = Some(path.into()).filter(|path| !path.is_empty());
        self
    }

    /// The error that a guest sees.
    #[cold]
    pub fn throw(self, js: &mut Lock<'_, '_>) -> Error {
        let text = match (self.text, &self.path) {
            (Some(text), _) => text,
            (None, Some(path)) => format!("{}, {} '{path}'", text(self.code), self.call).into(),
            (None, None) => text(self.code).into(),
        };
        let mut properties = vec![("syscall", self.call), ("code", self.code)];
        if let Some(path) = &self.path {
            properties.push(("path", path));
        }
        with_properties(js, Error::error(text), &properties)
    }
}

/// An `Error` with a code and nothing else.
#[cold]
pub(super) fn coded(
    js: &mut Lock<'_, '_>,
    code: &'static str,
    text: impl Into<Cow<'static, str>>,
) -> Error {
    with_properties(js, Error::error(text), &[("code", code)])
}

fn with_properties(js: &mut Lock<'_, '_>, error: Error, properties: &[(&str, &str)]) -> Error {
    let exception = promise::exception_of(js, error);
    if let Ok(object) = Local::<Object>::try_from(exception) {
        for (name, value) in properties {
            let (name, value) = (jsg::intern(js, name), jsg::string(js, value));
            object.set(js, name.into(), value.into());
        }
    }
    Error::value(js, exception)
}

fn text(code: &str) -> &'static str {
    match code {
        "EBADF" => "bad file descriptor",
        "EEXIST" => "file already exists",
        "EINVAL" => "invalid argument",
        "EIO" => "input/output error",
        "EISDIR" => "illegal operation on a directory",
        "ELOOP" => "too many symbolic links encountered",
        "EMFILE" => "too many open files",
        "ENAMETOOLONG" => "name too long",
        "ENOENT" => "no such file or directory",
        "ENOTDIR" => "not a directory",
        "ENOTEMPTY" => "directory not empty",
        "EPERM" => "operation not permitted",
        _ => "unknown error",
    }
}

/// What an operation on files has come to: a failure is the error of `call` that a guest sees.
pub fn done<T>(js: &mut Lock<'_, '_>, call: Call, result: Result<T, vfs::Error>) -> jsg::Result<T> {
    result.map_err(|error| Failure::from(call, error).throw(js))
}
