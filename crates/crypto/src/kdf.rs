//! Keys that others are derived from: HKDF and PBKDF2 (Web Cryptography §32, §33).

use evp::digest::{hkdf, pbkdf2};
use zeroize::Zeroizing;

use crate::error::{Error, Result, missing, not_supported, operation, syntax};
use crate::import::{Import, Input};
use crate::key::{Kdf, Key, KeyAlgorithm, Material};
use crate::params::{DeriveParams, Source};
use crate::usages::{Making, Usages};

/// "Import Key".
pub fn import(kdf: Kdf, import: Import<'_>) -> Result<Key> {
    let name = kdf.name();
    let usages = Usages::parse(
        name,
        Making::ImportSecret,
        import.usages,
        Usages::DERIVATION,
    )?;
    if import.extractable {
        return Err(syntax(format!("{name} key cannot be extractable.")));
    }
    let bytes = match import.input {
        Input::Raw(bytes) => bytes,
        other => {
            let stop = match kdf {
                Kdf::Hkdf => "",
                Kdf::Pbkdf2 => ".",
            };
            return Err(not_supported(format!(
                "{name} key must be imported in \"raw\" format (requested \"{}\"){stop}",
                other.format()
            )));
        }
    };
    Ok(Key {
        algorithm: KeyAlgorithm::Kdf(kdf),
        material: Material::Secret(Zeroizing::new(bytes)),
        extractable: false,
        usages,
    })
}

fn bytes<'a>(source: Option<&'a Source>, field: &str) -> Result<&'a [u8]> {
    match source {
        Some(Source(bytes)) => Ok(bytes),
        None => Err(missing(field)),
    }
}

/// The number of bytes that `length` bits are.
fn size(name: &str, length: Option<u32>) -> Result<usize> {
    let length =
        length.ok_or_else(|| operation(format!("{name} cannot derive a key with null length.")))?;
    if length.is_multiple_of(8) {
        Ok(length as usize / 8)
    } else {
        Err(operation(format!(
            "{name} requires a derived key length that is a multiple of eight (requested {length})."
        )))
    }
}

/// "Derive Bits".
pub fn derive(kdf: Kdf, key: &[u8], params: &DeriveParams, length: Option<u32>) -> Result<Vec<u8>> {
    let hash = params
        .hash
        .as_ref()
        .ok_or_else(|| missing("hash"))?
        .digest()?;
    let salt = bytes(params.salt.as_ref(), "salt")?;
    match kdf {
        Kdf::Hkdf => {
            let info = bytes(params.info.as_ref(), "info")?;
            let size = size("HKDF", length)?;
            hkdf(hash, size, key, salt, info).map_err(|_| operation("HKDF deriveBits failed."))
        }
        Kdf::Pbkdf2 => {
            let iterations = params.iterations.ok_or_else(|| missing("iterations"))?;
            let size = size("PBKDF2", length)?;
            let iterations = u32::try_from(iterations)
                .ok()
                .filter(|iterations| *iterations > 0)
                .ok_or_else(|| {
                    operation(format!(
                        "PBKDF2 requires a positive iteration count (requested {iterations})."
                    ))
                })?;
            if size > 255 * hash.size() {
                return Err(operation(
                    "Pbkdf2 failed: derived key length exceeds maximum for this hash",
                ));
            }
            pbkdf2(hash, size, iterations, key, salt)
                .map_err(|_| Error::Plain("PBKDF2 deriveBits failed.".into()))
        }
    }
}

/// Whether deriving takes so long that the event loop should not wait for it.
pub fn is_slow(kdf: Kdf, params: &DeriveParams, length: Option<u32>) -> bool {
    const FEW: u64 = 2000;
    let rounds = u64::from(length.unwrap_or(0)).div_ceil(128).max(1);
    kdf == Kdf::Pbkdf2
        && params
            .iterations
            .is_some_and(|count| u64::from(count.unsigned_abs()) * rounds > FEW)
}
