//! A connection whose reader must go on reading.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A connection that ends when the other side takes nothing of what is sent for too long: who does
/// not read is dropped, and never waited for.
pub(crate) struct TimedStream<T> {
    inner: T,
    limit: Duration,
    /// Armed while something waits to be taken.
    waiting: bool,
    sleep: Pin<Box<Sleep>>,
}

impl<T> TimedStream<T> {
    pub(crate) fn new(inner: T, limit: Duration) -> TimedStream<T> {
        TimedStream { inner, limit, waiting: false, sleep: Box::pin(tokio::time::sleep(limit)) }
    }

    fn limited<V>(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<V>>,
    ) -> Poll<io::Result<V>> {
        if result.is_ready() {
            self.waiting = false;
            return result;
        }
        if !self.waiting {
            self.waiting = true;
            self.sleep.as_mut().reset(Instant::now() + self.limit);
        }
        ready!(self.sleep.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for TimedStream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, into)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for TimedStream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.limited(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        self.limited(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.inner).poll_shutdown(context);
        self.limited(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that takes so many bytes, and then no more.
    struct Takes(usize);

    impl AsyncWrite for Takes {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken > 0 { Poll::Ready(Ok(taken)) } else { Poll::Pending }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn who_takes_nothing_for_too_long_is_dropped_and_who_takes_little_is_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let written = |takes: usize| {
            runtime.block_on(async {
                let mut line = TimedStream::new(Takes(takes), Duration::from_millis(50));
                let mut sent = 0;
                while sent < 10 {
                    let write =
                        |context: &mut Context<'_>| Pin::new(&mut line).poll_write(context, &[0]);
                    match std::future::poll_fn(write).await {
                        Ok(written) => sent += written,
                        Err(error) => return (sent, Some(error.kind())),
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                (sent, None)
            })
        };
        assert_eq!(written(10), (10, None));
        assert_eq!(written(3), (3, Some(io::ErrorKind::TimedOut)));
    }
}
