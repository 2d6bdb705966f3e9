//! `WebSocketPair`: two ends, `0` and `1`.

use jsg::js::{Local, Object};
use jsg::{Handle, Lock, Ref, Result, WeakRef};

use super::WebSocket;

#[jsg::class]
pub struct WebSocketPair {
    first: Ref<WebSocket>,
    second: Ref<WebSocket>,
}

#[jsg::methods]
impl WebSocketPair {
    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>) -> Result<Self> {
        let (first, second) = net::WebSocket::pair();
        let first = WebSocket::of_native(js, first)?;
        let second = WebSocket::of_native(js, second)?;
        *first.peer.borrow_mut() = Some(WeakRef::new(js, second));
        *second.peer.borrow_mut() = Some(WeakRef::new(js, first));
        Ok(Self {
            first: Ref::new(js, first),
            second: Ref::new(js, second),
        })
    }

    #[jsg(instance_getter, name = "0")]
    fn first<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, WebSocket> {
        self.first.get(js)
    }

    #[jsg(instance_getter, name = "1")]
    fn second<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, WebSocket> {
        self.second.get(js)
    }

    #[jsg(iterator)]
    fn entries<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, PairIterator> {
        let ends = [&self.first, &self.second].map(|end| {
            let end = end.get(js);
            Ref::new(js, end)
        });
        let iterator = PairIterator {
            ends: std::cell::RefCell::new(ends.into_iter().rev().collect()),
        };
        Handle::new(js, iterator)
    }
}

/// Of `pair[Symbol.iterator]()`.
#[jsg::class]
pub struct PairIterator {
    ends: std::cell::RefCell<Vec<Ref<WebSocket>>>,
}

#[jsg::methods]
impl PairIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        let end = self.ends.borrow_mut().pop();
        let value = end.map(|end| end.get(js).object().into());
        crate::iterator::result(js, value)
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
