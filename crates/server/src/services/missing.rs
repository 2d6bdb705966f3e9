//! A service of a kind that this build does not have: using it is an error.

use std::sync::Arc;

use futures::future::LocalBoxFuture;
use io::channel::{ChannelError, SubrequestChannel, SubrequestResult};
use net::Body;

/// With the text of the error.
pub struct MissingService(pub Arc<str>);

impl SubrequestChannel for MissingService {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let error = ChannelError::Failed(self.0.to_string());
        Box::pin(async move { Err(error) })
    }
}
