//! Failures of native code, on their way to JavaScript.
//!
//! Three fates: a guest's mistake carries the class and text that the guest sees; a failure of the
//! host is mapped to one by whoever knows it; a bug of ours is logged in full while the guest sees
//! an internal error with a reference that leads to the log line.

use std::borrow::Cow;

/// Result of everything that may throw.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The ECMAScript error constructors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
}

/// Something to be thrown into JavaScript.
#[derive(Debug)]
pub enum Error {
    /// A plain ECMAScript error.
    Js {
        kind: ErrorKind,
        message: Cow<'static, str>,
    },
    /// A `DOMException` of this name (WebIDL §2.8.1).
    Dom {
        name: &'static str,
        message: Cow<'static, str>,
    },
    /// An ECMAScript error with a `code` property, as Node's APIs throw them.
    Coded {
        kind: ErrorKind,
        code: &'static str,
        message: Cow<'static, str>,
    },
    /// The other side is gone, and a later try may succeed: an error whose `retryable` is true.
    Disconnected { message: Cow<'static, str> },
    /// What another isolate has thrown: the name of its class and its text. Names that no constructor
    /// here has become part of the text.
    Remote {
        class: Cow<'static, str>,
        message: String,
    },
    /// An error that was taken apart on its way through native code; as `Remote`, but it does not say so.
    Classed {
        class: Cow<'static, str>,
        message: String,
    },
    /// What another isolate has thrown, a `DOMException` of this name.
    RemoteDom { name: String, message: String },
    /// An error with one more property, which is true.
    Hinted {
        property: &'static str,
        error: Box<Error>,
    },
    /// What another isolate has thrown, as structured clone writes it; and for the case that it
    /// cannot be read.
    RemoteValue {
        value: std::sync::Arc<[u8]>,
        plain: Box<Error>,
    },
    /// This very value.
    Value(v8::Global<v8::Value>),
    /// V8 holds a pending exception already: return to it without throwing again.
    Pending,
    /// A bug of ours. The text goes to the log, never to the guest.
    Internal(String),
}

impl Error {
    pub fn type_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Js {
            kind: ErrorKind::TypeError,
            message: message.into(),
        }
    }

    pub fn range_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Js {
            kind: ErrorKind::RangeError,
            message: message.into(),
        }
    }

    #[expect(
        clippy::self_named_constructors,
        reason = "named after the JavaScript class, like its kin"
    )]
    pub fn error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Js {
            kind: ErrorKind::Error,
            message: message.into(),
        }
    }

    pub fn syntax_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Js {
            kind: ErrorKind::SyntaxError,
            message: message.into(),
        }
    }

    pub fn dom(name: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Dom {
            name,
            message: message.into(),
        }
    }

    /// Throws `value` itself.
    pub fn value<'s>(js: &crate::Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Self {
        Self::Value(v8::Global::new(js, value))
    }

    /// The same error with one more property, which is true.
    #[must_use]
    pub fn hinted(self, property: &'static str) -> Self {
        Self::Hinted {
            property,
            error: Box::new(self),
        }
    }

    /// The error as a JavaScript value. `None` when V8 already holds the exception.
    pub fn into_exception<'s>(
        self,
        js: &mut crate::Lock<'s, '_>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        Some(match self {
            Self::Js { kind, message } => ecma_error(js, kind, &message),
            Self::Coded {
                kind,
                code,
                message,
            } => {
                let error = ecma_error(js, kind, &message);
                if let Ok(object) = v8::Local::<v8::Object>::try_from(error) {
                    let key = crate::intern(js, "code");
                    let value = crate::string(js, code);
                    object.set(js, key.into(), value.into());
                }
                error
            }
            Self::Dom { name, message } => crate::DomException::create(js, name, &message),
            Self::Disconnected { message } => {
                let error = ecma_error(js, ErrorKind::Error, &message);
                set_true(js, error, "retryable");
                error
            }
            Self::Remote { class, message } => {
                let error = remote_error(js, &class, &message);
                mark_remote(js, error);
                error
            }
            Self::Classed { class, message } => match dom_name(&class) {
                Some(name) => crate::DomException::create(js, name, &message),
                None => remote_error(js, &class, &message),
            },
            Self::RemoteDom { name, message } => {
                let error = crate::DomException::create(js, &name, &message);
                mark_remote(js, error);
                error
            }
            Self::Hinted { property, error } => {
                let error = error.into_exception(js)?;
                set_true(js, error, property);
                error
            }
            Self::RemoteValue { value, plain } => {
                let options = crate::clone::Options {
                    fresh_stacks: true,
                    ..Default::default()
                };
                let read = crate::promise::try_catch(js, |js| {
                    crate::clone::deserialize(js, value.to_vec().into(), &options)
                });
                match read {
                    Ok(error) if error.is_object() => {
                        mark_remote(js, error);
                        error
                    }
                    // What is no object comes as an error with its text.
                    Ok(_) | Err(_) => return plain.into_exception(js),
                }
            }
            Self::Value(value) => v8::Local::new(js, value),
            Self::Pending => return None,
            Self::Internal(text) => {
                let reference = reference_id(js);
                tracing::error!(reference, "internal error: {text}");
                ecma_error(
                    js,
                    ErrorKind::Error,
                    &format!("internal error; reference = {reference}"),
                )
            }
        })
    }

    /// Throws the error in the current scope.
    pub fn throw(self, js: &mut crate::Lock<'_, '_>) {
        if let Some(exception) = self.into_exception(js) {
            js.throw_exception(exception);
        }
    }
}

fn ecma_error<'s>(
    js: &crate::Lock<'s, '_>,
    kind: ErrorKind,
    message: &str,
) -> v8::Local<'s, v8::Value> {
    let text = crate::string(js, message);
    ecma_error_of(js, kind, text)
}

/// An ECMAScript error with this message.
pub(crate) fn ecma_error_of<'s>(
    js: &crate::Lock<'s, '_>,
    kind: ErrorKind,
    text: v8::Local<'s, v8::String>,
) -> v8::Local<'s, v8::Value> {
    match kind {
        ErrorKind::Error => v8::Exception::error(js, text),
        ErrorKind::TypeError => v8::Exception::type_error(js, text),
        ErrorKind::RangeError => v8::Exception::range_error(js, text),
        ErrorKind::SyntaxError => v8::Exception::syntax_error(js, text),
        ErrorKind::ReferenceError => v8::Exception::reference_error(js, text),
    }
}

/// An error of a class that a name stands for. The rarer ones have no constructor in V8's interface:
/// they are errors with the prototype of their class.
/// The name in `DOMException(name)`.
fn dom_name(class: &str) -> Option<&str> {
    class.strip_prefix("DOMException(")?.strip_suffix(')')
}

fn remote_error<'s>(
    js: &mut crate::Lock<'s, '_>,
    class: &str,
    message: &str,
) -> v8::Local<'s, v8::Value> {
    let kind = match class {
        "TypeError" => ErrorKind::TypeError,
        "RangeError" => ErrorKind::RangeError,
        "SyntaxError" => ErrorKind::SyntaxError,
        "ReferenceError" => ErrorKind::ReferenceError,
        _ => ErrorKind::Error,
    };
    let error = ecma_error(js, kind, message);
    if kind == ErrorKind::Error && class != "Error" {
        let inherited = crate::promise::try_catch(js, |js| {
            let global = js.get_current_context().global(js);
            let (class, prototype) = (crate::string(js, class), crate::intern(js, "prototype"));
            let class = global.get(js, class.into()).ok_or(Error::Pending)?;
            let Ok(class) = v8::Local::<v8::Object>::try_from(class) else {
                return Ok(None);
            };
            class
                .get(js, prototype.into())
                .map(Some)
                .ok_or(Error::Pending)
        });
        if let (Ok(Some(prototype)), Ok(object)) =
            (inherited, v8::Local::<v8::Object>::try_from(error))
        {
            object.set_prototype(js, prototype);
        }
    }
    error
}

/// Tells the guest that an error comes from another isolate.
fn mark_remote<'s>(js: &mut crate::Lock<'s, '_>, error: v8::Local<'s, v8::Value>) {
    set_true(js, error, "remote");
}

fn set_true<'s>(js: &mut crate::Lock<'s, '_>, error: v8::Local<'s, v8::Value>, name: &str) {
    if let Ok(object) = v8::Local::<v8::Object>::try_from(error) {
        let key = crate::intern(js, name);
        let yes = v8::Boolean::new(js, true);
        object.create_data_property(js, key.into(), yes.into());
    }
}

/// A reference that is unique in this process's log; it need not be hard to guess.
fn reference_id(js: &crate::Lock<'_, '_>) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let isolate = crate::LockExt::state(js) as *const crate::State as usize as u64;
    let mixed = (isolate
        ^ NEXT
            .fetch_add(1, Ordering::Relaxed)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15))
    .wrapping_mul(0xff51_afd7_ed55_8ccd);
    format!("{mixed:016x}")
}
