//! The file system of an isolate: its Worker's modules, and the temporary files of whose event runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use io::IoContext;
use jsg::modules::{Content, Source};
use jsg::{Lock, LockExt};
use vfs::{Budget, File, FileSystem, Path, Scratch, Setup};

use crate::definition::{Code, Definition};

/// The most bytes that the temporary files of one isolate may have together.
const BUDGET: usize = 1 << 30;

/// The temporary files of the code at global scope, which ends when this is dropped.
pub(crate) struct Starting(Rc<RefCell<Option<Rc<Scratch>>>>);

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.take();
    }
}

/// Gives the isolate its file system.
pub(crate) fn install(js: &mut Lock<'_, '_>, definition: &Definition) -> Starting {
    let budget = Budget::new(BUDGET);
    let starting = Rc::new(RefCell::new(Some(Scratch::new(&budget))));
    let sources: Vec<Arc<Source>> = match &definition.code {
        Code::Modules(bundle) => bundle.modules.clone(),
        Code::Script(script) => vec![script.clone()],
    };
    let of_event = budget.clone();
    let at_start = starting.clone();
    let setup = Setup {
        bundle: move || sources.iter().filter_map(file).collect(),
        scratch: move || IoContext::scratch(&of_event).or_else(|| at_start.borrow().clone()),
        random,
    };
    js.set_extension(FileSystem::new(budget, setup));
    Starting(starting)
}

/// A module as a file: its name is a URL below `/bundle`.
fn file(source: &Arc<Source>) -> Option<(Path, Rc<File>)> {
    let path = web::url::file_path(&source.name, "/")?;
    Some((Path::of(&path), File::fixed(Module(source.clone()))))
}

/// The bytes of a module.
struct Module(Arc<Source>);

impl AsRef<[u8]> for Module {
    fn as_ref(&self) -> &[u8] {
        match &self.0.content {
            Content::EsModule(text) | Content::Text(text) | Content::Json(text) => text.as_bytes(),
            Content::CommonJs { source, .. } => source.as_bytes(),
            Content::Data(data) | Content::Wasm(data) => data,
        }
    }
}

/// `/dev/random`: events may have random bytes, global scope may not.
fn random(buffer: &mut [u8]) -> usize {
    if !IoContext::is_running() {
        return 0;
    }
    if io::trace::is_predictable() {
        buffer.fill(9);
    } else if getrandom::fill(buffer).is_err() {
        return 0;
    }
    buffer.len()
}
