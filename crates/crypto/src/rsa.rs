//! RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP (Web Cryptography §20 to §22), and RSA-RAW: the bare
//! operation on numbers, for blind signatures.

use evp::cipher::Direction;
use evp::pkey::Scheme;
use evp::rsa::Numbers;
use evp::{Digest, Kind, Pkey};

use crate::asymmetric::{self, Allowed};
use crate::digest::{name_of, sha_number};
use crate::error::{
    Error, Result, access, because, data, missing, not_supported, operation, refused,
};
use crate::import::Import;
use crate::jwk::{Jwk, decode, encode};
use crate::key::{Key, KeyAlgorithm, Material, RsaScheme};
use crate::params::{EncryptParams, GenerateParams, Source, Text};
use crate::usages::{Making, Usages};

fn allowed(scheme: RsaScheme) -> Usages {
    match scheme {
        RsaScheme::Oaep => Usages::CIPHER,
        _ => Usages::SIGNATURE,
    }
}

/// A number of at most 32 bits.
fn small(bytes: &[u8]) -> Option<u32> {
    let start = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[start..];
    (digits.len() <= 4).then(|| {
        digits
            .iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte))
    })
}

fn exponent_of(bytes: &[u8]) -> Result<u32> {
    small(bytes).ok_or_else(|| {
        operation(
            "The \"publicExponent\" must be either 3 or 65537, but got a number larger than 2^32.",
        )
    })
}

fn check_length(bits: usize) -> Result<()> {
    if bits.is_multiple_of(8) && (256..=16384).contains(&bits) {
        return Ok(());
    }
    Err(operation(format!(
        "The modulus length must be a multiple of 8 and between 256 and 16k, but {bits} was requested."
    )))
}

/// A pair of keys that is yet to be made: what is done in the isolate is done.
pub struct Generation {
    scheme: RsaScheme,
    bits: u16,
    exponent: Vec<u8>,
    hash: Digest,
    usages: Usages,
    extractable: bool,
}

impl Generation {
    /// "Generate Key", all but the work.
    pub fn new(
        scheme: RsaScheme,
        params: GenerateParams,
        extractable: bool,
        names: &[String],
        strict: bool,
    ) -> Result<Self> {
        let Source(exponent) = params
            .public_exponent
            .ok_or_else(|| missing("publicExponent"))?;
        let hash = params.hash.ok_or_else(|| missing("hash"))?;
        let bits = params
            .modulus_length
            .ok_or_else(|| missing("modulusLength"))?;
        if bits <= 0 {
            return Err(operation(format!(
                "modulusLength must be greater than zero (requested {bits})."
            )));
        }
        let hash = hash.digest()?;
        let usages = Usages::parse(scheme.name(), Making::Generate, names, allowed(scheme))?;
        check_length(bits as usize)?;
        let value = exponent_of(&exponent)?;
        if !matches!(value, 3 | 65537) {
            return Err(operation(format!(
                "The \"publicExponent\" must be either 3 or 65537, but got {value}."
            )));
        }
        if strict && bits % 128 != 0 {
            return Err(operation(
                "Can't generate key: RSA key size is required to be a multiple of 128",
            ));
        }
        Ok(Self {
            scheme,
            bits: bits as u16,
            exponent,
            hash,
            usages,
            extractable,
        })
    }

    /// Whether the pair would be good for nothing.
    pub fn is_useless(&self) -> bool {
        self.usages.within(Usages::PRIVATE).is_empty()
    }

    /// The public key and the private one. This takes long.
    pub fn run(self) -> Result<[Key; 2]> {
        let private = Pkey::generate_rsa(i32::from(self.bits), &self.exponent).map_err(refused)?;
        let public = private.rsa_public().map_err(refused)?;
        let algorithm = KeyAlgorithm::Rsa {
            scheme: self.scheme,
            bits: self.bits,
            exponent: self.exponent,
            hash: Some(self.hash),
        };
        Ok([
            Key {
                algorithm: algorithm.clone(),
                material: Material::Public(public),
                extractable: true,
                usages: self.usages.within(Usages::PUBLIC),
            },
            Key {
                algorithm,
                material: Material::Private(private),
                extractable: self.extractable,
                usages: self.usages.within(Usages::PRIVATE),
            },
        ])
    }
}

/// "Import Key".
pub fn import(scheme: RsaScheme, import: Import<'_>) -> Result<Key> {
    let hash = match scheme {
        RsaScheme::Raw => None,
        _ => {
            let hash = import.params.hash.as_ref().ok_or_else(|| missing("hash"))?;
            Some(hash.digest()?)
        }
    };
    let imported = asymmetric::import(
        scheme.name(),
        import.input,
        import.extractable,
        import.usages,
        &Allowed::of(allowed(scheme)),
        |jwk| from_jwk(scheme, &import.params.name.0, hash, jwk),
    )?;
    if scheme == RsaScheme::Raw && !matches!(imported.material, Material::Private(_)) {
        return Err(data(
            "RSA-RAW only supports private keys but requested \"public\".",
        ));
    }
    if !asymmetric::is_kind(&imported.material, Kind::Rsa) {
        return Err(data("Input was not an RSA key."));
    }
    let (Material::Public(pkey) | Material::Private(pkey)) = &imported.material else {
        return Err(data("Input was not an RSA key."));
    };
    let bits = pkey.rsa_size().map_err(refused)? * 8;
    let exponent = pkey.rsa_numbers().map_err(refused)?.e;
    if import.strict {
        check_length(bits)?;
    }
    let value = exponent_of(&exponent)?;
    if import.strict && !matches!(value, 3 | 17 | 37 | 65537) {
        return Err(operation(format!(
            "Imported RSA key has invalid publicExponent {value}."
        )));
    }
    Ok(Key {
        algorithm: KeyAlgorithm::Rsa {
            scheme,
            bits: bits as u16,
            exponent,
            hash,
        },
        material: imported.material,
        extractable: import.extractable,
        usages: imported.usages,
    })
}

fn from_jwk(scheme: RsaScheme, requested: &str, hash: Option<Digest>, jwk: &Jwk) -> Result<Pkey> {
    if jwk.kty.0 != "RSA" {
        let name = match scheme {
            RsaScheme::Raw => scheme.name(),
            _ => RsaScheme::Pkcs1.name(),
        };
        return Err(data(format!(
            "{name} \"jwk\" key import requires a JSON Web Key with Key Type parameter \"kty\" (\"{}\") equal to \
             \"RSA\".",
            jwk.kty.0
        )));
    }
    if let Some(alg) = &jwk.alg {
        if scheme != RsaScheme::Raw && requested != scheme.name() {
            return Err(not_supported(format!(
                "Unrecognized RSA variant \"{requested}\"."
            )));
        }
        let Some(meant) = hash_of_alg(scheme, alg) else {
            return Err(not_supported(format!(
                "Unrecognized or unimplemented algorithm \"{alg}\" listed in JSON Web Key Algorithm parameter."
            )));
        };
        if hash.is_some_and(|hash| hash != meant) {
            return Err(data(format!(
                "JSON Web Key Algorithm parameter \"alg\" (\"{alg}\") does not match requested hash algorithm \
                 \"{alg}\"."
            )));
        }
    }
    let number = |text: &Option<String>, name: &str, letter: &str| {
        decode(text.as_ref(), || {
            format!("Invalid RSA key in JSON Web Key; {name} parameter (\"{letter}\").")
        })
    };
    let mut numbers = Numbers {
        n: number(&jwk.n, "missing or invalid Modulus", "n")?,
        e: number(&jwk.e, "missing or invalid Exponent", "e")?,
        ..Numbers::default()
    };
    if jwk.d.is_some() {
        numbers.d = Some(number(&jwk.d, "missing or invalid Private Exponent", "d")?);
        let factors = [&jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi];
        match factors.iter().filter(|factor| factor.is_some()).count() {
            0 => {}
            5 => {
                numbers.factors = Some([
                    number(&jwk.p, "invalid First Prime Factor", "p")?,
                    number(&jwk.q, "invalid Second Prime Factor", "q")?,
                    number(&jwk.dp, "invalid First Factor CRT Exponent", "dp")?,
                    number(&jwk.dq, "invalid Second Factor CRT Exponent", "dq")?,
                    number(&jwk.qi, "invalid First CRT Coefficient", "qi")?,
                ]);
            }
            _ => {
                return Err(data(
                    "Invalid RSA private key in JSON Web Key; if one Prime Factor or CRT Exponent/Coefficient \
                     parameter is present, then they must all be present (\"p\", \"q\", \"dp\", \"dq\", \"qi\").",
                ));
            }
        }
    }
    Pkey::from_rsa_numbers(&numbers).map_err(refused)
}

/// The hash function in a name of JSON Web Algorithms, whichever of the schemes it is for.
fn hash_of_alg(scheme: RsaScheme, alg: &str) -> Option<Digest> {
    let number = match scheme {
        RsaScheme::Raw => alg.strip_prefix("RS")?,
        _ if alg == "RSA-OAEP" => "1",
        _ => match alg.strip_prefix("RSA-OAEP-") {
            Some("1") => return None,
            Some(number) => number,
            None => alg.strip_prefix("RS").or_else(|| alg.strip_prefix("PS"))?,
        },
    };
    [Digest::Sha1, Digest::Sha256, Digest::Sha384, Digest::Sha512]
        .into_iter()
        .find(|hash| sha_number(*hash) == Some(number))
}

/// The members of a JSON Web Key that only these algorithms have.
pub fn to_jwk(scheme: RsaScheme, hash: Option<Digest>, pkey: &Pkey, private: bool) -> Result<Jwk> {
    let hash =
        hash.ok_or_else(|| Error::Internal("a key of RSA-RAW has no name in JSON".into()))?;
    let number = sha_number(hash).ok_or_else(|| {
        not_supported(format!(
            "JWK export not supported for hash algorithm \"{}\".",
            name_of(hash)
        ))
    })?;
    let alg = match scheme {
        RsaScheme::Pkcs1 | RsaScheme::Raw => format!("RS{number}"),
        RsaScheme::Pss => format!("PS{number}"),
        RsaScheme::Oaep if number == "1" => "RSA-OAEP".to_owned(),
        RsaScheme::Oaep => format!("RSA-OAEP-{number}"),
    };
    let numbers = pkey.rsa_numbers().map_err(refused)?;
    let mut jwk = Jwk {
        kty: Text("RSA".to_owned()),
        alg: Some(alg),
        n: Some(encode(&numbers.n)),
        e: Some(encode(&numbers.e)),
        ..Jwk::default()
    };
    if private {
        let (Some(d), Some(factors)) = (&numbers.d, &numbers.factors) else {
            return Err(Error::Internal("a private key without factors".into()));
        };
        jwk.d = Some(encode(d));
        let [p, q, dp, dq, qi] = factors.each_ref().map(|number| Some(encode(number)));
        (jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi) = (p, q, dp, dq, qi);
    }
    Ok(jwk)
}

/// "Encrypt" and "Decrypt" of RSA-OAEP.
pub fn cipher(
    key: &Key,
    hash: Digest,
    direction: Direction,
    params: &EncryptParams,
    input: &[u8],
) -> Result<Vec<u8>> {
    let label = params.label.as_ref().map_or(&[][..], |label| &label.0);
    let kind = key.material.type_name();
    let done = match (direction, &key.material) {
        (Direction::Encrypt, Material::Public(pkey)) => pkey.oaep_encrypt(hash, label, input),
        (Direction::Decrypt, Material::Private(pkey)) => pkey.oaep_decrypt(hash, label, input),
        (Direction::Encrypt, _) => {
            return Err(access(format!(
                "Encryption/key wrapping only works with public keys, not \"{kind}\"."
            )));
        }
        (Direction::Decrypt, _) => {
            return Err(access(format!(
                "Decryption/key unwrapping only works with private keys, not \"{kind}\"."
            )));
        }
    };
    done.map_err(|reason| {
        operation(format!(
            "RSA-OAEP failed encrypt/decrypt{}",
            because(reason)
        ))
    })
}

/// Whether a key is large enough for a signature.
pub fn check_room(key: &Key, pkey: &Pkey, hash: Digest, padding: Scheme) -> Result<()> {
    let KeyAlgorithm::Rsa { .. } = key.algorithm else {
        return Ok(());
    };
    let size = pkey.rsa_size().map_err(refused)?;
    match padding {
        Scheme::Plain if hash.size() + 32 > size => Err(operation(format!(
            "key too small for signing with given digest, need at least {}bits.",
            8 * (hash.size() + 32)
        ))),
        Scheme::Pss { .. } if hash.size() + 2 > size => {
            Err(operation("key too small for signing with given digest"))
        }
        Scheme::Pss { salt } if salt as usize > size - hash.size() - 2 => Err(operation(
            "key too small for signing with given digest and salt length",
        )),
        _ => Ok(()),
    }
}

/// "Sign" of RSA-RAW.
pub fn sign_raw(key: &Key, input: &[u8]) -> Result<Vec<u8>> {
    let Material::Private(pkey) = &key.material else {
        return Err(data("Missing RSA key"));
    };
    let size = pkey.rsa_size().map_err(refused)?;
    if input.len() > size {
        return Err(data(format!(
            "Blind Signing requires presigned data ({} bytes) to be smaller than the key ({size} bytes).",
            input.len()
        )));
    }
    let modulus = pkey.rsa_numbers().map_err(refused)?.n;
    if input.len() == size && input >= modulus.as_slice() {
        return Err(data(
            "Blind Signing requires presigned data value to be strictly smaller than RSA keymodulus, consider using \
             a larger key size.",
        ));
    }
    if input.len() == size && input.iter().all(|byte| *byte == 0) {
        // Zero is its own signature, which the library takes for a mistake.
        return Ok(vec![0; size]);
    }
    pkey.rsa_raw(input).map_err(refused)
}
