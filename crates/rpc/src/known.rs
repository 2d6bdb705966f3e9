//! References to the other side that can be stored on this one: they come with their tokens.

use std::any::Any;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::channel::{ConnectRequest, ConnectResult, EventFuture, Eviction, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::passage::Watch;
use io::restored::{Origin, SelfToken, StubChannel};
use io::rpc::{Broken, Call, CallResult, Capability, Started};
use io::token::{Refusal, Token, Usage};
use io::trace::{TailBatch, TailStream};
use io::{ChannelError, SubrequestChannel};
use net::Body;

/// A service and its token.
pub(crate) struct KnownService {
    pub service: Rc<dyn SubrequestChannel>,
    pub token: Token,
}

fn for_usage(token: &Token, usage: Usage) -> Result<Token, Refusal> {
    Token::new(token.to.clone(), token.is_persistent, usage)
}

impl SubrequestChannel for KnownService {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        for_usage(&self.token, usage)
    }

    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        self.service.request(request)
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        self.service.rpc()
    }

    fn as_any(&self) -> Option<&dyn Any> {
        self.service.as_any()
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        self.service.with_origin(origin)
    }

    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        self.service.evict(eviction)
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        self.service.connect(request)
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        self.service.scheduled(event)
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        self.service.queue(batch)
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        self.service.tail(batch)
    }

    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        self.service.tail_stream(stream)
    }
}

/// A stub and its token.
pub(crate) struct KnownStub {
    pub stub: Rc<dyn Capability>,
    pub channel: Rc<KnownToken>,
}

impl Capability for KnownStub {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.stub.call(call)
    }

    fn start(&self, call: Call) -> Started {
        self.stub.start(call)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        self.stub.as_any()
    }

    fn channel(&self) -> Option<Rc<dyn StubChannel>> {
        Some(self.channel.clone())
    }

    fn beneath(&self) -> Option<Rc<dyn Capability>> {
        self.stub.beneath()
    }

    fn at_home(self: Rc<Self>, event: u64) -> Option<Rc<dyn Capability>> {
        self.stub.clone().at_home(event)
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        self.stub.watch(then)
    }
}

/// A token from the other side.
pub(crate) struct KnownToken(pub Token);

impl SelfToken for KnownToken {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        for_usage(&self.0, usage)
    }
}

impl StubChannel for KnownToken {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        for_usage(&self.0, usage)
    }

    /// Only an isolate knows what tokens stand for.
    fn restore(self: Rc<Self>) -> Rc<dyn Capability> {
        let text = "a token that nobody has looked up".to_owned();
        Rc::new(Broken(ChannelError::Internal(text)))
    }

    fn as_token(&self) -> Option<&Token> {
        Some(&self.0)
    }
}
