//! The end of what the other side refers to.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::passage::{Departure, Watch};
use io::rpc::{Call, CallResult, Capability, External};

use crate::harness::{Object, Service, call, returned, run, sessions, settle, x};

/// Something that can come to its end before it is let go of.
#[derive(Default)]
struct Host(Departure);

impl Capability for Host {
    fn call(&self, _: Call) -> LocalBoxFuture<'static, CallResult> {
        Box::pin(async { Ok(returned(b"", Vec::new())) })
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        self.0.watch(then)
    }
}

/// A service whose calls give `host`.
fn giver(host: &Rc<Host>) -> Rc<Service> {
    let host = host.clone();
    Service::of_object(Object::new(move |_| {
        let host = host.clone();
        Box::pin(async move { Ok(returned(b"", vec![External::Capability(host)])) })
    }))
}

async fn given(capability: &Rc<dyn Capability>) -> Rc<dyn Capability> {
    let result = capability.call(call("give", None)).await;
    let mut returned = result.unwrap_or_else(|error| panic!("{error}"));
    match returned.value.externals.pop() {
        Some(External::Capability(given)) => given,
        _ => panic!("nothing is given"),
    }
}

fn counted(told: &Rc<Cell<usize>>) -> Box<dyn FnOnce()> {
    let told = told.clone();
    Box::new(move || told.set(told.get() + 1))
}

#[test]
fn ends_are_told_to_all_who_wait_for_them() {
    run(|| async {
        let host = Rc::new(Host::default());
        let (near, far) = sessions(giver(&host));
        let capability = x(&near).rpc();
        let told = Rc::new(Cell::new(0));
        let (first, second) = (given(&capability).await, given(&capability).await);
        let watches = [
            first.watch(counted(&told)),
            first.watch(counted(&told)),
            second.watch(counted(&told)),
        ];
        drop(first.watch(counted(&told)));
        settle().await;
        assert_eq!(told.get(), 0);
        host.0.tell();
        settle().await;
        assert_eq!(told.get(), 3);
        let _late = first.watch(counted(&told));
        assert_eq!(told.get(), 4);
        drop((watches, first, second, capability));
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn what_has_ended_already_is_given_and_ends() {
    run(|| async {
        let host = Rc::new(Host::default());
        host.0.tell();
        let (near, _far) = sessions(giver(&host));
        let told = Rc::new(Cell::new(0));
        let given = given(&x(&near).rpc()).await;
        let _watch = given.watch(counted(&told));
        settle().await;
        assert_eq!(told.get(), 1);
        assert!(!near.is_over());
    });
}

#[test]
fn a_session_ends_all_that_it_leads_to() {
    run(|| async {
        let host = Rc::new(Host::default());
        let (near, far) = sessions(giver(&host));
        let told = Rc::new(Cell::new(0));
        let given = given(&x(&near).rpc()).await;
        let _watch = given.watch(counted(&told));
        far.close();
        settle().await;
        assert_eq!(told.get(), 1);
    });
}
