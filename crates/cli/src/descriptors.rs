//! Descriptors: how many there may be, and taking over those that the parent process opened.
//!
//! The standard library turns a number into an owned descriptor only by an unsafe call, since nothing shows that the
//! number is open and that nobody else owns it. The kernel does both: a descriptor sent to oneself over a socket pair
//! arrives as a new one, which is ours alone, and sending a number that is not open fails. The original stays open for
//! as long as the process lives.

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{Resource, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;

/// Allows as many open descriptors as the system lets this process have: connections and databases need one or two each,
/// and the usual limit is the one for programs that use `select()`.
pub fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!("the limit of open descriptors stays where it is: {error}");
    }
}

/// A descriptor of our own for what `number` refers to.
pub fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    let (sender, receiver) = UnixStream::pair()?;
    sendmsg::<()>(
        sender.as_raw_fd(),
        &[IoSlice::new(&[0])],
        &[ControlMessage::ScmRights(&[number])],
        MsgFlags::empty(),
        None,
    )?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut messages = RecvAncillaryBuffer::new(&mut space);
    recvmsg(
        &receiver,
        &mut [IoSliceMut::new(&mut [0])],
        &mut messages,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    messages
        .drain()
        .find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        })
        .ok_or_else(|| io::Error::other("the descriptor did not arrive"))
}

/// Whether the descriptor is a socket.
pub fn is_socket(descriptor: &OwnedFd) -> io::Result<bool> {
    let file = File::from(descriptor.try_clone()?);
    Ok(file.metadata()?.file_type().is_socket())
}

/// Whether the socket accepts connections.
pub fn is_listening(socket: &OwnedFd) -> io::Result<bool> {
    Ok(rustix::net::sockopt::socket_acceptconn(socket)?)
}

#[cfg(test)]
mod tests {
    use super::{duplicate, is_listening, is_socket};
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    #[test]
    fn a_duplicate_refers_to_the_same_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = duplicate(listener.as_raw_fd()).unwrap();
        assert!(is_socket(&ours).unwrap());
        assert!(is_listening(&ours).unwrap());
        let again = TcpListener::from(ours);
        assert_eq!(
            again.local_addr().unwrap().port(),
            listener.local_addr().unwrap().port()
        );
    }

    #[test]
    fn a_bound_socket_does_not_listen() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let ours = duplicate(socket.as_raw_fd()).unwrap();
        assert!(is_socket(&ours).unwrap());
        assert!(!is_listening(&ours).unwrap());
    }

    #[test]
    fn a_closed_descriptor_is_an_error() {
        let error = duplicate(1_000_000).unwrap_err();
        assert_eq!(error.to_string(), "Bad file descriptor (os error 9)");
    }

    #[test]
    fn a_file_is_no_socket() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(!is_socket(&duplicate(file.as_raw_fd()).unwrap()).unwrap());
    }
}
