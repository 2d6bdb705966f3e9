//! Events of Workers without a server: what stays behind when the caller goes away.

mod sockets;

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use io::{IoContext, SubrequestChannel};
use jsg::modules::{Bundle, Source};
use net::Body;
use runtime::console::Output;
use runtime::events::fetch::fetch;
use runtime::pool::Pool;
use runtime::{ChannelId, Code, Definition, Entrypoint, Host, Worker};
use web::fetch::RequestSource;

struct Silent;

impl Output for Silent {
    fn write(&self, _: web::console::Level, _: &str) {}
}

#[derive(Default)]
struct Alone {
    pool: Pool,
}

impl Host for Alone {
    fn subrequest_channel(&self, _: ChannelId) -> Rc<dyn SubrequestChannel> {
        unreachable!("the Workers of these tests have no bindings")
    }

    fn console(&self) -> Rc<dyn Output> {
        Rc::new(Silent)
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

fn worker(code: &'static str) -> Rc<Worker> {
    let modules = vec![Arc::new(Source::es_module("w.js", code))];
    let code = Code::Modules(Arc::new(Bundle { modules }));
    let definition = Definition::new("test", jsg_test::newest(), code);
    Worker::new(Arc::new(definition), Rc::new(Alone::default()))
}

async fn request(worker: &Worker, body: Body) -> Result<http::Response<Body>, io::ChannelError> {
    let (head, ()) = http::Request::post("http://test/")
        .body(())
        .expect("a valid request")
        .into_parts();
    let entrypoint = Entrypoint::default();
    fetch(worker, &entrypoint, head, body, RequestSource::Subrequest).await
}

fn on_a_loop(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_body_frees_the_event() {
    on_a_loop(async {
        let worker = worker(
            "export default { async fetch(req) { return new Response(await req.text()); } };",
        );
        let (mut sender, body) = Body::channel(1024);
        sender.send(Bytes::from_static(b"half a b")).await.unwrap();
        {
            let mut event = std::pin::pin!(request(&worker, body));
            let waits = futures::poll!(event.as_mut());
            assert!(waits.is_pending());
            assert_eq!(IoContext::alive(), 1);
        }
        assert_eq!(IoContext::alive(), 0);
        sender.closed().await;
    });
}

#[test]
fn wait_until_outlives_the_client() {
    on_a_loop(async {
        let worker = worker(
            "export default { async fetch(req, env, ctx) {
               ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 50)));
               await new Promise((resolve) => setTimeout(resolve, 1000));
               return new Response('late');
             } };",
        );
        {
            let mut event = std::pin::pin!(request(&worker, Body::empty()));
            assert!(futures::poll!(event.as_mut()).is_pending());
        }
        tokio::task::yield_now().await;
        assert_eq!(IoContext::alive(), 1);
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        tokio::task::yield_now().await;
        assert_eq!(IoContext::alive(), 0);
    });
}

#[test]
fn an_answered_event_leaves_nothing() {
    on_a_loop(async {
        let worker = worker(
            "export default { fetch() { setTimeout(() => {}, 1e6); return new Response('x'); } };",
        );
        let response = request(&worker, Body::empty()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(IoContext::alive(), 0);
    });
}

#[test]
fn an_event_that_can_never_end_is_told_so() {
    on_a_loop(async {
        let worker = worker("export default { fetch() { return new Promise(() => {}); } };");
        let error = request(&worker, Body::empty()).await.unwrap_err();
        assert!(error.to_string().contains("had hung"), "{error}");
        assert_eq!(IoContext::alive(), 0);
    });
}
