//! The objects of one namespace over all loops: each lives on one, which its id decides.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use io::channel::{EventFuture, Eviction};
use io::{ChannelError, SubrequestChannel};
use runtime::NamespaceId;
use workers::durable_object::{ActorId, Objects};

use super::all::{Order, give};
use super::namespace::Namespace;
use crate::neighbours::Neighbours;

/// See the module.
pub struct SpreadNamespace {
    pub number: NamespaceId,
    /// Those of this loop.
    pub here: Rc<Namespace>,
    pub neighbours: Rc<Neighbours>,
}

impl Objects for SpreadNamespace {
    fn object(&self, id: ActorId) -> Rc<dyn SubrequestChannel> {
        let home = home(self.number, &id, self.neighbours.count());
        if home == self.neighbours.index() {
            return self.here.object(id);
        }
        let name = write_name(self.number, &id);
        self.neighbours.session(home).open(name.into())
    }

    fn evict(&self, id: ActorId, eviction: Eviction) -> EventFuture<()> {
        let home = home(self.number, &id, self.neighbours.count());
        if home == self.neighbours.index() {
            return self.here.evict(id, eviction);
        }
        give(
            &self.neighbours,
            home,
            &Order::Evict(self.number, id, eviction),
        )
    }
}

/// The loop that an object lives on.
pub fn home(namespace: NamespaceId, id: &ActorId, loops: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    (namespace.0, id).hash(&mut hasher);
    (hasher.finish() % loops.max(1) as u64) as usize
}

/// An object as loops call it.
pub(super) fn write_name(namespace: NamespaceId, id: &ActorId) -> Vec<u8> {
    let mut name = (namespace.0 as u64).to_le_bytes().to_vec();
    id.write(&mut name);
    name
}

/// The object that another loop names.
///
/// # Errors
/// It is not one of ours.
pub fn read_name(name: &[u8]) -> Result<(NamespaceId, ActorId), ChannelError> {
    let read = || {
        let (number, id) = name.split_first_chunk()?;
        let number = usize::try_from(u64::from_le_bytes(*number)).ok()?;
        Some((NamespaceId(number), ActorId::read(id)?))
    };
    read().ok_or_else(|| ChannelError::Internal("the name of no object".into()))
}

#[cfg(test)]
mod tests {
    use workers::durable_object::IdFactory;

    use super::*;

    fn ids() -> Vec<ActorId> {
        let ids = IdFactory::new("a");
        let named = |number: u32| ActorId::Object(ids.from_name(&number.to_string()));
        let text = |number: u32| ActorId::Text(number.to_string().into());
        let unique = ids.new_unique().expect("there are random numbers");
        let others = [ActorId::Object(unique), ActorId::Text("".into())];
        (0..100)
            .map(named)
            .chain((0..100).map(text))
            .chain(others)
            .collect()
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for id in ids() {
            let name = write_name(NamespaceId(7), &id);
            let (namespace, read) = read_name(&name).expect("it is a name");
            assert_eq!((namespace, &read), (NamespaceId(7), &id));
            if let (ActorId::Object(id), ActorId::Object(read)) = (&id, &read) {
                assert_eq!(read.name(), id.name());
            }
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for id in ids() {
            let name = write_name(NamespaceId(7), &id);
            for length in 0..name.len().min(42) {
                let cut = read_name(&name[..length]);
                assert!(cut.is_err() || length > 8, "{id} {length}");
            }
        }
        assert!(read_name(&[0, 0, 0, 0, 0, 0, 0, 0, 9]).is_err());
    }

    #[test]
    fn objects_are_spread_over_all_loops() {
        for loops in 1..5 {
            let mut counts = vec![0; loops];
            for id in ids() {
                counts[home(NamespaceId(0), &id, loops)] += 1;
            }
            assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
        }
    }
}
