//! `DOMException` (WebIDL §4.3). It lives in the binding layer because errors of ours become one.

use jsg_macros::{class, methods};

use crate::Lock;
use crate::class::Handle;

/// An error with a name from WebIDL's table.
#[class(name = "DOMException")]
pub struct DomException {
    name: String,
    message: String,
    code: u16,
}

/// The names that have a legacy code, in the order of the codes (WebIDL §2.8.1).
const CODES: [(&str, &str); 25] = [
    ("IndexSizeError", "INDEX_SIZE_ERR"),
    ("DOMStringSizeError", "DOMSTRING_SIZE_ERR"),
    ("HierarchyRequestError", "HIERARCHY_REQUEST_ERR"),
    ("WrongDocumentError", "WRONG_DOCUMENT_ERR"),
    ("InvalidCharacterError", "INVALID_CHARACTER_ERR"),
    ("NoDataAllowedError", "NO_DATA_ALLOWED_ERR"),
    ("NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR"),
    ("NotFoundError", "NOT_FOUND_ERR"),
    ("NotSupportedError", "NOT_SUPPORTED_ERR"),
    ("InUseAttributeError", "INUSE_ATTRIBUTE_ERR"),
    ("InvalidStateError", "INVALID_STATE_ERR"),
    ("SyntaxError", "SYNTAX_ERR"),
    ("InvalidModificationError", "INVALID_MODIFICATION_ERR"),
    ("NamespaceError", "NAMESPACE_ERR"),
    ("InvalidAccessError", "INVALID_ACCESS_ERR"),
    ("ValidationError", "VALIDATION_ERR"),
    ("TypeMismatchError", "TYPE_MISMATCH_ERR"),
    ("SecurityError", "SECURITY_ERR"),
    ("NetworkError", "NETWORK_ERR"),
    ("AbortError", "ABORT_ERR"),
    ("URLMismatchError", "URL_MISMATCH_ERR"),
    ("QuotaExceededError", "QUOTA_EXCEEDED_ERR"),
    ("TimeoutError", "TIMEOUT_ERR"),
    ("InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR"),
    ("DataCloneError", "DATA_CLONE_ERR"),
];

fn code_of(name: &str) -> u16 {
    CODES
        .iter()
        .position(|(known, _)| *known == name)
        .map_or(0, |index| index as u16 + 1)
}

#[methods]
impl DomException {
    #[jsg(constructor)]
    fn new(
        js: &mut Lock<'_, '_>,
        call: &crate::Call<'_>,
        message: Option<String>,
        name: Option<String>,
    ) -> Self {
        capture_stack(js, call.this());
        let name = name.unwrap_or_else(|| "Error".into());
        Self {
            code: code_of(&name),
            name,
            message: message.unwrap_or_default(),
        }
    }

    #[jsg(instance_getter)]
    fn message(&self) -> &str {
        &self.message
    }

    #[jsg(instance_getter)]
    fn name(&self) -> &str {
        &self.name
    }

    #[jsg(instance_getter)]
    fn code(&self) -> u16 {
        self.code
    }

    #[jsg(define)]
    fn define(builder: &mut crate::class::Builder<'_, '_, '_>) {
        for (code, (_, constant)) in CODES.iter().enumerate() {
            builder.constant(constant, code as f64 + 1.0);
        }
        builder.on_function(|js, constructor| {
            crate::class::builder::inherit_from_intrinsic(js, constructor, "Error");
        });
    }
}

impl DomException {
    /// Makes one, with its stack.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        name: &str,
        message: &str,
    ) -> v8::Local<'s, v8::Value> {
        let exception = Self {
            name: name.into(),
            message: message.into(),
            code: code_of(name),
        };
        let handle = Handle::new(js, exception);
        capture_stack(js, handle.object());
        handle.object().into()
    }

    /// The exception's name.
    pub fn name_str(&self) -> &str {
        &self.name
    }

    /// The exception's message.
    pub fn message_str(&self) -> &str {
        &self.message
    }
}

/// Gives an exception its stack: enumerable, as all its properties are, unlike that of an `Error`.
fn capture_stack(js: &Lock<'_, '_>, exception: v8::Local<'_, v8::Object>) {
    v8::Exception::capture_stack_trace(js.get_current_context(), exception);
    let name = crate::intern(js, "stack");
    let mut descriptor = v8::PropertyDescriptor::new();
    descriptor.set_enumerable(true);
    exception.define_property(js, name.into(), &descriptor);
}
