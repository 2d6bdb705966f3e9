//! Two connections that no longer speak HTTP, joined: what one says the other hears.

use tokio::io::{AsyncWriteExt, copy_bidirectional};

use crate::http1::Upgraded;

/// Copies both ways until both sides have ended or one fails.
pub async fn join(mut a: Upgraded, mut b: Upgraded) {
    let started = async {
        b.io.write_all(&a.read_ahead).await?;
        a.io.write_all(&b.read_ahead).await
    };
    if started.await.is_ok() {
        // A failure is seen by whoever still listens, as the end of the connection.
        let _ = copy_bidirectional(&mut a.io, &mut b.io).await;
    }
}
