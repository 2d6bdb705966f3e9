//! `WebSocketRequestResponsePair`: a message that a hibernating Durable Object answers without waking up.

/// See the module.
#[jsg::class]
pub struct WebSocketRequestResponsePair {
    request: String,
    response: String,
}

impl WebSocketRequestResponsePair {
    pub fn of(request: String, response: String) -> Self {
        Self { request, response }
    }
}

#[jsg::methods]
impl WebSocketRequestResponsePair {
    #[jsg(constructor)]
    fn new(request: String, response: String) -> Self {
        Self { request, response }
    }

    #[jsg(prototype_getter)]
    pub fn request(&self) -> &str {
        &self.request
    }

    #[jsg(prototype_getter)]
    pub fn response(&self) -> &str {
        &self.response
    }
}
