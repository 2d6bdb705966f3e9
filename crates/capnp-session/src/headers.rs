//! Headers (`HttpHeader`): names by number or by themselves, and values, which are bytes.

use capnp::Error;
use http::{HeaderMap, HeaderName, HeaderValue};
use net::common_headers::COMMON_HEADERS;

use crate::layout::{List, New, Result};
use crate::schema::header;

/// More headers are not read.
const MOST_HEADERS: u32 = 4096;

/// The value that has a number.
const COMMON_VALUE: HeaderValue = HeaderValue::from_static("gzip, deflate");

#[cold]
pub fn malformed(what: &str) -> Error {
    Error::failed(format!("an HTTP message with a broken {what}"))
}

pub fn read_headers(list: List<'_>) -> Result<HeaderMap> {
    if list.len() > MOST_HEADERS {
        return Err(malformed("list of headers"));
    }
    let mut headers = HeaderMap::with_capacity(list.len() as usize);
    for entry in list.iter() {
        let (name, value) = match entry.u16(4) {
            header::COMMON => {
                let known = usize::from(entry.u16(0)).checked_sub(1); // common.name
                let name = known.and_then(|known| COMMON_HEADERS.get(known));
                let name = name.ok_or_else(|| malformed("header"))?;
                let value = match entry.u16(2) {
                    header::COMMON_VALUE => COMMON_VALUE,
                    header::VALUE => read_value(entry.text_bytes(0)?)?,
                    _ => return Err(malformed("header")),
                };
                (HeaderName::from_static(name), value)
            }
            header::UNCOMMON => {
                let pair = entry.fields(0)?; // uncommon
                let name = HeaderName::from_bytes(pair.text(0)?.as_bytes()); // name
                (
                    name.map_err(|_| malformed("header"))?,
                    read_value(pair.text_bytes(1)?)?,
                ) // value
            }
            _ => return Err(malformed("header")),
        };
        headers.append(name, value);
    }
    Ok(headers)
}

fn read_value(text: &[u8]) -> Result<HeaderValue> {
    HeaderValue::from_bytes(text).map_err(|_| malformed("header"))
}

/// Writes them as the list in a field.
pub fn write_headers<const D: u16, const P: u16>(
    to: &mut New<'_, D, P>,
    at: usize,
    headers: &HeaderMap,
) {
    let mut list = to.list::<2, 1>(at, headers.len() as u32);
    for (index, (name, value)) in headers.iter().enumerate() {
        let mut entry = list.reborrow().get(index as u32);
        entry.u16(4, header::UNCOMMON);
        let mut pair = entry.fields::<0, 2>(0);
        pair.text(0, name.as_str());
        pair.text_bytes(1, value.as_bytes());
    }
}
