//! Damaged configs are refused or read, never a panic: a cheap stand-in for the fuzz targets in every test run.

#[path = "support/mod.rs"]
mod support;

use config::{Permissions, load_binary, load_text, unsupported, validate};
use support::Files;

const TEXT: &str = r#"using Workerd = import "/workerd/workerd.capnp"; # comment
@0xbf5147cbbecf40c1;
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js"), (name = "d", data = 0x"00 ff")],
      compatibilityDate = "2026-11-17", bindings = [(name = "A", text = "x" "\x41\n"), (name = "B", service = .name),
      (name = "K", cryptoKey = (hex = "00", algorithm = (name = "HMAC"), usages = [sign]))])),
    (name = .name, network = (allow = ["public"])),
  ],
  sockets = [(name = "s", address = "*:0", http = (style = proxy), service = "main"),
    (name = "u", address = "*:1", udp = (idleTimeoutMs = 010), service = "main")],
);
const name :Text =
  `net
;
struct S { a @0 :UInt8 = 3; union { b @1 :Text; c :group { d @2 :List(S); } } enum E { f @0; } }
"#;

/// A small deterministic generator of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn damage(numbers: &mut Numbers, bytes: &mut Vec<u8>, alphabet: &[u8]) {
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(4) {
            0 => bytes[at] = alphabet[numbers.below(alphabet.len())],
            1 => bytes[at] ^= 1 << numbers.below(8),
            2 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + numbers.below(20)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len());
                bytes.splice(to..to, copy);
            }
        }
    }
}

#[test]
fn damaged_texts_end_in_errors_or_configs() {
    let mut numbers = Numbers(1);
    for _ in 0..2000 {
        let mut text = TEXT.as_bytes().to_vec();
        damage(&mut numbers, &mut text, b"()[]{};:=.,\"`@$#-0x \n\\aZ");
        let files = Files::new(&[("c.capnp", &text), ("w.js", b"script")]);
        match load_text("c.capnp", None, &[], &files) {
            Ok(loaded) => {
                validate(&loaded.config, &Permissions::default());
                unsupported(&loaded.config);
                assert_eq!(
                    load_binary("c.bin", loaded.encoded().into()),
                    Ok(loaded.config)
                );
            }
            Err(errors) => assert!(!errors.is_empty()),
        }
    }
}

#[test]
fn damaged_binaries_end_in_errors_or_configs() {
    let files = Files::new(&[("c.capnp", TEXT.as_bytes()), ("w.js", b"script")]);
    let encoded = load_text("c.capnp", None, &[], &files).unwrap().encoded();
    let mut numbers = Numbers(2);
    for _ in 0..20_000 {
        let mut bytes = encoded.clone();
        damage(
            &mut numbers,
            &mut bytes,
            &[0, 1, 2, 3, 4, 5, 6, 7, 0x7f, 0xff],
        );
        if let Ok(config) = load_binary("c.bin", bytes.into()) {
            validate(&config, &Permissions::default());
        }
    }
}
