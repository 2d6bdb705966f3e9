//! Ciphers with keys of RSA of `node:crypto`.

use evp::rsa_cipher::{RsaFailure, RsaOperation};
use evp::{Digest, Kind};
use jsg::convert::uint8_array;
use jsg::js::{Local, Value};
use jsg::promise::Args;
use jsg::{Error, Lock, Result};

use crate::crypto_key_forms::{bytes_at, handle_at};
use crate::crypto_natives::{bytes, digest_named};

/// `rsaCipher(handle, operation, data, padding, digest, label)`, with the operation's name in Node.
pub fn rsa_cipher<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Result<Local<'s, Value>> {
    let handle = handle_at(js, &args, 0)?;
    let key = handle.get().key();
    if key.kind() != Kind::Rsa {
        let text = "publicEncrypt() currently only supports RSA keys";
        return Err(Error::error(text));
    }
    let operation = match args.get(1).to_rust_string_lossy(js).as_str() {
        "publicEncrypt" => RsaOperation::Encrypt,
        "privateDecrypt" => RsaOperation::Decrypt,
        "privateEncrypt" => RsaOperation::Sign,
        _ => RsaOperation::Recover,
    };
    let data = bytes(js, args.get(2))?;
    let padding = args.get(3).number_value(js).unwrap_or(0.0) as i32;
    let seals = matches!(operation, RsaOperation::Encrypt | RsaOperation::Decrypt);
    let digest = if seals { named(js, args.get(4))? } else { None };
    let label = bytes_at(js, &args, 5)?.filter(|_| seals);
    let output = key.rsa_cipher(operation, padding, digest, label.as_deref(), &data);
    let output = output.map_err(|failure| {
        Error::error(match failure {
            RsaFailure::Start => "Failed to init for encryption",
            RsaFailure::Padding => "Failed to set the padding",
            RsaFailure::Label => "Failed to set the OAEP label",
            RsaFailure::Size => "Failed to determine output size",
            RsaFailure::Run => "Failed to cipher/decipher",
        })
    })?;
    Ok(uint8_array(js, &output)?.into())
}

/// None if there is no name.
fn named<'s>(js: &Lock<'s, '_>, name: Local<'s, Value>) -> Result<Option<Digest>> {
    if name.to_rust_string_lossy(js).is_empty() {
        return Ok(None);
    }
    match digest_named(js, name) {
        Some(digest) => Ok(Some(digest)),
        None => Err(Error::error("Unsupported hash digest")),
    }
}
