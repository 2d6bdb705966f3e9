//! What the global scope offers besides its methods: one row a class or value.
//!
//! Installing is on the path of every isolate's creation, so that a row costs one property: its
//! template or value is made when the guest first reads it. Crates above have tables of their own,
//! which the process registers once.
//!
//! G1. Classes are part of the scope's template. Adding them to the prototype that a context has made
//!     already is several times as expensive, since V8 keeps such an object optimized.

use std::sync::OnceLock;

use jsg::class::{Builder, ClassInfo, LazyValue, StaticInfo};
use jsg::js::{Local, PropertyAttribute, Value};
use jsg::{Class, Flag, FlagSet, Handle, Lock, LockExt, Result, ToJs};

use crate::abort::{AbortController, AbortSignal};
use crate::cloudflare::Cloudflare;
use crate::compression::stream::{CompressionStream, DecompressionStream};
use crate::encoding::{TextDecoder, TextEncoder};
use crate::event_source::EventSource;
use crate::events::{
    CloseEvent, CustomEvent, ErrorEvent, Event, EventTarget, ExtendableEvent, FetchEvent,
    MessageEvent, PromiseRejectionEvent,
};
use crate::fetch::{Headers, MessageBody, Request, Response};
use crate::file::{Blob, File};
use crate::file_system::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemHandle,
    FileSystemWritableFileStream, StorageManager,
};
use crate::form_data::FormData;
use crate::global_scope::{ServiceWorkerGlobalScope, WorkerGlobalScope};
use crate::messaging::{MessageChannel, MessagePort};
use crate::navigator::Navigator;
use crate::performance;
use crate::scheduler::Scheduler;
use crate::sockets::datagram::Datagram;
use crate::streams::byob_request::ReadableStreamBYOBRequest;
use crate::streams::byte_controller::ReadableByteStreamController;
use crate::streams::default_controller::ReadableStreamDefaultController;
use crate::streams::draining_reader::ReadableStreamDrainingReader;
use crate::streams::reader::{ReadableStreamBYOBReader, ReadableStreamDefaultReader};
use crate::streams::strategies::{ByteLengthQueuingStrategy, CountQueuingStrategy};
use crate::streams::text::{TextDecoderStream, TextEncoderStream};
use crate::streams::transform::{FixedLengthStream, IdentityTransformStream, TransformStream};
use crate::streams::transform_controller::TransformStreamDefaultController;
use crate::streams::writable_controller::WritableStreamDefaultController;
use crate::streams::writer::WritableStreamDefaultWriter;
use crate::streams::{ReadableStream, WritableStream};
use crate::url::{LegacyUrl, LegacyUrlSearchParams, Url, UrlSearchParams};
use crate::url_pattern::UrlPattern;
use crate::websocket::{WebSocket, WebSocketPair, WebSocketRequestResponsePair};

/// One class or value of the global scope.
pub struct Row {
    name: &'static str,
    what: What,
    gate: Gate,
}

enum What {
    /// On the prototype of the global object.
    Class(&'static ClassInfo),
    /// On the global object itself.
    OwnClass(&'static ClassInfo),
    /// On the global object itself.
    Value(&'static LazyValue),
    /// On the global object itself; a guest cannot assign to it.
    ReadOnly(&'static LazyValue),
}

/// When a row is there.
pub enum Gate {
    Always,
    /// With any of these flags.
    Any(&'static [Flag]),
    All(&'static [Flag]),
    Unless(Flag),
}

impl Gate {
    fn is_open(&self, on: &FlagSet) -> bool {
        match self {
            Self::Always => true,
            Self::Any(flags) => on.contains_any(flags),
            Self::All(flags) => flags.iter().all(|flag| on.contains(*flag)),
            Self::Unless(flag) => !on.contains(*flag),
        }
    }
}

impl Row {
    /// A class under its own name.
    pub const fn class<T: StaticInfo>() -> Self {
        Self::named::<T>(T::NAME)
    }

    /// A class under another name.
    pub const fn named<T: StaticInfo>(name: &'static str) -> Self {
        Self {
            name,
            what: What::Class(T::INFO),
            gate: Gate::Always,
        }
    }

    /// A value that a guest may replace.
    pub const fn value(value: &'static LazyValue) -> Self {
        Self {
            name: value.name,
            what: What::Value(value),
            gate: Gate::Always,
        }
    }

    const fn read_only(value: &'static LazyValue) -> Self {
        Self {
            name: value.name,
            what: What::ReadOnly(value),
            gate: Gate::Always,
        }
    }

    pub const fn when(self, gate: Gate) -> Self {
        Self { gate, ..self }
    }
}

/// Flags that define the classes of the performance timeline.
pub(crate) const PERFORMANCE: &[Flag] = &[
    Flag::EnableGlobalPerformanceClasses,
    Flag::EnableNodejsPerfHooksModule,
];

/// Classes that only streams of guest code lead to.
const STREAMS: Gate = Gate::Any(&[
    Flag::StreamsEnableConstructors,
    Flag::TypescriptImplementedStreams,
]);

const DRAINING: Gate = Gate::All(&[
    Flag::TypescriptImplementedStreams,
    Flag::ExposeDrainingReader,
]);

const MESSAGING: Gate = Gate::Any(&[Flag::ExposeGlobalMessageChannel]);

const WEB_FILES: Gate = Gate::Any(&[Flag::EnableWebFileSystem]);

const NAVIGATOR: Gate = Gate::Any(&[Flag::GlobalNavigator]);

/// Values come in the order in which the real scope has them, the last declared first.
static ROWS: &[Row] = &[
    Row::value(&LazyValue {
        name: "navigator",
        make: |js| made(js, Navigator::new()),
    })
    .when(NAVIGATOR),
    Row::value(&LazyValue {
        name: "global",
        make: itself,
    })
    .when(Gate::Any(&[Flag::NodejsCompatV2])),
    Row::read_only(&LazyValue {
        name: "origin",
        // An opaque origin (HTML §7.1.1) in its serialization.
        make: |js| "null".to_js(js),
    }),
    Row::value(&LazyValue {
        name: "Cloudflare",
        make: |js| made(js, Cloudflare::new()),
    }),
    Row::value(&LazyValue {
        name: "performance",
        make: performance::create,
    }),
    Row::value(&LazyValue {
        name: "scheduler",
        make: |js| made(js, Scheduler::new()),
    }),
    Row::value(&LazyValue {
        name: "self",
        make: itself,
    }),
    Row {
        name: "ServiceWorkerGlobalScope",
        what: What::OwnClass(ServiceWorkerGlobalScope::INFO),
        gate: Gate::Always,
    },
    Row::class::<EventTarget>().when(Gate::Any(&[Flag::SpecCompliantPropertyAttributes])),
    Row::class::<jsg::DomException>(),
    Row::class::<WorkerGlobalScope>(),
    Row::class::<Event>(),
    Row::class::<ExtendableEvent>(),
    Row::class::<CustomEvent>(),
    Row::class::<Datagram>().when(Gate::Any(&[Flag::Experimental])),
    Row::class::<PromiseRejectionEvent>(),
    Row::class::<FetchEvent>(),
    Row::class::<MessageEvent>(),
    Row::class::<CloseEvent>(),
    Row::class::<ErrorEvent>(),
    Row::class::<AbortController>(),
    Row::class::<AbortSignal>(),
    Row::class::<TextDecoder>(),
    Row::class::<TextEncoder>(),
    Row::class::<Url>().when(Gate::Any(&[Flag::UrlStandard])),
    Row::class::<UrlSearchParams>().when(Gate::Any(&[Flag::UrlStandard])),
    Row::class::<LegacyUrl>().when(Gate::Unless(Flag::UrlStandard)),
    Row::class::<LegacyUrlSearchParams>().when(Gate::Unless(Flag::UrlStandard)),
    Row::class::<Headers>(),
    Row::class::<MessageBody>(),
    Row::class::<Request>(),
    Row::class::<Response>(),
    Row::class::<Blob>(),
    Row::class::<File>(),
    Row::class::<FormData>(),
    Row::class::<WebSocketPair>(),
    Row::class::<WebSocket>(),
    Row::class::<WebSocketRequestResponsePair>(),
    Row::class::<EventSource>(),
    Row::class::<ReadableStream>(),
    Row::class::<ReadableStreamDefaultReader>(),
    Row::class::<ReadableStreamBYOBReader>(),
    Row::class::<ReadableStreamBYOBRequest>().when(STREAMS),
    Row::class::<ReadableStreamDefaultController>().when(STREAMS),
    Row::class::<ReadableByteStreamController>().when(STREAMS),
    Row::class::<ReadableStreamDrainingReader>().when(DRAINING),
    Row::class::<WritableStream>(),
    Row::class::<WritableStreamDefaultWriter>(),
    Row::class::<WritableStreamDefaultController>().when(STREAMS),
    Row::class::<UrlPattern>(),
    Row::class::<MessageChannel>().when(MESSAGING),
    Row::class::<MessagePort>().when(MESSAGING),
    Row::class::<FileSystemHandle>().when(WEB_FILES),
    Row::class::<FileSystemFileHandle>().when(WEB_FILES),
    Row::class::<FileSystemDirectoryHandle>().when(WEB_FILES),
    Row::class::<FileSystemWritableFileStream>().when(WEB_FILES),
    Row::class::<StorageManager>().when(WEB_FILES),
    Row::class::<TransformStream>(),
    Row::class::<TransformStreamDefaultController>().when(STREAMS),
    Row::class::<ByteLengthQueuingStrategy>(),
    Row::class::<CountQueuingStrategy>(),
    Row::class::<TextEncoderStream>(),
    Row::class::<TextDecoderStream>(),
    Row::class::<CompressionStream>(),
    Row::class::<DecompressionStream>(),
    Row::class::<FixedLengthStream>(),
    Row::class::<IdentityTransformStream>(),
    Row::class::<Navigator>().when(NAVIGATOR),
    Row::class::<performance::Performance>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceEntry>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceMark>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceMeasure>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceResourceTiming>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceObserver>().when(Gate::Any(PERFORMANCE)),
    Row::class::<performance::PerformanceObserverEntryList>().when(Gate::Any(PERFORMANCE)),
];

/// The tables of the crates above.
static MORE: OnceLock<&'static [&'static [Row]]> = OnceLock::new();

/// Registers the tables of the crates above, before the process makes its first isolate.
///
/// A second call has no effect: the templates of isolates that exist are made.
pub fn register(tables: &'static [&'static [Row]]) {
    let _ = MORE.set(tables);
}

fn tables() -> impl Iterator<Item = &'static [Row]> {
    let more = MORE.get().copied().unwrap_or_default();
    std::iter::once(ROWS).chain(more.iter().copied())
}

/// The classes of the global scope of a Worker with these flags.
pub fn classes(flags: &FlagSet) -> impl Iterator<Item = (&'static str, &'static ClassInfo)> {
    tables().flatten().filter_map(|row| match row.what {
        What::Class(class) | What::OwnClass(class) if row.gate.is_open(flags) => {
            Some((row.name, class))
        }
        _ => None,
    })
}

/// Puts the classes into the template of the scope's prototype.
pub(crate) fn define(builder: &mut Builder<'_, '_, '_>) {
    for row in tables().flatten() {
        if let What::Class(class) = row.what
            && row.gate.is_open(builder.flags())
        {
            builder.lazy_class(row.name, class);
        }
    }
}

/// Puts the rest on the current context's global object.
pub fn install(js: &mut Lock<'_, '_>) {
    let global = js.get_current_context().global(js);
    let flags = js.flags();
    let on_global = js.flag(Flag::SpecCompliantPropertyAttributes);
    for row in tables().flatten() {
        if !row.gate.is_open(flags) {
            continue;
        }
        match &row.what {
            // WebIDL §3.7.3: an interface object is a property of the global object.
            What::Class(class) if on_global => {
                let hidden = PropertyAttribute::DONT_ENUM;
                jsg::class::install_lazily(js, global, row.name, class, hidden);
            }
            What::Class(_) => {}
            What::OwnClass(class) => {
                let none = PropertyAttribute::NONE;
                jsg::class::install_lazily(js, global, row.name, class, none);
            }
            What::Value(value) => {
                jsg::class::install_lazy_value(js, global, value, PropertyAttribute::NONE);
            }
            What::ReadOnly(value) => {
                jsg::class::install_lazy_value(js, global, value, PropertyAttribute::READ_ONLY);
            }
        }
    }
    crate::console::install(js, global);
}

fn made<'s, T: Class>(js: &mut Lock<'s, '_>, value: T) -> Result<Local<'s, Value>> {
    Ok(Handle::new(js, value).object().into())
}

fn itself<'s>(js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
    Ok(js.get_current_context().global(js).into())
}
