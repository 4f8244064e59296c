//! The end of a connection (RFC 9112 §9.6).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::time::Sleep;
use tokio::time::sleep;

/// How long a client is given to notice the end.
const LINGER_TIMEOUT: Duration = Duration::from_millis(200);

/// A stream that is closed in two steps: writing ends, then what still comes is read and dropped
/// until the client ends it, too. A system that closes a stream with unread bytes in it sends a
/// reset, and that may take the last answer from the client before it is read.
pub(super) struct Lingering<S> {
    stream: S,
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Lingering<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, until: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let until = match &mut this.until {
            Some(until) => until,
            None => {
                ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
                this.until.insert(Box::pin(sleep(LINGER_TIMEOUT)))
            }
        };
        let mut bytes = [0; 1_024];
        loop {
            if until.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut rest = ReadBuf::new(&mut bytes);
            // A client that resets its end has noticed.
            let is_over = match ready!(Pin::new(&mut this.stream).poll_read(context, &mut rest)) {
                Ok(()) => rest.filled().is_empty(),
                Err(_) => true,
            };
            if is_over {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::io::AsyncWriteExt;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn what_comes_after_the_end_is_taken_until_the_client_ends_too() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut server = Lingering::new(server);
        let speak = async {
            let mut rest = Vec::new();
            client.read_to_end(&mut rest).await.expect("an end");
            client.write_all(&[b'x'; 4_096]).await.expect("it is taken");
            drop(client);
        };
        let started = Instant::now();
        let (ended, ()) = tokio::join!(server.shutdown(), speak);
        ended.expect("no failure");
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_end_is_not_waited_for() {
        let (client, server) = tokio::io::duplex(64);
        let started = Instant::now();
        Lingering::new(server).shutdown().await.expect("no failure");
        assert!(started.elapsed() <= LINGER_TIMEOUT * 2);
        drop(client);
    }
}
