//! Facets: objects within an object. Each has a place of its own under its name, and a number under which it is stored
//! beside the object: `<id>.<number>.sqlite`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use ::io::channel::Hint;
use ::io::{ChannelError, SubrequestChannel};
use futures::FutureExt;
use runtime::actor::Class;
use storage::Place;
use workers::durable_object::facets::{Facets, StartFacet};
use workers::storage::{Kind, Source};

use super::container::{Container, ObjectChannel, What};
use super::facet_index::{FacetIndex, Number};

/// What may stand beside a database besides its own file.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// The facets of the object at a place.
pub struct FacetsOf(pub Weak<Container>);

impl Facets for FacetsOf {
    fn depth(&self) -> usize {
        self.0.upgrade().map_or(0, |place| place.depth())
    }

    fn facet(&self, name: &str, start: StartFacet) -> Rc<dyn SubrequestChannel> {
        match self.0.upgrade() {
            Some(place) => Rc::new(ObjectChannel::new(place.facet(name, start))),
            None => Rc::new(Gone),
        }
    }

    fn abort(&self, name: &str, reason: ChannelError) {
        if let Some(place) = self.0.upgrade() {
            place.abort_facet(name, reason);
        }
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        let Some(place) = self.0.upgrade() else {
            return Ok(());
        };
        place.abort_facet(name, ChannelError::classed("Error", "Facet was deleted."));
        place.delete_stored(name)
    }

    fn delete_all(&self) -> io::Result<()> {
        let Some(place) = self.0.upgrade() else {
            return Ok(());
        };
        place.with_index(|files, index, own| {
            index
                .within(own)
                .into_iter()
                .try_for_each(|(facet, _)| files.delete(index, facet))
        })
    }

    fn copy(&self, from: &str, to: &str) -> io::Result<()> {
        let Some(place) = self.0.upgrade() else {
            return Ok(());
        };
        let reason = ChannelError::classed("Error", "Facet was cloned-over.");
        place.abort_facet(to, reason);
        match from == to {
            true => Ok(()),
            false => place.copy_stored(from, to),
        }
    }
}

/// What the disk does not let us do is for whoever runs the server.
fn report(result: io::Result<()>) {
    if let Err(error) = result {
        tracing::error!("storage of a facet: {error}");
    }
}

/// Stands for a facet of an object that is gone.
struct Gone;

impl SubrequestChannel for Gone {
    fn request(
        &self,
        _: http::Request<net::Body>,
    ) -> futures::future::LocalBoxFuture<'static, ::io::channel::SubrequestResult> {
        let message = "The object of this facet is gone.".to_owned();
        Box::pin(async { Err(ChannelError::Disconnected(message)) })
    }
}

impl Container {
    /// How many objects this one is within.
    fn depth(&self) -> usize {
        self.parent().map_or(0, |parent| parent.depth() + 1)
    }

    /// The object that all are within.
    fn root(self: &Rc<Self>) -> Rc<Self> {
        let mut root = self.clone();
        while let Some(parent) = root.parent() {
            root = parent;
        }
        root
    }

    fn facet(self: &Rc<Self>, name: &str, start: StartFacet) -> Rc<Self> {
        let known = self.facets().borrow().get(name).cloned();
        if let Some(facet) = known.filter(|facet| !facet.is_broken()) {
            return facet;
        }
        let what = start().map(|started| {
            let (class, id) = started?;
            let class = Class::of(&class)
                .ok_or_else(|| ChannelError::Internal("a class that is none of ours".into()))?;
            Ok((class, id))
        });
        let what = What::Asked(what.boxed_local().shared());
        let facet = Self::within(self, name, what);
        let old = self
            .facets()
            .borrow_mut()
            .insert(name.to_owned(), facet.clone());
        drop(old);
        facet
    }

    fn abort_facet(&self, name: &str, reason: ChannelError) {
        let facet = self.facets().borrow_mut().remove(name);
        if let Some(facet) = facet {
            facet.give_up(reason);
        }
    }

    /// Where the storage of the object comes from; none if it stores nothing.
    ///
    /// # Errors
    /// There is no place for its files.
    pub fn storage(self: &Rc<Self>) -> Result<Option<Source>, ChannelError> {
        let kind = match self.namespace().and_then(|namespace| namespace.storage()) {
            None => return Ok(None),
            // A facet's class is named by nothing in the config that could say so.
            Some(Kind::KeysAndValues) if self.parent().is_some() => Kind::Sql,
            Some(kind) => kind,
        };
        let place = match self.directory() {
            None => Place::Memory(
                self.namespace()
                    .map(|namespace| namespace.memory())
                    .unwrap_or_default(),
            ),
            Some(directory) => {
                let file = self.file(directory).map_err(|error| {
                    let text = format!("no place for the storage of a Durable Object: {error}");
                    ChannelError::Internal(text).hinted(Hint::Reset)
                })?;
                Place::File(file)
            }
        };
        Ok(Some(Source {
            place,
            kind,
            alarms: self.alarms(),
        }))
    }

    /// The file of the object. A facet gets its number when it first stores something.
    fn file(self: &Rc<Self>, directory: PathBuf) -> io::Result<PathBuf> {
        std::fs::create_dir_all(&directory)?;
        let key = self.root().id().map(ToString::to_string);
        let files = Files {
            directory,
            key: key.unwrap_or_default(),
        };
        let number = match self.parent() {
            None => 0,
            Some(_) => {
                let path = files.directory.join(format!("{}.facets", files.key));
                self.number(&mut FacetIndex::open(&path)?)?
            }
        };
        Ok(files.path(number, ""))
    }

    /// Deletes what a facet and its own facets have stored.
    fn delete_stored(self: &Rc<Self>, name: &str) -> io::Result<()> {
        self.with_index(|files, index, own| {
            let number = index.number(own, name)?;
            files.delete(index, number)
        })
    }

    /// Deletes the files of an object that does not run, with those of its facets.
    pub fn delete_files(self: &Rc<Self>) {
        let (Some(directory), Some(id)) = (self.directory(), self.id()) else {
            return;
        };
        let files = Files {
            directory,
            key: id.to_string(),
        };
        let path = files.directory.join(format!("{}.facets", files.key));
        report(FacetIndex::open(&path).and_then(|index| files.delete(&index, 0)));
        report(std::fs::remove_file(path));
    }

    /// Copies what a facet and its own facets have stored over that of another.
    fn copy_stored(self: &Rc<Self>, from: &str, to: &str) -> io::Result<()> {
        self.with_index(|files, index, own| {
            let target = index.number(own, to)?;
            files.delete(index, target)?;
            let source = index.number(own, from)?;
            files.copy(index, source, target)
        })
    }

    /// Runs `work` if there is an index: without one nothing is stored. The number is that of this facet.
    fn with_index(
        self: &Rc<Self>,
        work: impl FnOnce(&Files, &mut FacetIndex, Number) -> io::Result<()>,
    ) -> io::Result<()> {
        let root = self.root();
        let Some(directory) = self.directory() else {
            return Ok(());
        };
        let files = Files {
            directory,
            key: root.id().map(ToString::to_string).unwrap_or_default(),
        };
        let path = files.directory.join(format!("{}.facets", files.key));
        if !path.try_exists()? {
            return Ok(());
        }
        let mut index = FacetIndex::open(&path)?;
        let own = self.number(&mut index)?;
        work(&files, &mut index, own)
    }

    fn number(&self, index: &mut FacetIndex) -> io::Result<Number> {
        match self.parent() {
            None => Ok(0),
            Some(parent) => {
                let within = parent.number(index)?;
                index.number(within, self.facet_name())
            }
        }
    }
}

/// The files of an object and its facets.
struct Files {
    directory: PathBuf,
    key: String,
}

impl Files {
    fn path(&self, number: Number, suffix: &str) -> PathBuf {
        let key = &self.key;
        self.directory.join(match number {
            0 => format!("{key}.sqlite{suffix}"),
            _ => format!("{key}.{number}.sqlite{suffix}"),
        })
    }

    fn delete(&self, index: &FacetIndex, number: Number) -> io::Result<()> {
        for (child, _) in index.within(number) {
            self.delete(index, child)?;
        }
        storage::leave_alone(&self.path(number, ""));
        for suffix in SUFFIXES {
            match std::fs::remove_file(self.path(number, suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn copy(&self, index: &mut FacetIndex, from: Number, to: Number) -> io::Result<()> {
        for (child, name) in index.within(from) {
            let target = index.number(to, &name)?;
            self.copy(index, child, target)?;
        }
        storage::leave_alone(&self.path(from, ""));
        for suffix in SUFFIXES {
            if !copy_file(&self.path(from, suffix), &self.path(to, suffix))? {
                break;
            }
        }
        Ok(())
    }
}

/// Copies a file if it is there.
fn copy_file(from: &Path, to: &Path) -> io::Result<bool> {
    match std::fs::copy(from, to) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
