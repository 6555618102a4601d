//! Free ports on the loopback interface.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, Result};

/// Returns `N` different ports that nobody listens on. They are free now; whoever uses them must be
/// ready to find one taken.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    // Held until all are known, so that no port comes twice.
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
        *port = listener.local_addr().context("looking at a free port")?.port();
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_can_be_listened_on() {
        let [a, b, c] = free_ports().unwrap();
        assert!(a != b && b != c && a != c);
        TcpListener::bind((Ipv4Addr::LOCALHOST, a)).unwrap();
    }
}
