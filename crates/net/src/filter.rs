//! Which addresses a client may connect to.
//!
//! The groups and the way they combine are those of the config's `Network`: an address is allowed when a group or a
//! block allows it, unless a denied block that is at least as long as the longest allowing one contains it. The
//! groups `public` and `network` count as blocks of length zero.
//!
//! Invariants:
//!
//! 1. The filter sees the very address that is connected to, after the name was looked up: a name whose answers
//!    change between a check and a connection gains nothing.
//! 2. An address that stands for an IPv4 address (mapped, NAT64, 6to4, IPv4-compatible) is public only if that one is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    base: IpAddr,
    length: u8,
}

/// An entry of a list that is neither a group nor a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("invalid CIDR: {0}")]
    Block(String),
    #[error("don't deny 'network', allow 'local' instead")]
    DenyNetwork,
    #[error("don't deny 'public', allow 'private' instead")]
    DenyPublic,
}

/// See the module's documentation. The default allows nothing.
#[derive(Clone, Debug, Default)]
pub struct AddressFilter {
    public: bool,
    network: bool,
    unix: bool,
    unix_abstract: bool,
    allow: Vec<Block>,
    deny: Vec<Block>,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Block {
    Block {
        base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        length,
    }
}

const fn v6(first: u16, second: u16, length: u8) -> Block {
    Block {
        base: IpAddr::V6(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0)),
        length,
    }
}

/// This machine. Connecting to the unspecified address reaches it, too.
const LOCAL: [Block; 4] = [
    v4(127, 0, 0, 0, 8),
    v4(0, 0, 0, 0, 32),
    Block {
        base: IpAddr::V6(Ipv6Addr::LOCALHOST),
        length: 128,
    },
    v6(0, 0, 128),
];

const PRIVATE: [Block; 7] = [
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v6(0xfc00, 0, 7),
    v6(0xfe80, 0, 10),
];

/// Neither public nor private: special uses, multicast, reserved.
const RESERVED: [Block; 5] = [
    v4(192, 0, 0, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    v6(0x2001, 0, 23),
    v6(0xff00, 0, 8),
];

/// Not public either, though the real workerd takes them for it: the rest of "this network" (RFC 1122 §3.2.1.3)
/// and site-local addresses (RFC 3879).
const NOT_PUBLIC: [Block; 2] = [v4(0, 0, 0, 0, 8), v6(0xfec0, 0, 10)];

impl Block {
    fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length: u8 = length.parse().ok()?;
        (length <= if base.is_ipv4() { 32 } else { 128 }).then_some(Self { base, length })
    }

    /// A block of IPv4 addresses contains their IPv4-mapped forms.
    fn contains(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => same_prefix(
                base.to_bits().into(),
                address.to_bits().into(),
                self.length,
                32,
            ),
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                same_prefix(base.to_bits(), address.to_bits(), self.length, 128)
            }
            (IpAddr::V4(_), IpAddr::V6(address)) => address
                .to_ipv4_mapped()
                .is_some_and(|address| self.contains(address.into())),
            (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, length: u8, width: u8) -> bool {
    (a ^ b)
        .checked_shr(u32::from(width - length))
        .is_none_or(|rest| rest == 0)
}

fn any(blocks: &[Block], address: IpAddr) -> bool {
    blocks.iter().any(|block| block.contains(address))
}

/// The longest of the blocks that contain the address.
fn longest(blocks: &[Block], address: IpAddr) -> Option<u8> {
    let containing = blocks.iter().filter(|block| block.contains(address));
    containing.map(|block| block.length).max()
}

/// The IPv4 address that a translated address leads to: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible
/// (RFC 4291 §2.5.5.1).
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let quad = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match (a, b) {
        (0x2002, _) => Some(quad(b, c)),
        (0x64, 0xff9b) if [c, d, e, f] == [0; 4] => Some(quad(g, h)),
        (0, 0) if [c, d, e, f] == [0; 4] && g != 0 => Some(quad(g, h)),
        _ => None,
    }
}

fn is_local(address: IpAddr) -> bool {
    any(&LOCAL, embedded(address).map_or(address, IpAddr::from))
}

fn is_public(address: IpAddr) -> bool {
    if let Some(inner) = embedded(address) {
        return is_public(inner.into());
    }
    // Local-use NAT64, 64:ff9b:1::/48.
    let local_nat64 = matches!(address, IpAddr::V6(v6) if v6.segments()[..3] == [0x64, 0xff9b, 1]);
    !local_nat64
        && ![&LOCAL[..], &PRIVATE, &RESERVED, &NOT_PUBLIC]
            .iter()
            .any(|blocks| any(blocks, address))
}

impl AddressFilter {
    /// Reads the two lists of a `Network`.
    ///
    /// # Errors
    /// The first entry that means nothing.
    pub fn parse<T: AsRef<str>>(allow: &[T], deny: &[T]) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for entry in allow {
            match entry.as_ref() {
                "public" => filter.public = true,
                "network" => filter.network = true,
                "unix" => filter.unix = true,
                "unix-abstract" => filter.unix_abstract = true,
                "local" => filter.allow.extend(LOCAL),
                "private" => filter.allow.extend(PRIVATE.iter().chain(&LOCAL)),
                text => filter.allow.push(block(text)?),
            }
        }
        for entry in deny {
            match entry.as_ref() {
                "public" => return Err(FilterError::DenyPublic),
                "network" => return Err(FilterError::DenyNetwork),
                "unix" => filter.unix = false,
                "unix-abstract" => filter.unix_abstract = false,
                "local" => filter.deny.extend(LOCAL),
                "private" => filter.deny.extend(PRIVATE),
                text => filter.deny.push(block(text)?),
            }
        }
        Ok(filter)
    }

    /// Whether a connection to the address may be made.
    pub fn allows(&self, address: SocketAddr) -> bool {
        let address = address.ip();
        let in_group = (self.public && is_public(address))
            || (self.network && !is_local(address) && !any(&RESERVED, address));
        let allowed = match longest(&self.allow, address) {
            Some(length) => length,
            None if in_group => 0,
            None => return false,
        };
        longest(&self.deny, address).is_none_or(|denied| denied < allowed)
    }

    /// Whether a connection to a Unix socket in the file system may be made.
    pub fn allows_unix(&self) -> bool {
        self.unix
    }

    /// Whether a connection to an abstract Unix socket may be made.
    pub fn allows_unix_abstract(&self) -> bool {
        self.unix_abstract
    }
}

fn block(text: &str) -> Result<Block, FilterError> {
    Block::parse(text).ok_or_else(|| FilterError::Block(text.to_owned()))
}

#[cfg(test)]
mod tests;
