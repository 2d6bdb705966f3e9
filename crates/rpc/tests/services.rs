//! Requests to services at the other side.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use io::ChannelError;
use io::channel::CfBlob;
use net::Body;

use crate::harness::{Object, Service, run, sessions, settle, x};

fn request(body: Body) -> http::Request<Body> {
    http::Request::post("http://host/path?query")
        .header("one", "1")
        .extension(CfBlob("{}".into()))
        .body(body)
        .expect("works")
}

#[test]
fn head_and_body_cross_both_ways() {
    run(|| async {
        let (near, far) = sessions(Service::of_requests(|request| {
            Box::pin(async move {
                let (head, body) = request.into_parts();
                assert_eq!(head.uri, "http://host/path?query");
                assert_eq!(head.extensions.get(), Some(&CfBlob("{}".into())));
                let body = body.collect(100).await.expect("works");
                let mut response = http::Response::new(Body::from(body));
                *response.status_mut() = http::StatusCode::ACCEPTED;
                response.headers_mut().extend(head.headers);
                Ok(response)
            })
        }));
        let service = x(&near);
        let response = service.request(request("text".into())).await;
        let response = response.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(response.status(), 202);
        assert_eq!(response.headers()["one"], "1");
        assert_eq!(
            response.into_body().collect(100).await,
            Ok(Bytes::from("text"))
        );
        drop(service);
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn a_request_that_is_given_up_ends_at_the_other_side() {
    run(|| async {
        let ended = Rc::new(Cell::new(0));
        let end = ended.clone();
        let (near, far) = sessions(Service::of_requests(move |request| {
            let end = end.clone();
            Box::pin(async move {
                let _guard = (Object::named("guard", &end), request);
                std::future::pending().await
            })
        }));
        let service = x(&near);
        let (_sender, body) = Body::channel(10);
        let waiting = tokio::task::spawn_local(service.request(request(body)));
        settle().await;
        assert_eq!(ended.get(), 0);
        waiting.abort();
        settle().await;
        assert_eq!(ended.get(), 1);
        drop(service);
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn failures_cross() {
    run(|| async {
        let (near, _far) = sessions(Service::of_requests(|_| {
            Box::pin(async { Err(ChannelError::Disconnected("gone".into())) })
        }));
        let result = x(&near).request(request(Body::empty())).await;
        assert!(result.is_err_and(|error| error.is_disconnect()));
    });
}

#[test]
fn other_events_are_refused_as_services_refuse_them() {
    run(|| async {
        let (near, _far) = sessions(Service::of_requests(|_| unreachable!()));
        let event = io::event::Scheduled {
            time: 0.0,
            cron: String::new(),
        };
        let error = x(&near).scheduled(event).await.err();
        let message = error.map(|error| error.to_string());
        let expected = "External HTTP servers don't support this event type.";
        assert_eq!(message.as_deref(), Some(expected));
    });
}
