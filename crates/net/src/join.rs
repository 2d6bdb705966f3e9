//! Two connections that no longer speak HTTP, joined: what one says the other hears.

use tokio::io::copy_bidirectional;

use crate::http1::Upgraded;

/// Copies both ways until both sides have ended or one fails.
pub async fn join(mut a: Upgraded, mut b: Upgraded) {
    // A failure is seen by whoever still listens, as the end of the connection.
    let _ = copy_bidirectional(&mut a, &mut b).await;
}
