//! Who comes in: so many connections at once, and none that says nothing for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// Before the next try, where the system has no connection to give: mostly for want of open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens, and lets so many in at once; more wait outside, where they cost the server nothing.
pub struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    quiet: Duration,
}

/// A connection. It ends where no byte has gone either way for a while.
pub struct Guest {
    stream: TcpStream,
    quiet: Duration,
    alarm: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Door {
    /// For at most so many at once, each quiet no longer than this.
    pub fn new(listener: TcpListener, most: usize, quiet: Duration) -> Door {
        Door { listener, places: Arc::new(Semaphore::new(most)), quiet }
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        // The semaphore is never closed.
        let place = self.places.clone().acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // An answer is several small pieces: held back, each would cost 40 ms. Without it they only come later.
                    let _ = stream.set_nodelay(true);
                    let alarm = Box::pin(tokio::time::sleep(self.quiet));
                    return (Guest { stream, quiet: self.quiet, alarm, _place: place }, address);
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Guest {
    /// What became of reading or writing: anything moves the alarm, and waiting ends with it.
    fn heard<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.alarm.as_mut().reset(Instant::now() + self.quiet);
            return done;
        }
        ready!(self.alarm.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.heard(cx, done)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.heard(cx, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        if done.is_pending() { self.heard(cx, done) } else { done }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.heard(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[test]
    fn who_says_nothing_is_let_go_and_the_next_comes_in() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut door = Door::new(listener, 1, Duration::from_millis(20));
            let _first = TcpStream::connect(address).await.unwrap();
            let _second = TcpStream::connect(address).await.unwrap();
            let (mut guest, _) = door.accept().await;
            let said = guest.read_u8().await;
            assert_eq!(said.unwrap_err().kind(), io::ErrorKind::TimedOut);
            // There is one place: without its end the next one would wait for ever.
            drop(guest);
            door.accept().await;
        });
    }
}
