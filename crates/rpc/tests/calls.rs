//! Calls: results, references in both directions, pipelines, errors, and how all of them end.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use io::ChannelError;
use io::rpc::{Capability, External, Operation};

use crate::harness::{Object, Service, call, message, returned, run, sessions, settle, text, x};

type Dropped = Rc<Cell<usize>>;

#[test]
fn a_call_crosses_and_comes_back() {
    run(|| async {
        let (near, far) = sessions(Service::of_object(Object::named("a", &Dropped::default())));
        let opened = x(&near);
        let capability = opened.rpc();
        let arguments = Some(message(b"1,2", Vec::new()));
        assert_eq!(
            text(capability.call(call("m.n", arguments)).await),
            "a/m.n(1,2)"
        );
        assert_eq!(text(capability.call(call("m", None)).await), "a/m");
        drop((opened, capability));
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn what_is_not_there_fails_when_used() {
    run(|| async {
        let (near, _far) = sessions(Service::of_object(Object::named("a", &Dropped::default())));
        let missing = near.open(bytes::Bytes::from_static(b"y"));
        let error = missing.rpc().call(call("m", None)).await.err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("there is no such thing")
        );
    });
}

#[test]
fn errors_cross_with_class_and_hint() {
    run(|| async {
        let (near, _far) = sessions(Service::of_object(Object::new(|_| {
            Box::pin(async {
                let thrown = Box::new(ChannelError::Remote {
                    class: "RangeError".into(),
                    message: "too far".into(),
                });
                let hint = io::channel::Hint::Overloaded;
                Err(ChannelError::Hinted { hint, thrown })
            })
        })));
        let error = x(&near).rpc().call(call("m", None)).await.err();
        let expected = "Some(Hinted { hint: Overloaded, thrown: Remote { class: \"RangeError\", message: \"too far\" } })";
        assert_eq!(format!("{error:?}"), expected);
    });
}

#[test]
fn arguments_can_be_called_back_and_are_let_go_of() {
    run(|| async {
        let dropped = Dropped::default();
        let (near, far) = sessions(Service::of_object(Object::new(|call_in| {
            Box::pin(async move {
                let Operation::Call(Some(mut arguments)) = call_in.operation else {
                    panic!("no arguments");
                };
                let Some(External::Capability(callback)) = arguments.externals.pop() else {
                    panic!("no callback");
                };
                let answer = text(callback.call(call("back", None)).await);
                Ok(returned(answer.as_bytes(), Vec::new()))
            })
        })));
        let callback = Object::named("callback", &dropped);
        let arguments = message(b"", vec![External::Capability(callback)]);
        let capability = x(&near).rpc();
        assert_eq!(
            text(capability.call(call("m", Some(arguments))).await),
            "callback/back"
        );
        settle().await;
        assert_eq!(dropped.get(), 1);
        drop(capability);
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn a_reference_that_goes_home_is_the_object_itself() {
    run(|| async {
        let home: Rc<dyn Capability> = Object::named("home", &Dropped::default());
        let (give, seen) = (home.clone(), Rc::new(Cell::new(false)));
        let see = seen.clone();
        let (near, far) = sessions(Service::of_object(Object::new(move |call| {
            let (give, see) = (give.clone(), see.clone());
            Box::pin(async move {
                match call.operation {
                    Operation::Call(Some(mut arguments)) => {
                        let Some(External::Capability(back)) = arguments.externals.pop() else {
                            panic!("no reference");
                        };
                        see.set(Rc::ptr_eq(&back, &give));
                        Ok(returned(b"", Vec::new()))
                    }
                    _ => Ok(returned(b"", vec![External::Capability(give)])),
                }
            })
        })));
        let capability = x(&near).rpc();
        let result = capability
            .call(call("give", None))
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let arguments = message(b"", result.value.externals);
        let taken = capability.call(call("take", Some(arguments))).await;
        assert!(taken.is_ok());
        assert!(seen.get());
        drop((taken, capability, result.pipeline));
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
        assert_eq!(Rc::strong_count(&home), 2);
    });
}

#[test]
fn calls_on_a_result_do_not_wait_for_it() {
    run(|| async {
        let (go, gone) = oneshot::channel::<()>();
        let gone = RefCell::new(Some(gone));
        let (near, far) = sessions(Service::of_object(Object::new(move |_| {
            let gone = gone.take();
            Box::pin(async move {
                let _ = gone.unwrap().await;
                let inner = Object::named("inner", &Dropped::default());
                Ok(returned(b"outer", vec![External::Capability(inner)]))
            })
        })));
        let capability = x(&near).rpc();
        let outer = capability.start(call("m", None));
        let pipeline = outer.pipeline.unwrap();
        let outer = tokio::task::spawn_local(outer.result);
        let inner = tokio::task::spawn_local(pipeline.call(call("n", None)));
        settle().await;
        // Both questions are there, though the first has no answer.
        assert_eq!(far.load(), 2 + 1);
        go.send(()).unwrap();
        assert_eq!(text(inner.await.unwrap()), "inner/n");
        assert_eq!(text(outer.await.unwrap()), "outer");
        drop((pipeline, capability));
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn calls_on_a_result_that_fails_fail_alike() {
    run(|| async {
        let (near, _far) = sessions(Service::of_object(Object::new(|_| {
            Box::pin(async { Err(ChannelError::Failed("nothing to call".into())) })
        })));
        let outer = x(&near).rpc().start(call("m", None));
        let deep = outer.pipeline.unwrap().start(call("n", None));
        let deeper = deep.pipeline.unwrap().call(call("o", None));
        let (outer, deep, deeper) = futures::join!(outer.result, deep.result, deeper);
        for result in [outer, deep, deeper] {
            assert_eq!(text(result), "Failed(\"nothing to call\")");
        }
    });
}

#[test]
fn calls_arrive_in_the_order_in_which_they_are_made() {
    run(|| async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let log = order.clone();
        let (near, _far) = sessions(Service::of_object(Object::new(move |call| {
            log.borrow_mut().push(call.path.join("."));
            Box::pin(async { Ok(returned(b"", Vec::new())) })
        })));
        let capability = x(&near).rpc();
        let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let calls = names.iter().map(|name| capability.call(call(name, None)));
        futures::future::join_all(calls).await;
        assert_eq!(*order.borrow(), names);
    });
}

#[test]
fn a_call_that_is_given_up_ends_at_the_other_side() {
    run(|| async {
        let (started, ended) = (Dropped::default(), Dropped::default());
        let (start, end) = (started.clone(), ended.clone());
        let (near, far) = sessions(Service::of_object(Object::new(move |_| {
            let (start, end) = (start.clone(), end.clone());
            Box::pin(async move {
                let _inner = Object::named("guard", &end);
                start.set(1);
                std::future::pending().await
            })
        })));
        let capability = x(&near).rpc();
        let waiting = tokio::task::spawn_local(capability.call(call("m", None)));
        settle().await;
        assert_eq!((started.get(), ended.get()), (1, 0));
        waiting.abort();
        settle().await;
        assert_eq!(ended.get(), 1);
        drop(capability);
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn the_end_of_a_session_fails_what_waits_and_lets_go() {
    run(|| async {
        let dropped = Dropped::default();
        let (near, far) = sessions(Service::of_object(Object::new(|call| {
            Box::pin(async move {
                let _call = call;
                std::future::pending().await
            })
        })));
        let argument = External::Capability(Object::named("argument", &dropped));
        let capability = x(&near).rpc();
        let arguments = message(b"", vec![argument]);
        let waiting = tokio::task::spawn_local(capability.call(call("m", Some(arguments))));
        settle().await;
        assert_eq!(dropped.get(), 0);
        far.close();
        let error = waiting.await.unwrap().err();
        assert!(error.is_some_and(|error| error.is_disconnect()));
        settle().await;
        assert_eq!(dropped.get(), 1);
        assert!(near.is_over());
        let later = capability.call(call("m", None)).await.err();
        assert!(later.is_some_and(|error| error.is_disconnect()));
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}
