//! The ciphers of `node:crypto`: the class behind `Cipheriv` and `Decipheriv`.
//!
//! AEADs take their message in one update, so that no text is given out before it is known to be right. GCM
//! works piece by piece, as in Node: there it is the end that fails.

use std::cell::RefCell;

use evp::cipher::Direction;
use evp::stream::{Aead, Cipher, Running};
use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Uint8Array, Value};
use jsg::promise::Args;
use jsg::{Error, Handle, Lock, Result, Untraced};

use crate::crypto_natives::{bytes, number};

const FINALIZED: &str = "Cipher/decipher context has already been finalized";
const TAG_LENGTH: &str = "Invalid authentication tag length";
const BAD_NONCE: &str = "Invalid initialization vector";
const UNAUTHENTICATED: &str = "Cipher does not support authenticated mode";

/// The longest message that CCM takes with a nonce of 13 bytes, which all of its kinds here have.
const LONGEST_CCM: usize = 65535;

/// The longest tag of GCM.
const MOST_TAG: usize = 16;

enum Engine {
    Stream {
        running: Running,
        authenticated: bool,
    },
    Aead {
        aead: Aead,
        nonce: Vec<u8>,
        aad: Vec<u8>,
        is_ccm: bool,
        updated: bool,
    },
}

struct State {
    /// None once it is finished.
    engine: Option<Engine>,
    direction: Direction,
    /// None for a cipher that takes any.
    tag_length: Option<usize>,
    tag: Option<Vec<u8>>,
}

#[jsg::class]
pub struct CipherHandle {
    // It holds no handles.
    state: Untraced<RefCell<State>>,
}

fn valid_gcm_tag(length: usize) -> bool {
    // NIST SP 800-38D, 5.2.1.2.
    length == 4 || length == 8 || (12..=16).contains(&length)
}

fn open(
    name: &str,
    direction: Direction,
    key: &[u8],
    nonce: Vec<u8>,
    tag: Option<usize>,
) -> Result<State> {
    let known = name.to_ascii_lowercase();
    let state = |engine, tag_length| State {
        engine: Some(engine),
        direction,
        tag_length,
        tag: None,
    };
    if let Some(cipher) = Cipher::named(&known) {
        if !cipher.takes_nonce(nonce.len()) {
            return Err(Error::error(BAD_NONCE));
        }
        let authenticated = cipher.is_authenticated();
        if authenticated && tag.is_some_and(|tag| !valid_gcm_tag(tag)) {
            return Err(Error::error(TAG_LENGTH));
        }
        if !cipher.takes_key(key.len()) {
            return Err(Error::error("Invalid key length"));
        }
        let running = Running::new(cipher, direction, key, &nonce)
            .map_err(|_| Error::error("Failed to initialize cipher/cipher context"))?;
        let engine = Engine::Stream {
            running,
            authenticated,
        };
        return Ok(state(engine, tag.filter(|_| authenticated)));
    }
    let Some(length) = Aead::nonce_length(&known) else {
        let text = format!("Unknown or unsupported cipher: {name}");
        return Err(Error::error(text));
    };
    if nonce.len() != length {
        return Err(Error::error(BAD_NONCE));
    }
    let aead = Aead::new(&known, key, tag.unwrap_or(0))
        .map_err(|_| Error::error("Failed to initialize AEAD cipher/decipher context"))?;
    let tag_length = match tag {
        None if known == "chacha20-poly1305" => Some(16),
        Some(tag) if known.contains("-gcm-") && !valid_gcm_tag(tag) => {
            return Err(Error::error(TAG_LENGTH));
        }
        None if !known.contains("-gcm-") => {
            let text = format!("The auth tag length is required for cipher {name}");
            return Err(Error::error(text));
        }
        given => given,
    };
    let engine = Engine::Aead {
        aead,
        nonce,
        aad: Vec::new(),
        is_ccm: known.contains("-ccm-"),
        updated: false,
    };
    Ok(state(engine, tag_length))
}

/// `openCipher(encrypts, name, key, nonce, tagLength)`.
pub fn open_cipher<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Result<Local<'s, Value>> {
    let direction = match args.get(0).is_true() {
        true => Direction::Encrypt,
        false => Direction::Decrypt,
    };
    let name = args.get(1).to_rust_string_lossy(js);
    let key = bytes(js, args.get(2))?;
    let nonce = bytes(js, args.get(3))?;
    let given = args.get(4);
    let tag = (!given.is_undefined()).then(|| number(js, given) as usize);
    let handle = CipherHandle {
        state: Untraced(RefCell::new(open(&name, direction, &key, nonce, tag)?)),
    };
    Ok(Handle::new(js, handle).object().into())
}

impl State {
    fn engine(&mut self) -> Result<&mut Engine> {
        self.engine.as_mut().ok_or_else(|| Error::error(FINALIZED))
    }

    fn update(&mut self, data: &[u8]) -> Result<Vec<u8>> {
        let (direction, size) = (self.direction, self.tag_length.unwrap_or(16));
        let (aead, nonce, aad, is_ccm, updated) = match &mut self.engine {
            Some(Engine::Aead { updated: true, .. }) => {
                let text = "update() can only be invoked once on an AEAD";
                return Err(Error::error(text));
            }
            None => return Err(Error::error(FINALIZED)),
            Some(Engine::Stream { running, .. }) => {
                let output = running.update(data);
                return output.map_err(|_| Error::error("Failed to process data"));
            }
            Some(Engine::Aead {
                aead,
                nonce,
                aad,
                is_ccm,
                updated,
            }) => (aead, nonce, aad, *is_ccm, updated),
        };
        if is_ccm && data.len() > LONGEST_CCM {
            return Err(Error::error("Invalid message length"));
        }
        let output = if direction == Direction::Encrypt {
            let sealed = aead.seal(nonce, aad, data, size);
            let (output, tag) = sealed.map_err(|_| Error::error("Operation failed"))?;
            self.tag = Some(tag);
            output
        } else {
            let tag = self.tag.as_deref().ok_or_else(no_tag)?;
            aead.open(nonce, aad, data, tag).map_err(|_| {
                let text = "Decryption failed: Incorrect key/IV or corrupted ciphertext/authentication tag provided.";
                Error::dom("OperationError", text)
            })?
        };
        *updated = true;
        Ok(output)
    }

    fn finish(&mut self) -> Result<Vec<u8>> {
        let (direction, size) = (self.direction, self.tag_length.unwrap_or(16));
        let mut last = Vec::new();
        let tag = self.tag.take();
        if let Engine::Stream {
            running,
            authenticated,
        } = self.engine()?
        {
            let failed = |_| Error::error("Authentication failed");
            let authenticated = *authenticated;
            if authenticated && direction == Direction::Decrypt {
                let tag = tag.as_deref().ok_or_else(no_tag)?;
                let set = running.expect_tag(tag);
                set.map_err(|_| Error::error("Failed to set auth tag"))?;
            }
            last = running.finish().map_err(failed)?;
            if authenticated && direction == Direction::Encrypt {
                let mut tag = vec![0; size.min(MOST_TAG)];
                running.tag(&mut tag).map_err(failed)?;
                self.tag = Some(tag);
            }
        } else {
            self.tag = tag;
        }
        self.engine = None;
        Ok(last)
    }

    fn set_aad(&mut self, data: &[u8], text_length: Option<f64>) -> Result<()> {
        match self.engine()? {
            Engine::Stream {
                authenticated: false,
                ..
            } => Err(Error::error(UNAUTHENTICATED)),
            Engine::Stream { running, .. } => {
                let taken = running.additional_data(data);
                taken.map_err(|_| Error::error("Failed to set AAD"))
            }
            Engine::Aead { aad, is_ccm, .. } => {
                if *is_ccm {
                    let length = text_length.ok_or_else(|| {
                        Error::error("options.plaintextLength is required for CCM mode with AAD")
                    })?;
                    if length > LONGEST_CCM as f64 {
                        return Err(Error::error("Data too large"));
                    }
                }
                *aad = data.to_vec();
                Ok(())
            }
        }
    }

    fn set_tag(&mut self, tag: Vec<u8>) -> Result<()> {
        let is_gcm = match self.engine()? {
            Engine::Stream {
                authenticated: false,
                ..
            } => return Err(Error::error(UNAUTHENTICATED)),
            Engine::Stream { .. } => true,
            Engine::Aead { .. } => self.tag_length.is_none(),
        };
        if self.direction == Direction::Encrypt {
            let text = "Setting auth tag only support in decipher mode";
            return Err(Error::error(text));
        }
        if self.tag.is_some() {
            return Err(Error::error("Auth tag is already set"));
        }
        let fits = self.tag_length.is_none_or(|length| length == tag.len());
        if !fits || (is_gcm && !valid_gcm_tag(tag.len())) {
            return Err(Error::error(TAG_LENGTH));
        }
        self.tag_length = Some(tag.len());
        self.tag = Some(tag);
        Ok(())
    }

    fn take_tag(&mut self) -> Result<Vec<u8>> {
        if self.engine.is_some() {
            let text = "Auth tag is only available once cipher context has been finalized";
            return Err(Error::error(text));
        }
        Ok(self.tag.take().unwrap_or_default())
    }
}

fn no_tag() -> Error {
    Error::error("No auth tag provided")
}

#[jsg::methods]
impl CipherHandle {
    #[jsg(method)]
    fn update<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: ByteView<'s>,
    ) -> Result<Local<'s, Uint8Array>> {
        let mut state = self.state.0.borrow_mut();
        let output = data.with_bytes(js, |bytes| state.update(bytes))?;
        uint8_array(js, &output)
    }

    #[jsg(method)]
    fn finish<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let output = self.state.0.borrow_mut().finish()?;
        uint8_array(js, &output)
    }

    #[jsg(method, name = "setAAD")]
    fn set_aad<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: ByteView<'s>,
        text_length: Option<f64>,
    ) -> Result<()> {
        let mut state = self.state.0.borrow_mut();
        data.with_bytes(js, |bytes| state.set_aad(bytes, text_length))
    }

    #[jsg(method)]
    fn set_auto_padding(&self, pad: bool) -> Result<()> {
        match self.state.0.borrow_mut().engine()? {
            Engine::Stream { running, .. } => {
                let set = running.pad(pad);
                set.map_err(|_| Error::error("Failed to set autopadding"))
            }
            Engine::Aead { .. } => {
                let text = "Setting autopadding is not supported on AEADs";
                Err(Error::error(text))
            }
        }
    }

    #[jsg(method)]
    fn set_auth_tag<'s>(&self, js: &mut Lock<'s, '_>, tag: ByteView<'s>) -> Result<()> {
        let tag = tag.with_bytes(js, <[u8]>::to_vec);
        self.state.0.borrow_mut().set_tag(tag)
    }

    #[jsg(method)]
    fn get_auth_tag<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let tag = self.state.0.borrow_mut().take_tag()?;
        uint8_array(js, &tag)
    }
}
