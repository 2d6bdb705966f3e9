//! The class `URL` from before the flag `url_standard`.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use jsg::{Error, Handle, Lock, Ref, Result, Untraced};

use super::legacy::{self, LegacyRecord, Unprintable, UserInfo};
use super::legacy_search_params::LegacyUrlSearchParams;
use super::pairs;

/// A URL of the older kind. Its list of parameters is its query itself.
#[jsg::class(name = "URL")]
pub struct LegacyUrl {
    /// Plain text, shared with the list of parameters.
    record: Untraced<Rc<RefCell<LegacyRecord>>>,
    search_params: OnceCell<Ref<LegacyUrlSearchParams>>,
}

/// Parses `input` against `base` as this class does, and gives the serialized URL.
///
/// # Errors
/// The TypeErrors of the constructor.
pub fn parse(input: &str, base: Option<&str>) -> Result<String> {
    parse_record(input, base)?.serialize().map_err(unprintable)
}

fn parse_record(input: &str, base: Option<&str>) -> Result<LegacyRecord> {
    let mut record = match base {
        None => LegacyRecord::parse(input).ok_or_else(super::invalid)?,
        Some(base) => LegacyRecord::parse(base)
            .ok_or_else(|| Error::type_error("Invalid base URL string."))?
            .parse_relative(input)
            .ok_or_else(|| Error::type_error("Invalid relative URL string."))?,
    };
    record.normalize_port();
    Ok(record)
}

#[cold]
fn unprintable(what: Unprintable) -> Error {
    Error::type_error(match what {
        Unprintable::Host => "Invalid hostname when stringifying URL.",
        Unprintable::Path => "Invalid pathname when stringifying URL.",
    })
}

impl LegacyUrl {
    /// Changes a copy, and keeps it if the URL that it makes parses.
    fn try_change(&self, change: impl FnOnce(&mut LegacyRecord)) -> Result<()> {
        let mut copy = self.record.borrow().clone();
        change(&mut copy);
        let text = copy.serialize().map_err(unprintable)?;
        if let Some(parsed) = LegacyRecord::parse(&text) {
            *self.record.borrow_mut() = parsed;
        }
        Ok(())
    }

    fn set_host_and_normalize(&self, host: String) {
        let mut record = self.record.borrow_mut();
        record.host = host;
        record.normalize_port();
    }

    /// The host and, from its first colon on, the port.
    fn split_host(&self) -> (String, Option<String>) {
        let record = self.record.borrow();
        match record.host.split_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port.to_owned())),
            None => (record.host.clone(), None),
        }
    }
}

#[jsg::methods]
impl LegacyUrl {
    #[jsg(constructor)]
    fn new(url: String, base: Option<String>) -> Result<Self> {
        Ok(Self {
            record: Untraced(Rc::new(RefCell::new(parse_record(&url, base.as_deref())?))),
            search_params: OnceCell::new(),
        })
    }

    #[jsg(getter)]
    fn href(&self) -> Result<String> {
        self.record.borrow().serialize().map_err(unprintable)
    }

    #[jsg(setter)]
    fn set_href(&self, value: String) -> Result<()> {
        *self.record.borrow_mut() = LegacyRecord::parse(&value).ok_or_else(|| {
            Error::type_error(
                "Failed to set the 'href' property on 'URL': the provided value is not of type 'valid URL string'.",
            )
        })?;
        Ok(())
    }

    #[jsg(getter)]
    fn origin(&self) -> String {
        let record = self.record.borrow();
        if record.is_special() && record.scheme != "file" {
            format!("{}://{}", record.scheme, record.host)
        } else {
            "null".into()
        }
    }

    #[jsg(getter)]
    fn protocol(&self) -> String {
        format!("{}:", self.record.borrow().scheme)
    }

    #[jsg(setter)]
    fn set_protocol(&self, value: String) -> Result<()> {
        let scheme = value.split(':').next().unwrap_or_default().to_owned();
        self.try_change(|record| record.scheme = scheme)?;
        self.record.borrow_mut().normalize_port();
        Ok(())
    }

    #[jsg(getter)]
    fn username(&self) -> String {
        let record = self.record.borrow();
        let user_info = record.user_info.as_ref();
        user_info.map_or_else(String::new, |user| legacy::encode_user_info(&user.username))
    }

    #[jsg(setter)]
    fn set_username(&self, value: String) -> Result<()> {
        self.try_change(|record| {
            let user_info = record.user_info.get_or_insert_default();
            user_info.username = value.into_bytes();
        })
    }

    #[jsg(getter)]
    fn password(&self) -> String {
        let record = self.record.borrow();
        let user_info = record.user_info.as_ref();
        let password = user_info.and_then(|user| user.password.as_deref());
        password.map_or_else(String::new, legacy::encode_user_info)
    }

    #[jsg(setter)]
    fn set_password(&self, value: String) -> Result<()> {
        let password = (!value.is_empty()).then(|| value.into_bytes());
        self.try_change(|record| match &mut record.user_info {
            Some(user_info) => user_info.password = password,
            None if password.is_none() => {}
            none => {
                *none = Some(UserInfo {
                    password,
                    ..UserInfo::default()
                });
            }
        })
    }

    #[jsg(getter)]
    fn host(&self) -> String {
        self.record.borrow().host.clone()
    }

    #[jsg(setter)]
    fn set_host(&self, mut value: String) {
        if let (_, Some(port)) = self.split_host() {
            match value.find(':') {
                None => value = format!("{value}:{port}"),
                Some(colon) if colon + 1 == value.len() => value.push_str(&port),
                Some(_) => {}
            }
        }
        self.set_host_and_normalize(value);
    }

    #[jsg(getter)]
    fn hostname(&self) -> String {
        self.split_host().0
    }

    #[jsg(setter)]
    fn set_hostname(&self, value: String) {
        let mut host = value.split(':').next().unwrap_or_default().to_owned();
        if let (_, Some(port)) = self.split_host() {
            host = format!("{host}:{port}");
        }
        self.record.borrow_mut().host = host;
    }

    #[jsg(getter)]
    fn port(&self) -> String {
        self.split_host().1.unwrap_or_default()
    }

    #[jsg(setter)]
    fn set_port(&self, value: String) {
        self.set_host_and_normalize(format!("{}:{value}", self.split_host().0));
    }

    #[jsg(getter)]
    fn pathname(&self) -> String {
        let record = self.record.borrow();
        let mut out = String::new();
        for part in &record.path {
            out.push('/');
            legacy::encode_path(part, &mut out);
        }
        if record.has_trailing_slash || (record.path.is_empty() && record.is_special()) {
            out.push('/');
        }
        out
    }

    #[jsg(setter)]
    fn set_pathname(&self, value: String) {
        self.record.borrow_mut().set_path(&value);
    }

    #[jsg(getter)]
    fn search(&self) -> String {
        let mut out = String::new();
        self.record.borrow().serialize_query(&mut out);
        out
    }

    #[jsg(setter)]
    fn set_search(&self, value: String) {
        if let Some(query) = legacy::parse_query(pairs::without_question_mark(&value)) {
            self.record.borrow_mut().query = query;
        }
    }

    #[jsg(getter)]
    fn search_params<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, LegacyUrlSearchParams> {
        if let Some(params) = self.search_params.get() {
            return params.get(js);
        }
        let params = LegacyUrlSearchParams::of_record(Rc::clone(&self.record));
        let params = Handle::new(js, params);
        self.search_params
            .get_or_init(|| Ref::new(js, params))
            .get(js)
    }

    #[jsg(getter)]
    fn hash(&self) -> String {
        let mut out = String::new();
        if let Some(fragment) = &self.record.borrow().fragment
            && !fragment.is_empty()
        {
            out.push('#');
            legacy::encode_fragment(fragment, &mut out);
        }
        out
    }

    #[jsg(setter)]
    fn set_hash(&self, value: String) {
        let fragment = value.strip_prefix('#').unwrap_or(&value);
        self.record.borrow_mut().fragment = Some(legacy::decode_fragment(fragment));
    }

    #[jsg(method, name = "toString")]
    #[jsg(method, name = "toJSON")]
    fn stringify(&self) -> Result<String> {
        self.href()
    }
}
