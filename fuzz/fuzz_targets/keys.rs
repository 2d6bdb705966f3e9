//! Any bytes as keys, certificates and points: they are read, and written again, or refused.

#![no_main]

use evp::pem::{Encoding, Form};
use evp::pkey::Okp;
use evp::spkac::Spkac;
use evp::x509::{Certificate, HostRules};
use evp::{Curve, Pkey, ec};
use libfuzzer_sys::fuzz_target;

fn write(key: &Pkey) {
    let _ = (
        key.to_spki(),
        key.to_pkcs8(),
        key.raw_public(),
        key.raw_private(),
    );
    let _ = (
        key.rsa_numbers(),
        key.coordinates(),
        key.dsa_bits(),
        key.equals(key),
    );
}

fn read(certificate: &Certificate) {
    let _ = (
        certificate.subject(),
        certificate.issuer(),
        certificate.serial(),
    );
    let _ = (
        certificate.subject_attributes(),
        certificate.issuer_attributes(),
    );
    let _ = (certificate.alternative_names(), certificate.information());
    let _ = (certificate.extended_usage(), certificate.is_authority());
    let _ = (certificate.valid_from(), certificate.valid_to());
    let _ = certificate.check_host(b"a.example.com", HostRules::default());
    let _ = certificate.check_email(b"a@example.com", HostRules::default());
    let _ = certificate.check_ip("127.0.0.1");
    let _ = certificate.is_issued_by(certificate);
    if let Ok(key) = certificate.public_key() {
        write(&key);
    }
    let der = certificate.der().expect("what was read can be written");
    assert!(Certificate::parse(&der).is_ok());
}

fn generated() -> Vec<Pkey> {
    let keys = [
        Pkey::generate_rsa(1024, &[1, 0, 1]),
        Pkey::generate_ec(Curve::P256),
        Pkey::generate_ec(Curve::P521),
        Pkey::generate_okp(Okp::Ed25519),
        Pkey::generate_okp(Okp::X25519),
    ];
    keys.into_iter().flatten().collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = [fuzz::own_files("pem"), fuzz::own_files("key")].concat();
    let encodings = [Encoding::Der, Encoding::Pem];
    for key in generated() {
        for encoding in encodings {
            for form in [Form::Pkcs1, Form::Pkcs8, Form::Sec1] {
                seeds.extend(key.write_private(form, encoding, None).ok());
            }
            for form in [Form::Pkcs1, Form::Spki] {
                seeds.extend(key.write_public(form, encoding).ok());
            }
        }
    }
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let keys = [
        Pkey::from_spki(bytes).map(|(key, _)| key),
        Pkey::from_private_der(bytes).map(|(key, _)| key),
        Pkey::from_pkcs8(bytes, None),
        Pkey::private_from_pem(bytes, Some(b"secret")),
        Pkey::public_from_pem(bytes),
        Pkey::from_rsa_public_der(bytes),
        Pkey::from_ec_point(Curve::P256, bytes),
    ];
    for key in keys.iter().flatten() {
        write(key);
    }
    if let Ok(certificate) = Certificate::parse(bytes) {
        read(&certificate);
    }
    if let Ok(spkac) = Spkac::parse(bytes) {
        let _ = (spkac.public_key(), spkac.challenge());
    }
    let _ = ec::signature_from_der(Curve::P256, bytes);
    let _ = ec::signature_to_der(Curve::P256, bytes);
});
