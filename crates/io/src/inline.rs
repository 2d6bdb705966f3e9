//! Values as V8's serializer writes them, rewritten so that their references stand where they are met.
//!
//! What an isolate sends has its references (functions, stubs) before the value, which names them by their numbers; see
//! `jsg::clone`. Others read one value only, with each reference in its place. So the references move, and with them
//! the numbers of all objects and the order of what the bytes refer to.

/// What stands behind the tags of references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Nothing: they are known by their order.
    Ordered,
    /// The number of each in a table.
    Numbered,
    /// The tokens of services and classes; only stubs are known by their order.
    Stored,
}

/// The bytes are no such value, or it is too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// A value whose references stand in their places.
#[derive(Debug, PartialEq, Eq)]
pub struct Inlined {
    pub data: Vec<u8>,
    /// The places that what it refers to had before, in the order in which it is met now.
    pub order: Vec<usize>,
}

/// Values within values; deeper ones are refused.
const MOST_DEPTH: usize = 200;

/// The tag of what can be called, among those of objects that V8 does not know.
const REFERENCE: u32 = 1;

/// Rewrites a value that has so many references before it.
///
/// # Errors
/// It is no such value, or too deep.
pub fn inline(data: &[u8], references: u32, places: Places) -> Result<Inlined> {
    let mut walk = Walk {
        input: data,
        places,
        out: Vec::with_capacity(data.len()),
        numbers: Vec::new(),
        next: 0,
        references: references as usize,
        met: references as usize,
        order: Vec::new(),
    };
    if walk.byte()? != VERSION {
        return Err(broken());
    }
    walk.out.push(VERSION);
    walk.varint()?;
    let start = walk.out.len();
    for _ in 0..references {
        if walk.byte()? != HOST_OBJECT || walk.varint()? != u64::from(REFERENCE) {
            return Err(broken());
        }
        if places == Places::Numbered {
            walk.varint()?;
        }
        walk.numbers.push(None);
    }
    walk.out.truncate(start);
    walk.value(0)?;
    if !walk.input.is_empty() {
        return Err(broken());
    }
    Ok(Inlined {
        data: walk.out,
        order: walk.order,
    })
}

const VERSION: u8 = 0xff;
const HOST_OBJECT: u8 = b'\\';
const VIEW: u8 = b'V';

#[cold]
fn broken() -> Malformed {
    Malformed
}

struct Walk<'a> {
    input: &'a [u8],
    places: Places,
    out: Vec<u8>,
    /// The new number of each object that has one, by the old one.
    numbers: Vec<Option<u64>>,
    next: u64,
    references: usize,
    /// How much of what the bytes refer to has gone by, the references first.
    met: usize,
    order: Vec<usize>,
}

impl Walk<'_> {
    /// A byte that is not copied.
    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.input.split_first().ok_or_else(broken)?;
        self.input = rest;
        Ok(*first)
    }

    fn copy(&mut self, count: u64) -> Result<()> {
        let count = usize::try_from(count).map_err(|_| broken())?;
        let (bytes, rest) = self.input.split_at_checked(count).ok_or_else(broken)?;
        self.out.extend_from_slice(bytes);
        self.input = rest;
        Ok(())
    }

    /// A number that is copied.
    fn varint(&mut self) -> Result<u64> {
        let value = self.number()?;
        self.push_number(value);
        Ok(value)
    }

    /// A number that is not copied.
    fn number(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    fn push_number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    /// Bytes with their count before them.
    fn counted(&mut self) -> Result<()> {
        let count = self.varint()?;
        self.copy(count)
    }

    fn begin_object(&mut self) {
        self.numbers.push(Some(self.next));
        self.next += 1;
    }

    /// The next tag; what only aligns is skipped.
    fn tag(&mut self) -> Result<u8> {
        loop {
            match self.byte()? {
                0 => {}
                tag => return Ok(tag),
            }
        }
    }

    /// Whether the next tag is this one, which is taken then.
    fn takes(&mut self, wanted: u8) -> bool {
        let padding = self.input.iter().take_while(|byte| **byte == 0).count();
        let found = self.input.get(padding) == Some(&wanted);
        if found {
            self.input = &self.input[padding + 1..];
            self.out.push(wanted);
        }
        found
    }

    /// Values up to a tag that ends them.
    fn values_until(&mut self, end: u8, depth: usize) -> Result<()> {
        while !self.takes(end) {
            self.value(depth)?;
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<()> {
        if depth > MOST_DEPTH {
            return Err(broken());
        }
        let depth = depth + 1;
        let tag = self.tag()?;
        if tag == b'^' {
            self.known_object()?;
        } else {
            self.out.push(tag);
            self.content(tag, depth)?;
        }
        if self.takes(VIEW) {
            self.begin_object();
            for _ in 0..4 {
                self.varint()?;
            }
        }
        Ok(())
    }

    fn content(&mut self, tag: u8, depth: usize) -> Result<()> {
        match tag {
            b'_' | b'0' | b'T' | b'F' | b'-' => Ok(()),
            b'I' | b'U' => self.varint().map(drop),
            b'N' => self.copy(8),
            b'Z' => self.big_integer(),
            b'"' | b'S' | b'c' => self.counted(),
            _ => {
                self.begin_object();
                self.object(tag, depth)
            }
        }
    }

    fn big_integer(&mut self) -> Result<()> {
        let bits = self.varint()?;
        self.copy(bits >> 1)
    }

    fn object(&mut self, tag: u8, depth: usize) -> Result<()> {
        match tag {
            b'x' | b'y' => {}
            b'D' | b'n' => self.copy(8)?,
            b'z' => self.big_integer()?,
            b's' => self.value(depth)?,
            b'R' => {
                self.value(depth)?;
                self.varint()?;
            }
            b'o' => {
                self.values_until(b'{', depth)?;
                self.varint()?;
            }
            b'A' | b'a' => {
                self.varint()?;
                self.values_until(if tag == b'A' { b'$' } else { b'@' }, depth)?;
                self.varint()?;
                self.varint()?;
            }
            b';' | b'\'' => {
                self.values_until(if tag == b';' { b':' } else { b',' }, depth)?;
                self.varint()?;
            }
            b'B' => self.counted()?,
            b'~' => {
                let length = self.varint()?;
                self.varint()?;
                self.copy(length)?;
            }
            b'r' => self.error(depth)?,
            HOST_OBJECT => self.host_object(depth)?,
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn error(&mut self, depth: usize) -> Result<()> {
        loop {
            let part = self.byte()?;
            self.out.push(part);
            match part {
                b'.' => return Ok(()),
                b'm' | b'c' | b's' => self.value(depth)?,
                b'E' | b'R' | b'F' | b'S' | b'T' | b'U' => {}
                _ => return Err(broken()),
            }
        }
    }

    /// What classes of the runtime write; see their `Cloneable`.
    fn host_object(&mut self, depth: usize) -> Result<()> {
        match self.varint()? {
            // Services, classes.
            11 | 12 if self.places == Places::Stored => self.counted()?,
            // Stubs, writable and readable streams, services, classes.
            1 | 2 | 3 | 11 | 12 => self.external()?,
            4 => {
                self.varint()?;
                for _ in 0..self.varint()? {
                    if self.varint()? == 0 {
                        self.counted()?;
                    }
                    self.counted()?;
                }
            }
            5 => {
                self.counted()?;
                self.value(depth)?;
            }
            6 => {
                self.value(depth)?;
                self.value(depth)?;
            }
            8 => {
                for _ in 0..3 {
                    self.counted()?;
                }
            }
            9 => {
                let (is_aborted, never_aborts) = (self.varint()? != 0, self.varint()? != 0);
                self.value(depth)?;
                if !is_aborted && !never_aborts {
                    self.external()?;
                }
            }
            10 => {
                if self.varint()? == 0 {
                    self.value(depth)?;
                }
                self.value(depth)?;
                self.value(depth)?;
            }
            // Sockets: what is known of them, and two streams.
            16 => {
                for _ in 0..3 {
                    self.external()?;
                }
            }
            // Wrapped bindings: a service and a name.
            17 => {
                self.external()?;
                self.counted()?;
            }
            15 => {
                self.counted()?;
                self.counted()?;
            }
            _ => return Err(broken()),
        }
        Ok(())
    }

    fn external(&mut self) -> Result<()> {
        if self.places == Places::Numbered {
            self.varint()?;
        }
        self.order.push(self.met);
        self.met += 1;
        Ok(())
    }

    /// An object by its number: a reference that is met for the first time moves to here.
    fn known_object(&mut self) -> Result<()> {
        let old = usize::try_from(self.number()?).map_err(|_| broken())?;
        match self.numbers.get(old).copied() {
            Some(Some(number)) => {
                self.out.push(b'^');
                self.push_number(number);
            }
            Some(None) if old < self.references => {
                self.out.push(HOST_OBJECT);
                self.push_number(REFERENCE.into());
                if self.places == Places::Numbered {
                    // References come first in the table.
                    self.push_number(old as u64);
                }
                self.numbers[old] = Some(self.next);
                self.next += 1;
                self.order.push(old);
            }
            _ => return Err(broken()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = &[0xff, 15];

    fn rewritten(before: u32, value: &[u8]) -> Inlined {
        let references = b"\\\x01".repeat(before as usize);
        inline(
            &[START, &references, value].concat(),
            before,
            Places::Ordered,
        )
        .unwrap()
    }

    #[test]
    fn references_move_to_where_they_are_met() {
        // { a: f, b: {}, c: f, d: the object b, e: g }
        let inlined = rewritten(
            2,
            b"o\"\x01a^\x01\"\x01bo{\x00\"\x01c^\x01\"\x01d^\x03\"\x01e^\x00{\x05",
        );
        let expected = b"o\"\x01a\\\x01\"\x01bo{\x00\"\x01c^\x01\"\x01d^\x02\"\x01e\\\x01{\x05";
        assert_eq!(inlined.data, [START, &expected[..]].concat());
        assert_eq!(inlined.order, [1, 0]);
    }

    #[test]
    fn what_the_bytes_refer_to_keeps_its_order_but_for_references() {
        // [readable stream, f]
        let inlined = rewritten(1, b"A\x02\\\x03^\x00$\x00\x02");
        assert_eq!(
            inlined.data,
            [START, b"A\x02\\\x03\\\x01$\x00\x02"].concat()
        );
        assert_eq!(inlined.order, [1, 0]);
    }

    #[test]
    fn numbers_go_with_their_references() {
        // [f, a service], each with its number in the table
        let value = [START, b"\\\x01\x00A\x02^\x00\\\x0b\x01$\x00\x02"].concat();
        let inlined = inline(&value, 1, Places::Numbered).unwrap();
        let expected = b"A\x02\\\x01\x00\\\x0b\x01$\x00\x02";
        assert_eq!(inlined.data, [START, expected].concat());
    }

    #[test]
    fn tokens_of_stored_services_stay_where_they_are() {
        // [f, a service]
        let value = [START, b"\\\x01A\x02^\x00\\\x0b\x03abc$\x00\x02"].concat();
        let inlined = inline(&value, 1, Places::Stored).unwrap();
        let expected = b"A\x02\\\x01\\\x0b\x03abc$\x00\x02";
        assert_eq!(inlined.data, [START, expected].concat());
        assert_eq!(inlined.order, [0]);
    }

    #[test]
    fn every_kind_of_value_goes_by() {
        for value in [
            &b"_"[..],
            b"I\x04",
            b"N12345678",
            b"Z\x10abcdefgh",
            b"c\x02ab",
            b"D12345678",
            b"R\"\x01a\x00",
            b";\"\x01aT:\x02",
            b"'F,\x01",
            b"B\x03abcVB\x00\x03\x00",
            b"a\x05U\x01-@\x01\x05",
            b"rTm\"\x01as\"\x01b.",
            b"\\\x04\x00\x02\x01\x01a\x00\x01b\x01c",
            b"\\\x05\x01uo{\x00",
            b"\\\x09\x01\x00_",
            b"\\\x0a\x00\"\x01n\"\x01mo{\x00",
        ] {
            let inlined = rewritten(0, value);
            assert_eq!(inlined.data, [START, value].concat());
            assert!(inlined.order.is_empty());
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for value in [
            &b""[..],
            b"?",
            b"^\x00",
            b"\\\x63",
            b"\"\x7fa",
            b"o\"\x01a",
            b"I\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"TT",
        ] {
            assert!(
                inline(&[START, value].concat(), 0, Places::Ordered).is_err(),
                "{value:?}"
            );
        }
        let deep = [START, &b"A\x01".repeat(5000)].concat();
        assert!(inline(&deep, 0, Places::Ordered).is_err());
    }
}
