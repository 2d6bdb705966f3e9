//! Certificates of `node:crypto`: the class behind `X509Certificate`, and the texts of what one says.

use evp::digest::hash;
use evp::x509::{Certificate, GeneralName, HostRules, Place, WrongName};
use evp::{Digest, Kind};
use jsg::convert::uint8_array;
use jsg::js::{Array, Local, Object, Uint8Array, Value};
use jsg::promise::Args;
use jsg::{Error, Handle, Lock, Result, ToJs, Untraced};

use crate::crypto_asymmetric::KeyHandle;
use crate::crypto_natives::bytes;

#[jsg::class]
pub struct CertificateHandle {
    // It holds no handles.
    certificate: Untraced<Certificate>,
}

/// `readCertificate(bytes)`: undefined if that is none.
pub fn read_certificate<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Result<Local<'s, Value>> {
    let data = bytes(js, args.get(0))?;
    Ok(match Certificate::parse(&data) {
        Ok(certificate) => {
            let certificate = Untraced(certificate);
            Handle::new(js, CertificateHandle { certificate })
                .object()
                .into()
        }
        Err(_) => jsg::js::undefined(js).into(),
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn failed(_: evp::Refused) -> Error {
    Error::error("Operation failed")
}

/// Whether a name stays as it is: what has none of the characters that separate, quote or escape.
fn is_plain(name: &[u8], utf8: bool) -> bool {
    name.iter().all(|byte| match byte {
        b'"' | b'\\' | b',' | b'\'' => false,
        0x20..=0x7e => true,
        _ => utf8 && *byte >= 0x80,
    })
}

/// A name in a list: where that is not plain, as a JSON text in which commas are escaped, too.
fn listed(name: &[u8], utf8: bool) -> String {
    if is_plain(name, utf8) {
        return text(name);
    }
    let mut quoted = vec![b'"'];
    for byte in name {
        match byte {
            b'\\' | b'"' => quoted.extend([b'\\', *byte]),
            0x20..=0x7e if *byte != b',' => quoted.push(*byte),
            0x80.. if utf8 => quoted.push(*byte),
            _ => quoted.extend(format!("\\u{byte:04x}").bytes()),
        }
    }
    quoted.push(b'"');
    text(&quoted)
}

fn address(ip: &[u8]) -> String {
    match ip.len() {
        4 => ip.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        16 => ip
            .chunks(2)
            .map(|pair| format!("{:X}", u16::from_be_bytes([pair[0], pair[1]])))
            .collect::<Vec<_>>()
            .join(":"),
        _ => "<invalid>".to_owned(),
    }
}

fn name_text(name: &GeneralName) -> String {
    match name {
        GeneralName::Dns(name) => format!("DNS:{}", listed(name, false)),
        GeneralName::Email(name) => format!("email:{}", listed(name, false)),
        GeneralName::Uri(name) => format!("URI:{}", listed(name, false)),
        GeneralName::Directory(name) => format!("DirName:{}", listed(name, true)),
        GeneralName::Ip(ip) => format!("IP Address:{}", address(ip)),
        GeneralName::Registered(id) => format!("Registered ID:{}", text(id)),
        GeneralName::Other => "othername:<unsupported>".to_owned(),
        GeneralName::X400 => "X400Name:<unsupported>".to_owned(),
        GeneralName::EdiParty => "EdiPartyName:<unsupported>".to_owned(),
    }
}

fn names_text(certificate: &Certificate) -> Option<String> {
    let names = certificate.alternative_names()?.ok()?;
    Some(names.iter().map(name_text).collect::<Vec<_>>().join(", "))
}

fn information_text(certificate: &Certificate) -> Option<String> {
    let entries = certificate.information()?.ok()?;
    let line = |(method, place): &Place| format!("{} - {}\n", text(method), name_text(place));
    Some(entries.iter().map(line).collect())
}

fn hex(bytes: &[u8], separator: &str) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    digits.join(separator)
}

fn rules(wildcards: bool, subject: Option<bool>) -> HostRules {
    HostRules {
        no_wildcards: !wildcards,
        subject,
    }
}

fn wrong_name(_: WrongName) -> Error {
    Error::error("Invalid name")
}

#[jsg::methods]
impl CertificateHandle {
    /// All that are texts, by the names of their properties.
    #[jsg(method)]
    fn texts<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let certificate = &self.certificate.0;
        let der = certificate.der().map_err(failed)?;
        let fingerprint = |digest| hash(digest, &der).ok().map(|hash| hex(&hash, ":"));
        let plain = |bytes: evp::Result<Vec<u8>>| bytes.ok().map(|bytes| text(&bytes));
        let texts = [
            ("subject", plain(certificate.subject())),
            ("subjectAltName", names_text(certificate)),
            ("issuer", plain(certificate.issuer())),
            ("infoAccess", information_text(certificate)),
            ("validFrom", plain(certificate.valid_from())),
            ("validTo", plain(certificate.valid_to())),
            ("fingerprint", fingerprint(Digest::Sha1)),
            ("fingerprint256", fingerprint(Digest::Sha256)),
            ("fingerprint512", fingerprint(Digest::Sha512)),
            (
                "serialNumber",
                certificate.serial().ok().map(|serial| hex(&serial, "")),
            ),
            ("pem", plain(certificate.pem())),
        ];
        let object = Object::new(js);
        for (name, value) in texts {
            let key = jsg::intern(js, name);
            let value = value.to_js(js)?;
            object.create_data_property(js, key.into(), value);
        }
        Ok(object)
    }

    #[jsg(method)]
    fn key_usage(&self) -> Option<Vec<String>> {
        let usage = self.certificate.0.extended_usage()?;
        Some(usage.iter().map(|id| text(id)).collect())
    }

    /// The attributes of the subject or the issuer, as names and values by turns.
    #[jsg(method)]
    fn attributes<'s>(&self, js: &mut Lock<'s, '_>, subject: bool) -> Result<Local<'s, Array>> {
        let attributes = if subject {
            self.certificate.0.subject_attributes()
        } else {
            self.certificate.0.issuer_attributes()
        };
        let parts = attributes.map_err(failed)?;
        let parts: Vec<Local<'s, Value>> = parts
            .iter()
            .flatten()
            .map(|part| jsg::string(js, &text(part)).into())
            .collect();
        Ok(Array::new_with_elements(js, &parts))
    }

    #[jsg(method)]
    fn raw<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let der = self.certificate.0.der().map_err(failed)?;
        uint8_array(js, &der)
    }

    #[jsg(method)]
    fn is_authority(&self) -> bool {
        self.certificate.0.is_authority()
    }

    /// Undefined if it is of a kind that is not known.
    #[jsg(method)]
    fn public_key<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match self.certificate.0.public_key() {
            Ok(key) if !matches!(key.kind(), Kind::Other | Kind::Dh) => {
                KeyHandle::open(js, key, false)
            }
            _ => jsg::js::undefined(js).into(),
        }
    }

    #[jsg(method)]
    fn check_host(
        &self,
        host: String,
        wildcards: bool,
        subject: Option<bool>,
    ) -> Result<Option<String>> {
        let rules = rules(wildcards, subject);
        let found = self.certificate.0.check_host(host.as_bytes(), rules);
        Ok(found.map_err(wrong_name)?.map(|name| text(&name)))
    }

    #[jsg(method)]
    fn check_email(&self, email: String, wildcards: bool, subject: Option<bool>) -> Result<bool> {
        let rules = rules(wildcards, subject);
        let found = self.certificate.0.check_email(email.as_bytes(), rules);
        found.map_err(wrong_name)
    }

    #[jsg(method)]
    fn check_ip(&self, ip: String) -> Result<bool> {
        let found = self.certificate.0.check_ip(&ip);
        found.map_err(|_| Error::error("Invalid IP"))
    }

    #[jsg(method)]
    fn is_issued_by(&self, issuer: Handle<'_, CertificateHandle>) -> bool {
        let issuer = &issuer.get().certificate.0;
        self.certificate.0.is_issued_by(issuer)
    }

    #[jsg(method)]
    fn is_signed_by(&self, key: Handle<'_, KeyHandle>) -> bool {
        self.certificate.0.is_signed_by(key.get().key())
    }

    /// Whether it is for the public part of a private key.
    #[jsg(method)]
    fn is_of(&self, key: Handle<'_, KeyHandle>) -> bool {
        self.certificate.0.is_of(key.get().key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_taken_for_lists() {
        assert_eq!(listed(b"a.example", false), "a.example");
        assert_eq!(listed(b"a, DNS:b", false), "\"a\\u002c DNS:b\"");
        assert_eq!(listed(b"a\"\\\n", false), "\"a\\\"\\\\\\u000a\"");
        assert_eq!(listed("é".as_bytes(), true), "é");
        assert_eq!(listed("é".as_bytes(), false), "\"\\u00c3\\u00a9\"");
        assert_eq!(listed(b"it's", false), "\"it's\"");
    }

    #[test]
    fn addresses_are_written_out() {
        assert_eq!(address(&[127, 0, 0, 1]), "127.0.0.1");
        let mut ip = [0; 16];
        (ip[0], ip[15]) = (0x20, 0xab);
        assert_eq!(address(&ip), "2000:0:0:0:0:0:0:AB");
        assert_eq!(address(&[1]), "<invalid>");
    }
}
