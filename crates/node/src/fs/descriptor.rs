//! Descriptors that are closed with the object that holds them.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use jsg::{Handle, Lock, Result, Untraced};
use vfs::FileSystem;

/// Holds a descriptor open.
#[jsg::class(name = "FileFdHandle")]
pub struct Descriptor {
    open: Untraced<Open>, // holds no JavaScript
}

struct Open {
    system: Weak<FileSystem>,
    descriptor: Cell<Option<i32>>,
}

impl Open {
    fn close(&self) {
        if let Some(descriptor) = self.descriptor.take()
            && let Some(system) = self.system.upgrade()
        {
            system.close(descriptor);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}

impl Descriptor {
    pub(super) fn guard<'s>(js: &mut Lock<'s, '_>, descriptor: i32) -> Result<Handle<'s, Self>> {
        let open = Open {
            system: Rc::downgrade(&super::current(js)?),
            descriptor: Cell::new(Some(descriptor)),
        };
        let open = Untraced(open);
        Ok(Handle::new(js, Self { open }))
    }
}

#[jsg::methods]
impl Descriptor {
    #[jsg(method)]
    fn close(&self) {
        self.open.0.close();
    }
}
