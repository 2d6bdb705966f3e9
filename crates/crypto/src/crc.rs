//! Cyclic redundancy checks that are transmitted with objects: CRC-32, CRC-32C (RFC 3720 §B.4) and
//! CRC-64/NVME. All are reflected, and inverted at both ends.

/// A checksum in the making.
pub struct Crc {
    parameters: &'static Parameters,
    register: u64,
}

struct Parameters {
    /// Bytes of the checksum.
    size: usize,
    /// What each byte does to the register.
    table: [u64; 256],
}

impl Parameters {
    /// For a polynomial with its bits reversed.
    const fn new(size: usize, polynomial: u64) -> Self {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut register = byte as u64;
            let mut bit = 0;
            while bit < 8 {
                register = register >> 1 ^ if register & 1 == 1 { polynomial } else { 0 };
                bit += 1;
            }
            table[byte] = register;
            byte += 1;
        }
        Self { size, table }
    }
}

static CRC32: Parameters = Parameters::new(4, 0xedb8_8320);
static CRC32C: Parameters = Parameters::new(4, 0x82f6_3b78);
static CRC64_NVME: Parameters = Parameters::new(8, 0x9a6c_9329_ac4b_c9b5);

impl Crc {
    /// The checksum of this name, in whatever case.
    pub fn by_name(name: &str) -> Option<Self> {
        let (_, parameters) = [
            ("crc32", &CRC32),
            ("crc32c", &CRC32C),
            ("crc64nvme", &CRC64_NVME),
        ]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Self {
            parameters,
            register: u64::MAX >> (64 - 8 * parameters.size),
        })
    }

    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = (self.register as u8 ^ byte) as usize;
            self.register = self.register >> 8 ^ self.parameters.table[index];
        }
    }

    /// The checksum, big-endian.
    pub fn finish(&self) -> Vec<u8> {
        (!self.register).to_be_bytes()[8 - self.parameters.size..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_are_those_of_the_catalogue() {
        for (name, expected) in [
            ("crc32", &[0xcb, 0xf4, 0x39, 0x26][..]),
            ("crc32c", &[0xe3, 0x06, 0x92, 0x83]),
            (
                "crc64nvme",
                &[0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88],
            ),
        ] {
            let mut crc = Crc::by_name(name).expect("a known name");
            crc.update(b"1234");
            crc.update(b"56789");
            assert_eq!(crc.finish(), expected, "{name}");
        }
    }
}
