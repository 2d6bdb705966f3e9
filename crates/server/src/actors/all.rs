//! What tests do to all Durable Objects, or to one of them, wherever it lives. Other loops are given the order by name, as
//! if it were something of theirs to open: a request to that carries it out.

use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, try_join_all};
use io::channel::{EventFuture, Eviction, SubrequestResult};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use runtime::NamespaceId;
use workers::durable_object::ActorId;
use workers::unsafe_module::AllObjects;

use super::namespace::Namespace;
use super::spread::{read_name, write_name};
use crate::neighbours::Neighbours;

/// Stands where names of objects have the number of a namespace.
const ORDER: [u8; 8] = u64::MAX.to_le_bytes();

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Abort(String),
    Delete(String),
    EvictAll(Eviction),
    Evict(NamespaceId, ActorId, Eviction),
}

impl Order {
    /// The order as loops call it.
    pub fn write(&self) -> Vec<u8> {
        let mut name = ORDER.to_vec();
        match self {
            Self::Abort(reason) => {
                name.push(0);
                name.extend_from_slice(reason.as_bytes());
            }
            Self::Delete(reason) => {
                name.push(1);
                name.extend_from_slice(reason.as_bytes());
            }
            Self::EvictAll(eviction) => name.extend([2, write_eviction(*eviction)]),
            Self::Evict(namespace, id, eviction) => {
                name.extend([3, write_eviction(*eviction)]);
                name.extend(write_name(*namespace, id));
            }
        }
        name
    }

    /// The order that another loop gives; none if it names an object.
    pub fn read(name: &[u8]) -> Option<Self> {
        let (kind, rest) = name.strip_prefix(&ORDER)?.split_first()?;
        let text = || String::from_utf8_lossy(rest).into_owned();
        match kind {
            0 => Some(Self::Abort(text())),
            1 => Some(Self::Delete(text())),
            2 => Some(Self::EvictAll(read_eviction(*rest.first()?))),
            3 => {
                let (eviction, object) = rest.split_first()?;
                let (namespace, id) = read_name(object).ok()?;
                Some(Self::Evict(namespace, id, read_eviction(*eviction)))
            }
            _ => None,
        }
    }

    /// Carries the order out on this loop.
    pub fn carry_out(self, namespaces: &[Rc<Namespace>]) -> EventFuture<()> {
        match self {
            Self::Abort(reason) => {
                let reason = ChannelError::classed("Error", reason);
                for namespace in namespaces {
                    namespace.abort_all(&reason);
                }
                done()
            }
            Self::Delete(reason) => {
                let reason = ChannelError::classed("Error", reason);
                for namespace in namespaces {
                    namespace.delete_all(&reason);
                }
                done()
            }
            Self::EvictAll(eviction) => {
                let all = namespaces.iter();
                let all: Vec<_> = all.map(|namespace| namespace.evict_all(eviction)).collect();
                try_join_all(all).map(|all| all.map(drop)).boxed_local()
            }
            Self::Evict(namespace, id, eviction) => match namespaces.get(namespace.0) {
                Some(namespace) => namespace.evict_object(id, eviction),
                None => done(),
            },
        }
    }
}

fn done() -> EventFuture<()> {
    Box::pin(async { Ok(()) })
}

fn write_eviction(eviction: Eviction) -> u8 {
    u8::from(eviction == Eviction::Close)
}

fn read_eviction(byte: u8) -> Eviction {
    match byte {
        0 => Eviction::Hibernate,
        _ => Eviction::Close,
    }
}

/// An order that another loop has given.
pub struct OrderChannel {
    pub order: Order,
    pub namespaces: Vec<Rc<Namespace>>,
}

impl SubrequestChannel for OrderChannel {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let done = self.order.clone().carry_out(&self.namespaces);
        Box::pin(async {
            done.await?;
            Ok(http::Response::new(Body::empty()))
        })
    }
}

/// Has another loop carry out an order.
pub fn give(neighbours: &Neighbours, to: usize, order: &Order) -> EventFuture<()> {
    let channel = neighbours.session(to).open(order.write().into());
    let answer = channel.request(http::Request::new(Body::empty()));
    Box::pin(async {
        let result = answer.await;
        result.map(drop).map_err(ChannelError::not_remote)
    })
}

/// The objects of all loops.
pub struct Everywhere {
    pub here: Vec<Rc<Namespace>>,
    /// None: there is one loop only.
    pub neighbours: Option<Rc<Neighbours>>,
    pub is_test_autogate_on: bool,
}

impl Everywhere {
    fn order(&self, order: Order) -> EventFuture<()> {
        let mut all = Vec::new();
        if let Some(neighbours) = &self.neighbours {
            let others = (0..neighbours.count()).filter(|other| *other != neighbours.index());
            all.extend(others.map(|other| give(neighbours, other, &order)));
        }
        all.push(order.carry_out(&self.here));
        try_join_all(all).map(|all| all.map(drop)).boxed_local()
    }
}

impl AllObjects for Everywhere {
    fn abort(&self, reason: ChannelError) -> EventFuture<()> {
        self.order(Order::Abort(reason.to_string()))
    }

    fn delete(&self, reason: ChannelError) -> EventFuture<()> {
        self.order(Order::Delete(reason.to_string()))
    }

    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        self.order(Order::EvictAll(eviction))
    }

    fn is_test_autogate_on(&self) -> bool {
        self.is_test_autogate_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_were_written() {
        let object = ActorId::Text("a".into());
        for order in [
            Order::Abort("why".into()),
            Order::Delete("why".into()),
            Order::EvictAll(Eviction::Close),
            Order::Evict(NamespaceId(2), object.clone(), Eviction::Hibernate),
        ] {
            assert_eq!(Order::read(&order.write()), Some(order));
        }
        assert_eq!(Order::read(&write_name(NamespaceId(2), &object)), None);
    }
}
