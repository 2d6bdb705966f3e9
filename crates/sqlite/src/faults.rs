//! Files that fail when a test wants it: a file system of the engine's that is its usual one, but for the databases below a
//! directory counts what is done to them and lets the n-th fail, and all after it until the fault ends.
//!
//! The engine finds the functions of an open file in a table that the file points to. Here a file gets another table, with
//! functions that ask whether there is a fault and else call those of the first table.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::ffi::{self, File, Methods, Vfs};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Writing, as on a full disk.
    Full,
    /// The same after half of the bytes.
    Short,
    /// Writing.
    Write,
    /// Reading.
    Read,
    /// Waiting for the disk.
    Sync,
    /// Opening a file.
    Open,
}

/// What happens below a directory. It is forgotten with the last clone.
pub struct Plan(Arc<Mutex<State>>);

struct State {
    directory: PathBuf,
    fault: Option<(Fault, u32)>,
    /// How often it has failed.
    failures: u32,
}

static PLANS: Mutex<Vec<Arc<Mutex<State>>>> = Mutex::new(Vec::new());
/// The open files.
static FILES: Mutex<Option<HashMap<usize, Known>>> = Mutex::new(None);
static USUAL: OnceLock<Usual> = OnceLock::new();

/// An open file.
#[derive(Clone)]
struct Known {
    plan: Arc<Mutex<State>>,
    /// The engine's functions for it.
    usual: &'static Methods,
}

/// The engine's own way.
struct Usual {
    open: ffi::OpenFn,
    /// The engine's tables, of which there is one for each way to lock files, and what takes their places.
    tables: Mutex<Vec<(&'static Methods, &'static Methods)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plan {
    /// Databases below the directory that are opened from now on can fail.
    pub fn new(directory: &Path) -> Self {
        let state = Arc::new(Mutex::new(State {
            directory: directory.to_owned(),
            fault: None,
            failures: 0,
        }));
        lock(&PLANS).push(state.clone());
        Self(state)
    }

    /// From the n-th time on, the next being the first, this fails.
    pub fn fail(&self, fault: Fault, nth: u32) {
        let mut state = lock(&self.0);
        state.fault = Some((fault, nth));
        state.failures = 0;
    }

    /// Nothing fails any more. How often something has.
    pub fn mend(&self) -> u32 {
        let mut state = lock(&self.0);
        state.fault = None;
        state.failures
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        lock(&PLANS).retain(|known| !Arc::ptr_eq(known, &self.0));
    }
}

impl State {
    /// Whether it is time to fail, for one of these reasons.
    fn fails(&mut self, faults: &[Fault]) -> Option<Fault> {
        let (fault, left) = self.fault.as_mut()?;
        if !faults.contains(fault) {
            return None;
        }
        *left = left.saturating_sub(1);
        (*left == 0).then(|| {
            self.failures += 1;
            *fault
        })
    }
}

fn plan_for(file: &Path) -> Option<Arc<Mutex<State>>> {
    let plans = lock(&PLANS);
    let found = plans
        .iter()
        .find(|plan| file.starts_with(&lock(plan).directory));
    found.cloned()
}

/// Whoever waits for the disk without the engine asks here first.
///
/// # Errors
/// There is a fault.
pub fn sync(file: &Path) -> io::Result<()> {
    match plan_for(file).and_then(|plan| lock(&plan).fails(&[Fault::Sync])) {
        Some(_) => Err(io::Error::from_raw_os_error(5)),
        None => Ok(()),
    }
}

const NAME: &CStr = c"faults";

/// The name of the file system for a file; null for the usual one.
pub(crate) fn file_system(file: &Path) -> *const c_char {
    if plan_for(file).is_none() {
        return ptr::null();
    }
    USUAL.get_or_init(register);
    NAME.as_ptr()
}

fn register() -> Usual {
    // SAFETY: the engine always has a usual file system, whose description is copied and never goes away; so does the copy,
    // which differs in its name and in how it opens files.
    unsafe {
        let mut vfs = ffi::sqlite3_vfs_find(ptr::null()).read();
        let open = vfs.open;
        vfs.next = ptr::null_mut();
        vfs.name = NAME.as_ptr();
        vfs.open = open_file;
        ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0);
        Usual {
            open,
            tables: Mutex::default(),
        }
    }
}

unsafe extern "C" fn open_file(
    vfs: *mut Vfs,
    name: *const c_char,
    file: *mut File,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some(usual) = USUAL.get() else {
        return ffi::CANTOPEN;
    };
    let plan = (!name.is_null()).then(|| {
        // SAFETY: a text of the engine's that ends with a null.
        let name = unsafe { CStr::from_ptr(name) };
        plan_for(Path::new(&*name.to_string_lossy()))
    });
    let plan = plan.flatten();
    if let Some(plan) = &plan
        && lock(plan).fails(&[Fault::Open]).is_some()
    {
        // SAFETY: a file that is not open has no table.
        unsafe { (*file).methods = ptr::null() };
        return ffi::CANTOPEN;
    }
    // SAFETY: the arguments are those that the engine means for this function.
    let code = unsafe { (usual.open)(vfs, name, file, flags, out) };
    // SAFETY: the engine's function has set a table of its own, which is never changed, or null.
    let methods: Option<&'static Methods> = unsafe { (*file).methods.as_ref() };
    if let (ffi::OK, Some(plan), Some(methods)) = (code, plan, methods) {
        let known = Known {
            plan,
            usual: methods,
        };
        lock(&FILES)
            .get_or_insert_default()
            .insert(file as usize, known);
        // SAFETY: the file is open, and the table lives for ever.
        unsafe { (*file).methods = usual.replace(methods) };
    }
    code
}

impl Usual {
    /// The table in place of one of the engine's.
    fn replace(&self, usual: &'static Methods) -> &'static Methods {
        let mut tables = lock(&self.tables);
        if let Some((_, replaced)) = tables.iter().find(|(known, _)| ptr::eq(*known, usual)) {
            return replaced;
        }
        let replaced = Box::leak(Box::new(Methods {
            close,
            read,
            write,
            truncate,
            sync: sync_file,
            ..*usual
        }));
        tables.push((usual, replaced));
        replaced
    }
}

/// The engine's functions for this file, and the fault if it is time for one.
fn ask(file: *mut File, faults: &[Fault]) -> Option<(&'static Methods, Option<Fault>)> {
    let known = lock(&FILES).as_ref()?.get(&(file as usize)).cloned()?;
    let fault = lock(&known.plan).fails(faults);
    Some((known.usual, fault))
}

unsafe extern "C" fn close(file: *mut File) -> c_int {
    let known = lock(&FILES)
        .as_mut()
        .and_then(|files| files.remove(&(file as usize)));
    match known {
        // SAFETY: the arguments are those that the engine means for this function.
        Some(known) => unsafe { (known.usual.close)(file) },
        None => ffi::IOERR_WRITE,
    }
}

unsafe extern "C" fn read(file: *mut File, into: *mut c_void, count: c_int, at: i64) -> c_int {
    match ask(file, &[Fault::Read]) {
        // SAFETY: the arguments are those that the engine means for this function.
        Some((usual, None)) => unsafe { (usual.read)(file, into, count, at) },
        _ => ffi::IOERR_READ,
    }
}

unsafe extern "C" fn write(file: *mut File, from: *const c_void, count: c_int, at: i64) -> c_int {
    const FAULTS: &[Fault] = &[Fault::Full, Fault::Short, Fault::Write];
    match ask(file, FAULTS) {
        // SAFETY: the arguments are those that the engine means for this function.
        Some((usual, None)) => unsafe { (usual.write)(file, from, count, at) },
        Some((usual, Some(Fault::Short))) => {
            // SAFETY: as above; fewer bytes than there are.
            unsafe { (usual.write)(file, from, count / 2, at) };
            ffi::FULL
        }
        Some((_, Some(Fault::Full))) => ffi::FULL,
        _ => ffi::IOERR_WRITE,
    }
}

unsafe extern "C" fn truncate(file: *mut File, size: i64) -> c_int {
    match ask(file, &[Fault::Write]) {
        // SAFETY: the arguments are those that the engine means for this function.
        Some((usual, None)) => unsafe { (usual.truncate)(file, size) },
        _ => ffi::IOERR_TRUNCATE,
    }
}

unsafe extern "C" fn sync_file(file: *mut File, flags: c_int) -> c_int {
    match ask(file, &[Fault::Sync]) {
        // SAFETY: the arguments are those that the engine means for this function.
        Some((usual, None)) => unsafe { (usual.sync)(file, flags) },
        _ => ffi::IOERR_FSYNC,
    }
}
