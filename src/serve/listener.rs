//! The sockets that readers connect to.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio::net::UnixListener;

use super::connections::Peer;

/// A socket that takes connections, not yet in the hands of a runtime.
#[derive(Debug)]
pub enum Socket {
    /// An IP address and a port.
    Tcp(std::net::TcpListener),
    /// A path.
    Unix(std::os::unix::net::UnixListener),
}

/// Sockets from which connections are taken as from one.
#[derive(Debug)]
pub struct Listeners {
    each: Vec<Listener>,
    /// Which is looked at first, so that a busy one does not starve the others.
    first: AtomicUsize,
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// An accepted connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Listeners {
    /// Listens on the same sockets, which stay open when these are dropped.
    ///
    /// # Errors
    /// Where the system has no further files, or a socket is none that listens.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn on(sockets: &[Socket]) -> io::Result<Self> {
        let listener = |it: &Socket| match it {
            Socket::Tcp(it) => {
                let it = it.try_clone()?;
                it.set_nonblocking(true)?;
                TcpListener::from_std(it).map(Listener::Tcp)
            }
            Socket::Unix(it) => {
                let it = it.try_clone()?;
                it.set_nonblocking(true)?;
                UnixListener::from_std(it).map(Listener::Unix)
            }
        };
        let each = sockets.iter().map(listener).collect::<io::Result<_>>()?;
        Ok(Self { each, first: AtomicUsize::new(0) })
    }

    /// The addresses of the sockets that have one.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let address = |it: &Listener| match it {
            Listener::Tcp(it) => it.local_addr().ok(),
            Listener::Unix(_) => None,
        };
        self.each.iter().filter_map(address).collect()
    }

    /// Whether there is no socket at all.
    pub fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// The next connection, from whichever socket it comes, and whom it counts for; never, where
    /// there is no socket.
    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Box<dyn Stream>, Peer)>> {
        let first = self.first.fetch_add(1, Ordering::Relaxed);
        for at in 0..self.each.len() {
            let accepted = self.each[first.wrapping_add(at) % self.each.len()].poll_accept(context);
            if accepted.is_ready() {
                return accepted;
            }
        }
        Poll::Pending
    }
}

impl Listener {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Box<dyn Stream>, Peer)>> {
        match self {
            Self::Tcp(it) => it
                .poll_accept(context)
                .map_ok(|(stream, address)| (Box::new(stream) as Box<dyn Stream>, Peer::new(address.ip()))),
            Self::Unix(it) => it
                .poll_accept(context)
                .map_ok(|(stream, _)| (Box::new(stream) as Box<dyn Stream>, Peer::local())),
        }
    }
}

/// The addresses: `127.0.0.1:8080, unix:/run/bylined/http.sock`.
impl fmt::Display for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, listener) in self.each.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match listener {
                Listener::Tcp(it) => match it.local_addr() {
                    Ok(it) => it.fmt(f)?,
                    Err(_) => f.write_str("an unknown address")?,
                },
                Listener::Unix(it) => match it.local_addr().ok().as_ref().and_then(|it| it.as_pathname()) {
                    Some(path) => write!(f, "unix:{}", path.display())?,
                    None => f.write_str("a Unix socket without a path")?,
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;
    use std::os::unix::net::UnixStream;

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the test is a reader of our server")]
    async fn a_busy_socket_does_not_starve_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = tcp.local_addr().expect("an address");
        let unix = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        let listeners = Listeners::on(&[Socket::Tcp(tcp), Socket::Unix(unix)]).expect("listeners");
        assert_eq!(listeners.to_string(), format!("{address}, unix:{}", path.display()));
        let waiting: Vec<_> = (0..8).map(|_| TcpStream::connect(address).expect("connected")).collect();
        let client = UnixStream::connect(&path).expect("connected");
        let mut streams = Vec::new();
        for _ in 0..4 {
            streams.push(listeners.accept().await.expect("a connection").0);
        }
        // Among the first few is the one over the other socket: it can be read by nobody else.
        use std::io::Write;
        (&client).write_all(b"x").expect("sent");
        let mut byte = [0];
        let mut told = 0;
        for stream in &mut streams {
            let read = tokio::io::AsyncReadExt::read(stream, &mut byte);
            told +=
                usize::from(tokio::time::timeout(std::time::Duration::from_millis(50), read).await.is_ok());
        }
        assert_eq!(told, 1);
        drop(waiting);
    }
}
