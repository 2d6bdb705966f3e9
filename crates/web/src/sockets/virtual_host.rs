//! Addresses that lead to a service instead of the network, and that `connect()` knows: `ctx.mapVirtualHost()` makes one up
//! for a service, a Hyperdrive binding two for its database.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use jsg::{Error, Handle, Lock, LockExt, Result, Strong};

use super::connect::Address;
use super::database::Database;
use super::socket::Socket;
use crate::fetch::Fetcher;

/// What an address leads to.
enum Target {
    Service(Strong<Fetcher>),
    Database(Rc<Database>),
}

/// The addresses that were given out: an extension of the isolate, which they live as long as.
#[derive(Default)]
struct VirtualHosts {
    targets: RefCell<HashMap<String, Target>>,
    /// What names resolve to.
    names: RefCell<HashMap<String, Ipv4Addr>>,
}

fn hosts(js: &Lock<'_, '_>) -> Rc<VirtualHosts> {
    js.extension::<VirtualHosts>().unwrap_or_else(|| {
        let hosts = Rc::new(VirtualHosts::default());
        js.set_extension(Rc::clone(&hosts));
        hosts
    })
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut random = [0; N];
    getrandom::fill(&mut random)
        .map_err(|error| Error::Internal(format!("no random bytes: {error}")))?;
    Ok(random)
}

/// A name that nobody has.
fn made_up(domain: &str) -> Result<String> {
    let mut name = String::new();
    for byte in random::<16>()? {
        // A string takes everything.
        let _ = write!(name, "{byte:02x}");
    }
    name.push_str(domain);
    Ok(name)
}

/// The address of a service: that of the first time, whatever port is asked for later.
///
/// # Errors
/// There is no randomness to be had.
pub fn map<'s>(js: &Lock<'s, '_>, service: Handle<'s, Fetcher>, port: u16) -> Result<String> {
    if let Some(known) = service.get().virtual_host().get() {
        return Ok(known.clone());
    }
    let address = format!("{}:{port}", made_up(".workers.alt")?);
    let target = Target::Service(Strong::new(js, service));
    let hosts = hosts(js);
    hosts.targets.borrow_mut().insert(address.clone(), target);
    let address = service.get().virtual_host().get_or_init(|| address);
    Ok(address.clone())
}

/// Gives a database a name and an address, both on `port`.
///
/// # Errors
/// There is no randomness to be had, or no address left.
pub(super) fn place(
    js: &Lock<'_, '_>,
    database: &Rc<Database>,
    port: u16,
) -> Result<(String, Ipv4Addr)> {
    let hosts = hosts(js);
    let mut targets = hosts.targets.borrow_mut();
    // The range is reserved: nobody can mean a host of the network by an address in it.
    let first = u16::from_be_bytes(random()?);
    let ip = (0..=u16::MAX)
        .map(|step| {
            let [high, low] = first.wrapping_add(step).to_be_bytes();
            Ipv4Addr::new(240, 0, high, low)
        })
        .find(|ip| !targets.contains_key(&format!("{ip}:{port}")))
        .ok_or_else(|| Error::error("no free Hyperdrive address available"))?;
    let name = made_up(".hyperdrive.local")?;
    for address in [format!("{name}:{port}"), format!("{ip}:{port}")] {
        targets.insert(address, Target::Database(Rc::clone(database)));
    }
    hosts.names.borrow_mut().insert(name.clone(), ip);
    Ok((name, ip))
}

/// What a made-up name resolves to.
pub(super) fn resolve(js: &Lock<'_, '_>, name: &str) -> Option<Ipv4Addr> {
    let hosts = js.extension::<VirtualHosts>()?;
    let names = hosts.names.borrow();
    names.get(name).copied()
}

/// A socket to what is behind an address, if it is one of these: `address` as it was given, or the IPv4 address that its
/// host has in IPv6.
///
/// # Errors
/// Those of the connection.
pub(super) fn open<'s>(
    js: &mut Lock<'s, '_>,
    address: &str,
    host: &str,
    port: &str,
) -> Result<Option<Handle<'s, Socket>>> {
    let Some(hosts) = js.extension::<VirtualHosts>() else {
        return Ok(None);
    };
    let targets = hosts.targets.borrow();
    let target = targets
        .get(address)
        .or_else(|| targets.get(&format!("{}:{port}", mapped(host)?)));
    match target {
        Some(Target::Service(service)) => {
            let service = service.get(js);
            // Nothing is borrowed while the service is called.
            drop(targets);
            let address = Address::Text(address.to_owned());
            service.get().connect(js, address, None).map(Some)
        }
        Some(Target::Database(database)) => {
            let database = Rc::clone(database);
            drop(targets);
            database.connect(js).map(Some)
        }
        None => Ok(None),
    }
}

/// The IPv4 address in an IPv6 address that maps one (RFC 4291 §2.5.5.2).
fn mapped(host: &str) -> Option<Ipv4Addr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    bare.parse::<Ipv6Addr>().ok()?.to_ipv4_mapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv4_are_found_in_those_of_ipv6() {
        let ip = Some(Ipv4Addr::new(240, 0, 1, 2));
        assert_eq!(mapped("[::ffff:f000:102]"), ip);
        assert_eq!(mapped("::FFFF:240.0.1.2"), ip);
        assert_eq!(mapped("0000:0000:0000:0000:0000:ffff:240.0.1.2"), ip);
        assert_eq!(mapped("::ffff:0:0:f000:102"), None);
        assert_eq!(mapped("240.0.1.2"), None);
        assert_eq!(mapped("example.com"), None);
    }
}
