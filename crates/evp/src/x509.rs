//! Certificates (X.509, RFC 5280): what they say, and whom they are for. Texts are bytes as the library writes them.

use std::ffi::{CStr, CString, c_char, c_int, c_ulong, c_void};

use aws_lc_sys as sys;

use crate::pem::{allocated, reader, with_passphrase, written};
use crate::pkey::Pkey;
use crate::{Owned, Refused, Result, bytes_of, check, refused};

/// A certificate.
pub struct Certificate(Owned<sys::X509>);

/// Whom or what a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GeneralName {
    Dns(Vec<u8>),
    Email(Vec<u8>),
    Uri(Vec<u8>),
    Directory(Vec<u8>),
    Ip(Vec<u8>),
    Registered(Vec<u8>),
    Other,
    X400,
    EdiParty,
}

/// Where something can be learnt: how, and where.
pub type Place = (Vec<u8>, GeneralName);

/// Which names a host is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostRules {
    pub no_wildcards: bool,
    /// Whether the subject's common name counts; unset, it does where no other name of a host is there.
    pub subject: Option<bool>,
}

/// That a name cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongName;

impl HostRules {
    fn flags(self) -> u32 {
        let wildcards = if self.no_wildcards {
            sys::X509_CHECK_FLAG_NO_WILDCARDS
        } else {
            0
        };
        let subject = match self.subject {
            Some(true) => sys::X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT,
            Some(false) => sys::X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
            None => 0,
        };
        (wildcards | subject) as u32
    }
}

/// One attribute a line, without escapes of other alphabets.
const LINES: i32 = sys::ASN1_STRFLGS_ESC_2253
    | sys::ASN1_STRFLGS_ESC_CTRL
    | sys::ASN1_STRFLGS_UTF8_CONVERT
    | sys::XN_FLAG_SEP_MULTILINE
    | sys::XN_FLAG_FN_SN;
/// RFC 4514 without those escapes.
const LINE: i32 = sys::XN_FLAG_RFC2253 & !sys::ASN1_STRFLGS_ESC_MSB & !sys::ASN1_STRFLGS_ESC_CTRL;

/// The elements of one of the library's stacks.
///
/// # Safety
/// It is a stack of pointers to such elements, and outlives their use.
unsafe fn elements<T>(stack: *const c_void) -> impl Iterator<Item = *const T> {
    // SAFETY: the caller's.
    let count = unsafe { sys::OPENSSL_sk_num(stack.cast()) };
    (0..count).map(move |i| {
        // SAFETY: the caller's; the index is below the count.
        let element = unsafe { sys::OPENSSL_sk_value(stack.cast(), i) };
        element.cast_const().cast()
    })
}

/// # Safety
/// `object` is valid.
unsafe fn object_text(object: *const sys::ASN1_OBJECT, numeric: bool) -> Vec<u8> {
    let mut text = [0; 256];
    // SAFETY: E1, and the caller's. The text ends with a zero, cut to the buffer.
    let size = unsafe {
        sys::OBJ_obj2txt(
            text.as_mut_ptr(),
            text.len() as c_int,
            object,
            c_int::from(numeric),
        )
    };
    let size = size.clamp(0, text.len() as c_int - 1) as usize;
    text[..size].iter().map(|byte| *byte as u8).collect()
}

/// # Safety
/// `string` is valid.
unsafe fn string_bytes(string: *const sys::ASN1_STRING) -> Vec<u8> {
    // SAFETY: the caller's; the string has so many bytes.
    unsafe {
        let size = sys::ASN1_STRING_length(string) as usize;
        let data = sys::ASN1_STRING_get0_data(string);
        if data.is_null() || size == 0 {
            return Vec::new();
        }
        std::slice::from_raw_parts(data, size).to_vec()
    }
}

fn name_text(name: *const sys::X509_NAME, flags: i32) -> Result<Vec<u8>> {
    // SAFETY: names come from certificates, which keep them.
    written(|bio| unsafe {
        c_int::from(sys::X509_NAME_print_ex(bio, name, 0, flags as c_ulong) > 0)
    })
}

/// # Safety
/// `name` is valid.
unsafe fn general_name(name: *const sys::GENERAL_NAME) -> Result<GeneralName> {
    // SAFETY: the caller's; the type says which part of the union is there.
    unsafe {
        let part = (*name).d;
        Ok(match (*name).type_ {
            sys::GEN_DNS => GeneralName::Dns(string_bytes(part.dNSName.cast())),
            sys::GEN_EMAIL => GeneralName::Email(string_bytes(part.rfc822Name.cast())),
            sys::GEN_URI => GeneralName::Uri(string_bytes(part.uniformResourceIdentifier.cast())),
            sys::GEN_DIRNAME => GeneralName::Directory(name_text(part.dirn, LINE)?),
            sys::GEN_IPADD => GeneralName::Ip(string_bytes(part.ip.cast())),
            sys::GEN_RID => GeneralName::Registered(object_text(part.rid, true)),
            sys::GEN_X400 => GeneralName::X400,
            sys::GEN_EDIPARTY => GeneralName::EdiParty,
            _ => GeneralName::Other,
        })
    }
}

impl Certificate {
    /// The first one in a PEM, or one in DER; bytes may follow it.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bio = reader(bytes)?;
        // SAFETY: E2; the callback is for this pointer; a null certificate asks for a fresh one.
        let found = with_passphrase(None, |callback, user| unsafe {
            sys::PEM_read_bio_X509_AUX(bio.get(), std::ptr::null_mut(), callback, user)
        });
        if let Ok(found) = Owned::new(found, sys::X509_free) {
            return Ok(Self(found));
        }
        let size = bytes.len().try_into().map_err(|_| Refused::Unknown)?;
        let mut at = bytes.as_ptr();
        // SAFETY: E1.
        let found = unsafe { sys::d2i_X509(std::ptr::null_mut(), &mut at, size) };
        Ok(Self(Owned::new(found, sys::X509_free)?))
    }

    fn subject_name(&self) -> *const sys::X509_NAME {
        // SAFETY: E2; the certificate keeps it.
        unsafe { sys::X509_get_subject_name(self.0.get()) }
    }

    fn issuer_name(&self) -> *const sys::X509_NAME {
        // SAFETY: as above.
        unsafe { sys::X509_get_issuer_name(self.0.get()) }
    }

    pub fn subject(&self) -> Result<Vec<u8>> {
        name_text(self.subject_name(), LINES)
    }

    pub fn issuer(&self) -> Result<Vec<u8>> {
        name_text(self.issuer_name(), LINES)
    }

    /// The attributes of the subject: short names, or numbers, and values.
    pub fn subject_attributes(&self) -> Result<Vec<[Vec<u8>; 2]>> {
        attributes(self.subject_name())
    }

    pub fn issuer_attributes(&self) -> Result<Vec<[Vec<u8>; 2]>> {
        attributes(self.issuer_name())
    }

    /// An extension; none if it is not there.
    fn extension<T>(&self, id: i32, free: unsafe extern "C" fn(*mut T)) -> Option<Owned<T>> {
        let none = std::ptr::null_mut();
        // SAFETY: E2; the callers name the type that the extension has.
        let found = unsafe { sys::X509_get_ext_d2i(self.0.get(), id, none, none) };
        Owned::new(found.cast(), free).ok()
    }

    pub fn alternative_names(&self) -> Option<Result<Vec<GeneralName>>> {
        let names = self.extension(sys::NID_subject_alt_name, sys::GENERAL_NAMES_free)?;
        // SAFETY: E2: a stack of names.
        Some(unsafe {
            elements(names.get().cast())
                .map(|name| general_name(name))
                .collect()
        })
    }

    /// Where more can be learnt.
    pub fn information(&self) -> Option<Result<Vec<Place>>> {
        let access = self.extension(sys::NID_info_access, sys::AUTHORITY_INFO_ACCESS_free)?;
        // SAFETY: E2: a stack of descriptions, which have both parts.
        Some(unsafe {
            elements::<sys::ACCESS_DESCRIPTION>(access.get().cast())
                .map(|one| {
                    Ok((
                        object_text((*one).method, false),
                        general_name((*one).location)?,
                    ))
                })
                .collect()
        })
    }

    /// What the key may be used for, as numbers of object identifiers.
    pub fn extended_usage(&self) -> Option<Vec<Vec<u8>>> {
        let usage = self.extension(sys::NID_ext_key_usage, sys::EXTENDED_KEY_USAGE_free)?;
        // SAFETY: E2: a stack of object identifiers.
        Some(unsafe {
            elements(usage.get().cast())
                .map(|object| object_text(object, true))
                .collect()
        })
    }

    pub fn valid_from(&self) -> Result<Vec<u8>> {
        // SAFETY: E2; the certificate keeps the time.
        written(|bio| unsafe { sys::ASN1_TIME_print(bio, sys::X509_get0_notBefore(self.0.get())) })
    }

    pub fn valid_to(&self) -> Result<Vec<u8>> {
        // SAFETY: as above.
        written(|bio| unsafe { sys::ASN1_TIME_print(bio, sys::X509_get0_notAfter(self.0.get())) })
    }

    /// The serial number, big-endian.
    pub fn serial(&self) -> Result<Vec<u8>> {
        // SAFETY: E2; the certificate keeps its number, and a null one asks for a fresh copy.
        let number = unsafe {
            let serial = sys::X509_get0_serialNumber(self.0.get());
            sys::ASN1_INTEGER_to_BN(serial, std::ptr::null_mut())
        };
        let number = Owned::new(number, sys::BN_free)?;
        // SAFETY: E2.
        unsafe { bytes_of(number.get(), 1) }.ok_or(Refused::Unknown)
    }

    pub fn der(&self) -> Result<Vec<u8>> {
        allocated(|out, size| {
            // SAFETY: E2; a null output asks for one of the library's.
            let written = unsafe { sys::i2d_X509(self.0.get(), out) };
            *size = written.max(0) as usize;
            c_int::from(written > 0)
        })
    }

    pub fn pem(&self) -> Result<Vec<u8>> {
        // SAFETY: E2.
        written(|bio| unsafe { sys::PEM_write_bio_X509(bio, self.0.get()) })
    }

    /// Whether it is one of an authority.
    pub fn is_authority(&self) -> bool {
        // SAFETY: E2; the library caches in the object, under its own lock.
        unsafe { sys::X509_check_ca(self.0.get()) == 1 }
    }

    pub fn public_key(&self) -> Result<Pkey> {
        // SAFETY: E2; gives a reference of its own.
        let key = unsafe { sys::X509_get_pubkey(self.0.get()) };
        Ok(Pkey(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// The name in it that is the host's.
    pub fn check_host(&self, host: &[u8], rules: HostRules) -> Result<Option<Vec<u8>>, WrongName> {
        let mut found: *mut c_char = std::ptr::null_mut();
        // SAFETY: E1, E2.
        let result = unsafe {
            sys::X509_check_host(
                self.0.get(),
                host.as_ptr().cast(),
                host.len(),
                rules.flags(),
                &mut found,
            )
        };
        if !answer(result)? {
            return Ok(None);
        }
        if found.is_null() {
            return Ok(Some(host.to_vec()));
        }
        // SAFETY: the library has given a text that ends with a zero.
        let name = unsafe { CStr::from_ptr(found) }.to_bytes().to_vec();
        // SAFETY: and it is ours to free.
        unsafe { sys::OPENSSL_free(found.cast()) };
        Ok(Some(name))
    }

    pub fn check_email(&self, email: &[u8], rules: HostRules) -> Result<bool, WrongName> {
        // SAFETY: E1, E2.
        answer(unsafe {
            sys::X509_check_email(
                self.0.get(),
                email.as_ptr().cast(),
                email.len(),
                rules.flags(),
            )
        })
    }

    pub fn check_ip(&self, address: &str) -> Result<bool, WrongName> {
        let address = CString::new(address).map_err(|_| WrongName)?;
        // SAFETY: E2; the text ends with a zero.
        answer(unsafe { sys::X509_check_ip_asc(self.0.get(), address.as_ptr(), 0) })
    }

    /// Whether the names and identifiers say so.
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        // SAFETY: E2.
        unsafe { sys::X509_check_issued(issuer.0.get(), self.0.get()) == sys::X509_V_OK }
    }

    pub fn is_signed_by(&self, key: &Pkey) -> bool {
        // SAFETY: E2.
        check(unsafe { sys::X509_verify(self.0.get(), key.0.get()) }).is_ok()
    }

    pub fn is_of(&self, private: &Pkey) -> bool {
        // SAFETY: E2.
        check(unsafe { sys::X509_check_private_key(self.0.get(), private.0.get()) }).is_ok()
    }
}

fn answer(result: c_int) -> Result<bool, WrongName> {
    match result {
        1 => Ok(true),
        0 => Ok(false),
        _ => {
            refused();
            Err(WrongName)
        }
    }
}

fn attributes(name: *const sys::X509_NAME) -> Result<Vec<[Vec<u8>; 2]>> {
    // SAFETY: names come from certificates, which keep them and their entries.
    unsafe {
        (0..sys::X509_NAME_entry_count(name))
            .map(|i| {
                let entry = sys::X509_NAME_get_entry(name, i);
                let object = sys::X509_NAME_ENTRY_get_object(entry);
                let id = sys::OBJ_obj2nid(object);
                let short = sys::OBJ_nid2sn(id);
                let key = if id == sys::NID_undef || short.is_null() {
                    object_text(object, true)
                } else {
                    CStr::from_ptr(short).to_bytes().to_vec()
                };
                let data = sys::X509_NAME_ENTRY_get_data(entry);
                let value = allocated(|out, size| {
                    let written = sys::ASN1_STRING_to_UTF8(out, data);
                    *size = written.max(0) as usize;
                    c_int::from(written >= 0)
                })?;
                Ok([key, value])
            })
            .collect()
    }
}
