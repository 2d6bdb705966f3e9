//! The class `URL` under the flag `url_standard` (URL §6.1).

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use jsg::convert::{UsvString, one_byte_string};
use jsg::js::{Local, String as JsString};
use jsg::{Call, Error, Handle, Lock, Nullable, Ref, Result};

use super::{UrlSearchParams, invalid, parse_record};

/// A URL.
#[jsg::class(name = "URL")]
pub struct Url {
    /// Shared with the list of parameters, which would else have to refer to this object: a cycle in
    /// the JavaScript heap costs each short-lived URL far more than a count.
    record: Rc<RefCell<ada_url::Url>>,
    search_params: OnceCell<Ref<UrlSearchParams>>,
}

impl Url {
    fn parsed(input: &str, base: Option<&str>) -> Option<Self> {
        Some(Self {
            record: Rc::new(RefCell::new(parse_record(input, base)?)),
            search_params: OnceCell::new(),
        })
    }

    /// The serialized URL.
    pub fn serialized(&self) -> String {
        self.record.borrow().href().to_owned()
    }

    /// Reads the record; the text is ASCII (U1).
    fn part<'s>(
        &self,
        js: &Lock<'s, '_>,
        part: fn(&ada_url::Url) -> &str,
    ) -> Result<Local<'s, JsString>> {
        one_byte_string(js, part(&self.record.borrow()).as_bytes())
    }

    /// Brings the list of parameters in line with a query that has changed.
    fn reset_search_params(&self, js: &mut Lock<'_, '_>) {
        if let Some(params) = self.search_params.get() {
            params.get(js).reset(self.record.borrow().search());
        }
    }
}

/// The setters but that of `href` leave a URL as it is when the value does not fit.
fn keep(_: std::result::Result<(), ()>) {}

#[jsg::methods]
impl Url {
    #[jsg(constructor)]
    fn new(url: UsvString, base: Option<UsvString>) -> Result<Self> {
        let base = base.as_ref().map(|base| base.0.as_str());
        Self::parsed(&url.0, base).ok_or_else(invalid)
    }

    #[jsg(prototype_getter)]
    fn origin(&self) -> String {
        self.record.borrow().origin()
    }

    #[jsg(prototype_getter)]
    fn href<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::href)
    }

    #[jsg(setter)]
    fn set_href(&self, js: &mut Lock<'_, '_>, value: UsvString) -> Result<()> {
        let changed = self.record.borrow_mut().set_href(&value.0);
        if changed.is_err() {
            return Err(Error::type_error(
                "Failed to set the 'href' property on 'URL': the provided value is not of type 'valid URL string'.",
            ));
        }
        self.reset_search_params(js);
        Ok(())
    }

    #[jsg(prototype_getter)]
    fn protocol<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::protocol)
    }

    #[jsg(setter)]
    fn set_protocol(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_protocol(&value.0));
    }

    #[jsg(prototype_getter)]
    fn username<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::username)
    }

    #[jsg(setter)]
    fn set_username(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_username(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn password<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::password)
    }

    #[jsg(setter)]
    fn set_password(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_password(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn host<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::host)
    }

    #[jsg(setter)]
    fn set_host(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_host(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn hostname<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::hostname)
    }

    #[jsg(setter)]
    fn set_hostname(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_hostname(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn port<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::port)
    }

    #[jsg(setter)]
    fn set_port(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_port(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn pathname<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::pathname)
    }

    #[jsg(setter)]
    fn set_pathname(&self, value: UsvString) {
        keep(self.record.borrow_mut().set_pathname(Some(&value.0)));
    }

    #[jsg(prototype_getter)]
    fn search<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::search)
    }

    #[jsg(setter)]
    fn set_search(&self, js: &mut Lock<'_, '_>, value: UsvString) {
        self.record.borrow_mut().set_search(Some(&value.0));
        self.reset_search_params(js);
    }

    #[jsg(prototype_getter)]
    fn hash<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.part(js, ada_url::Url::hash)
    }

    #[jsg(setter)]
    fn set_hash(&self, value: UsvString) {
        self.record.borrow_mut().set_hash(Some(&value.0));
    }

    #[jsg(prototype_getter)]
    fn search_params<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, UrlSearchParams> {
        if let Some(params) = self.search_params.get() {
            return params.get(js);
        }
        let params = Handle::new(js, UrlSearchParams::of_url(Rc::clone(&self.record)));
        self.search_params
            .get_or_init(|| Ref::new(js, params))
            .get(js)
    }

    #[jsg(method, name = "toJSON")]
    #[jsg(method, name = "toString")]
    fn stringify<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        self.href(js)
    }

    #[jsg(static_method)]
    fn can_parse(url: UsvString, base: Option<UsvString>) -> bool {
        ada_url::Url::can_parse(&url.0, base.as_ref().map(|base| base.0.as_str()))
    }

    #[jsg(static_method)]
    fn parse<'s>(
        js: &mut Lock<'s, '_>,
        url: UsvString,
        base: Option<UsvString>,
    ) -> Nullable<Handle<'s, Self>> {
        let base = base.as_ref().map(|base| base.0.as_str());
        Nullable(Self::parsed(&url.0, base).map(|url| Handle::new(js, url)))
    }

    #[jsg(static_method, name = "createObjectURL", length = 1)]
    fn create_object_url(js: &mut Lock<'_, '_>, call: &Call<'_>) -> Result<()> {
        let class = Local::<jsg::js::Object>::try_from(call.value(0))
            .ok()
            .and_then(|object| jsg::class::wrap::class_of(js, object));
        match class {
            Some(class) if matches!(class.name, "File" | "Blob") => {
                Err(Error::error("URL.createObjectURL() is not implemented"))
            }
            _ => Err(call.member().argument_error(0, "File or Blob")),
        }
    }

    #[jsg(static_method, name = "revokeObjectURL")]
    fn revoke_object_url(_url: UsvString) -> Result<()> {
        Err(Error::error("URL.revokeObjectURL() is not implemented"))
    }
}
