//! Addresses that lead to a service: `ctx.mapVirtualHost()` makes one up, and `connect()` knows it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use jsg::{Error, Handle, Lock, LockExt, Result, Strong};

use crate::fetch::Fetcher;

/// The addresses that were given out: an extension of the isolate, which they live as long as.
#[derive(Default)]
struct VirtualHosts(RefCell<HashMap<String, Strong<Fetcher>>>);

/// The address of a service: that of the first time, whatever port is asked for later.
///
/// # Errors
/// There is no randomness to be had.
pub fn map<'s>(js: &Lock<'s, '_>, service: Handle<'s, Fetcher>, port: u16) -> Result<String> {
    if let Some(known) = service.get().virtual_host().get() {
        return Ok(known.clone());
    }
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Error::Internal(format!("no random bytes: {error}")))?;
    let mut address = String::new();
    for byte in random {
        // A string takes everything.
        let _ = write!(address, "{byte:02x}");
    }
    let _ = write!(address, ".workers.alt:{port}");
    let hosts = js.extension::<VirtualHosts>().unwrap_or_else(|| {
        let hosts = Rc::new(VirtualHosts::default());
        js.set_extension(Rc::clone(&hosts));
        hosts
    });
    let kept = Strong::new(js, service);
    hosts.0.borrow_mut().insert(address.clone(), kept);
    let address = service.get().virtual_host().get_or_init(|| address);
    Ok(address.clone())
}

/// The service behind an address.
pub(super) fn find<'s>(js: &Lock<'s, '_>, address: &str) -> Option<Handle<'s, Fetcher>> {
    let hosts = js.extension::<VirtualHosts>()?;
    let hosts = hosts.0.borrow();
    Some(hosts.get(address)?.get(js))
}
