//! The sockets that readers connect to: opened here, or passed by systemd.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::ToSocketAddrs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use listenfd::ListenFd;
use rustix::io::Errno;

use crate::config::Config;
use crate::config::ListenAddress;
use crate::config::Server;
use crate::daemon;
use crate::serve::Listeners;
use crate::serve::Socket;

use super::failure::Failure;

/// What systemd calls the sockets of the admin side (`FileDescriptorName=`).
const ADMIN: &str = "admin";

/// Whoever may enter the folder of the public socket may connect to it: it serves what is public.
const PUBLIC_MODE: u32 = 0o666;

/// Only the user and the group of the daemon use the admin side, which knows nobody else apart.
const ADMIN_MODE: u32 = 0o660;

/// Connections that wait until they are accepted; the standard library asks for 128.
const BACKLOG: i32 = 1024;

/// How long a process that owns a socket is given to take a connection before it counts as one
/// that is busy.
const OWNER_TIMEOUT: Duration = Duration::from_secs(2);

/// Every socket that the daemon takes connections from, over all its reloads.
#[derive(Debug, Default)]
pub(super) struct OpenSockets {
    public: Vec<Socket>,
    admin: Vec<Socket>,
    /// The files of those that we made.
    _files: Vec<SocketFile>,
}

impl OpenSockets {
    /// The sockets that systemd passed (sd_listen_fds(3)), each in the role that its name says.
    pub(super) fn inherited() -> Result<Self, Failure> {
        // Read first: it belongs to the variables that taking the sockets removes.
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut passed = ListenFd::from_env();
        let mut sockets = Self::default();
        for at in 0..passed.len() {
            let name = names.next().unwrap_or_default();
            let socket = taken(&mut passed, at).ok_or_else(|| {
                let words = format!(
                    "socket {} passed by systemd (`{name}`) does not accept connections; use ListenStream= and Accept=no",
                    at + 1
                );
                Failure::unusable(words)
            })?;
            if name == ADMIN { sockets.admin.push(socket) } else { sockets.public.push(socket) }
        }
        Ok(sockets)
    }

    /// Where readers connect to these: an address that links can lead to, if there is one.
    pub(super) fn address(&self) -> Option<ListenAddress> {
        let addresses: Vec<ListenAddress> = self.public.iter().filter_map(address_of).collect();
        addresses.iter().find(|it| it.url().is_some()).or(addresses.first()).cloned()
    }

    /// The port of the first public TCP socket.
    pub(super) fn port(&self) -> Option<u16> {
        self.public.iter().find_map(|it| match it {
            Socket::Tcp(it) => it.local_addr().ok().map(|it| it.port()),
            Socket::Unix(_) => None,
        })
    }

    /// Opens the sockets of both sides, unless systemd passed any for the side.
    pub(super) fn open(mut self, server: &Server) -> Result<Self, Failure> {
        if self.public.is_empty() {
            let opened = opened(&server.listen, PUBLIC_MODE);
            let (sockets, file) = opened.map_err(|cause| Failure::listen(&server.listen, &cause))?;
            self.public = sockets;
            self._files.extend(file);
        }
        if let Some(listen) = server.admin_listen.as_ref().filter(|_| self.admin.is_empty()) {
            let opened = opened(listen, ADMIN_MODE);
            let (sockets, file) = opened.map_err(|cause| Failure::listen_admin(listen, &cause))?;
            self.admin = sockets;
            self._files.extend(file);
        }
        Ok(self)
    }

    /// Refuses an admin side that others reach while nobody has to sign in: a socket that systemd
    /// passed stands in no configuration that could say so.
    pub(super) fn check_admin(&self, config: &Config) -> Result<(), String> {
        let open = self.admin.iter().filter_map(address_of).find(|it| !it.is_local());
        match open.filter(|_| config.editors.is_empty()) {
            None => Ok(()),
            Some(address) => Err(format!(
                "the admin side at {address} can be reached by others, and nobody has to sign in; add an [[editor]], \
                 or let it listen on a loopback address or a Unix socket"
            )),
        }
    }

    /// One public socket at an IP address; the demo's.
    pub(super) fn at(listener: TcpListener) -> Self {
        Self { public: vec![Socket::Tcp(listener)], ..Self::default() }
    }

    /// Whether there is a public socket.
    pub(super) fn has_public(&self) -> bool {
        !self.public.is_empty()
    }

    /// The same sockets for one more daemon.
    pub(super) fn listeners(&self) -> Result<daemon::Sockets, Failure> {
        let on = |sockets: &[Socket]| Listeners::on(sockets).map_err(Failure::system);
        Ok(daemon::Sockets { public: on(&self.public)?, admin: on(&self.admin)? })
    }
}

/// The sockets of an address, and the file of one that has a path.
fn opened(listen: &ListenAddress, mode: u32) -> io::Result<(Vec<Socket>, Option<SocketFile>)> {
    match listen {
        ListenAddress::Ip(address) => Ok((vec![Socket::Tcp(tcp(*address)?)], None)),
        ListenAddress::Localhost(port) => Ok((localhost(*port)?, None)),
        ListenAddress::Unix(path) => {
            let (socket, file) = unix(path, mode)?;
            Ok((vec![Socket::Unix(socket)], Some(file)))
        }
    }
}

fn taken(passed: &mut ListenFd, at: usize) -> Option<Socket> {
    match passed.take_tcp_listener(at) {
        Ok(socket) => socket.map(Socket::Tcp),
        // It is left in its place.
        Err(_) => passed.take_unix_listener(at).ok().flatten().map(Socket::Unix),
    }
}

fn address_of(socket: &Socket) -> Option<ListenAddress> {
    match socket {
        Socket::Tcp(it) => it.local_addr().ok().map(ListenAddress::Ip),
        Socket::Unix(it) => {
            let path = it.local_addr().ok()?.as_pathname().map(Path::to_owned);
            Some(ListenAddress::Unix(path.unwrap_or_default()))
        }
    }
}

/// A TCP socket at an address, with room for a rush of readers.
fn tcp(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// Both loopback addresses, or the one whose family this system has.
fn localhost(port: u16) -> io::Result<Vec<Socket>> {
    let four = tcp((Ipv4Addr::LOCALHOST, port));
    // Where any port will do, both get the same.
    let same = four.as_ref().ok().and_then(|it| it.local_addr().ok()).map_or(port, |it| it.port());
    let six = tcp(SocketAddr::from((Ipv6Addr::LOCALHOST, same)));
    let is_absent = |cause: &io::Error| {
        cause.kind() == io::ErrorKind::AddrNotAvailable
            || cause.raw_os_error() == Some(Errno::AFNOSUPPORT.raw_os_error())
    };
    match (four, six) {
        (Ok(four), Ok(six)) => Ok(vec![Socket::Tcp(four), Socket::Tcp(six)]),
        (Ok(four), Err(cause)) if port == 0 || is_absent(&cause) => Ok(vec![Socket::Tcp(four)]),
        (Err(cause), Ok(six)) if is_absent(&cause) => Ok(vec![Socket::Tcp(six)]),
        (Err(cause), _) | (_, Err(cause)) => Err(cause),
    }
}

/// A Unix socket at a path. The file of one whose owner is gone is replaced; whatever else
/// is there is left alone.
fn unix(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let listener = match UnixListener::bind(path) {
        Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => {
            if !fs::symlink_metadata(path)?.file_type().is_socket() {
                return Err(io::Error::other("a file that is not a socket has this name"));
            }
            if has_owner(path) {
                return Err(io::Error::other("another process listens there"));
            }
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    rustix::net::listen(&listener, BACKLOG)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    let file = SocketFile::of(path)?;
    Ok((listener, file))
}

/// Whether a process listens on the socket at a path.
fn has_owner(path: &Path) -> bool {
    let (told, answer) = mpsc::channel();
    let path = path.to_owned();
    // Connecting waits where the owner's queue is full.
    thread::spawn(move || told.send(UnixStream::connect(path)));
    match answer.recv_timeout(OWNER_TIMEOUT) {
        Ok(Err(cause)) => cause.kind() != io::ErrorKind::ConnectionRefused,
        Ok(Ok(_)) | Err(_) => true,
    }
}

/// The file of a socket that we made; goes with it.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), inode: inode(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Another process may have put its own in this place.
        if inode(&self.path).is_ok_and(|it| it == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|it| (it.dev(), it.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_file_of_a_socket_without_an_owner_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("http.sock");
        let (first, file) = unix(&path, PUBLIC_MODE).expect("a socket");
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, PUBLIC_MODE);
        assert!(unix(&path, PUBLIC_MODE).is_err(), "its owner lives");
        // As after a kill: the file stays, and nobody listens.
        drop(first);
        std::mem::forget(file);
        let (_second, file) = unix(&path, PUBLIC_MODE).expect("a socket");
        drop(file);
        assert!(!path.exists(), "it goes with its socket");

        fs::write(&path, "notes").expect("a file");
        assert!(unix(&path, PUBLIC_MODE).is_err());
        assert_eq!(fs::read_to_string(&path).expect("a file"), "notes");
    }

    #[test]
    fn a_rush_of_readers_finds_room() {
        const READERS: usize = 500;
        let listener = tcp((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let patience = Duration::from_millis(900);
        let readers: Vec<_> =
            (0..READERS).map(|_| std::net::TcpStream::connect_timeout(&address, patience)).collect();
        let refused = readers.iter().filter(|it| it.is_err()).count();
        assert_eq!(refused, 0, "nobody accepts, and {READERS} wait");
    }

    #[test]
    fn the_file_of_another_socket_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("http.sock");
        let (_first, file) = unix(&path, PUBLIC_MODE).expect("a socket");
        fs::rename(&path, folder.path().join("old")).expect("renamed");
        let (_second, _file) = unix(&path, PUBLIC_MODE).expect("a socket");
        drop(file);
        assert!(path.exists());
    }
}
