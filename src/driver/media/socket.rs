//! The sockets of one leg.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;

use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Expedited forwarding (RFC 3246), as voice is marked.
const DSCP_EF: u32 = 46 << 2;

/// RTP on an even port and RTCP above it, not blocking.
#[derive(Debug)]
pub(super) struct SocketPair {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
}

impl SocketPair {
    /// Binds both, or none. Another program's port is an error, also when that program allows sharing.
    pub(super) fn bind(ip: IpAddr, port: u16) -> io::Result<SocketPair> {
        let rtp = UdpSocket::bind((ip, port))?;
        let rtcp = UdpSocket::bind((ip, port + 1))?;
        for socket in [&rtp, &rtcp] {
            socket.set_nonblocking(true)?;
        }
        mark_as_voice(&rtp, ip);
        Ok(SocketPair { rtp, rtcp })
    }
}

/// Ties `socket` to its peer: the kernel then hands it that peer's packets alone, and finds the way for each packet sent
/// without a look-up. What came before from anywhere is thrown away.
pub(super) fn connect(socket: &UdpSocket, peer: SocketAddr) -> io::Result<()> {
    disconnect(socket);
    socket.connect(peer)?;
    let mut scrap = [0; 1];
    while socket.recv(&mut scrap).is_ok() {}
    Ok(())
}

/// Unties it: the address it sends from is chosen anew by the next `connect`.
pub(super) fn disconnect(socket: &UdpSocket) {
    let nowhere = libc::sockaddr { sa_family: libc::AF_UNSPEC as libc::sa_family_t, sa_data: [0; 14] };
    // SAFETY: `nowhere` is a valid sockaddr of the given length. An error means that it was not connected.
    unsafe { libc::connect(socket.as_raw_fd(), &nowhere, size_of::<libc::sockaddr>() as libc::socklen_t) };
}

/// A second socket on the port of `socket`, which is connected: it gets what strangers send, to be counted. A flood of
/// it fills its own small buffer and not the peer's.
pub(super) fn stray_socket(socket: &UdpSocket) -> io::Result<UdpSocket> {
    let local = socket.local_addr()?;
    // Sharing the port takes consent of both sockets; it is given only now, so that no other program can share it
    // unless it asks for the port after this moment and is run by the same user.
    SockRef::from(socket).set_reuse_address(true)?;
    let stray = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    stray.set_reuse_address(true)?;
    stray.set_nonblocking(true)?;
    stray.set_recv_buffer_size(4096)?;
    stray.bind(&local.into())?;
    Ok(stray.into())
}

fn mark_as_voice(socket: &UdpSocket, ip: IpAddr) {
    let socket = SockRef::from(socket);
    // Some containers forbid it; the call goes on unmarked.
    let _ = match ip {
        IpAddr::V4(_) => socket.set_tos_v4(DSCP_EF),
        IpAddr::V6(_) => socket.set_tclass_v6(DSCP_EF),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> SocketPair {
        let mut pool =
            super::super::ports::PortPool::new(20_000..=29_999, &mut crate::base::Rng::from_seed(rand::random()));
        std::iter::from_fn(|| pool.take(crate::base::Instant::ZERO))
            .find_map(|port| SocketPair::bind([127, 0, 0, 1].into(), port).ok())
            .expect("a free pair")
    }

    fn received(socket: &UdpSocket) -> Vec<u8> {
        let mut buffer = [0; 100];
        match socket.recv(&mut buffer) {
            Ok(len) => buffer[..len].to_vec(),
            Err(_) => Vec::new(),
        }
    }

    #[test]
    fn a_connected_leg_gets_its_peers_packets_and_the_stray_socket_the_others() {
        let leg = pair().rtp;
        let address = leg.local_addr().expect("bound");
        let peer = UdpSocket::bind("127.0.0.1:0").expect("bound");
        let stranger = UdpSocket::bind("127.0.0.1:0").expect("bound");
        stranger.send_to(b"early", address).expect("sent");
        connect(&leg, peer.local_addr().expect("bound")).expect("connected");
        let stray = stray_socket(&leg).expect("a second socket");
        stranger.send_to(b"strange", address).expect("sent");
        peer.send_to(b"peer", address).expect("sent");
        assert_eq!(received(&leg), b"peer");
        assert_eq!(received(&leg), b"");
        assert_eq!(received(&stray), b"strange");
        // A re-INVITE moves it to another peer.
        connect(&leg, stranger.local_addr().expect("bound")).expect("connected");
        stranger.send_to(b"now known", address).expect("sent");
        peer.send_to(b"now strange", address).expect("sent");
        assert_eq!(received(&leg), b"now known");
        assert_eq!(received(&stray), b"now strange");
        leg.send(b"x").expect("sent");
        assert_eq!(received(&stranger), b"x");
    }

    #[test]
    fn a_port_of_a_leg_cannot_be_bound_again() {
        let leg = pair().rtp;
        connect(&leg, "127.0.0.1:9".parse().expect("an address")).expect("connected");
        let _stray = stray_socket(&leg).expect("a second socket");
        let port = leg.local_addr().expect("bound").port();
        assert!(SocketPair::bind([127, 0, 0, 1].into(), port).is_err());
    }
}
