//! Heads of requests and responses: first line, headers, and of the extensions those that have a meaning.

use bytes::{Bytes, BytesMut};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use http::{request, response};
use io::channel::{CfBlob, WrittenUrl};
use net::OddHeaders;

use super::{Reader, Wire, write_bytes};
use crate::Malformed;

const HEAD: Malformed = Malformed("a head that is not one of HTTP");

impl Wire for request::Parts {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self.method.as_str().as_bytes(), to);
        self.uri.to_string().write(to);
        self.headers.write(to);
        let blob = self.extensions.get::<CfBlob>();
        blob.map(|blob| blob.0.clone()).write(to);
        let written = self.extensions.get::<WrittenUrl>();
        written.map(|url| url.0.clone()).write(to);
        self.extensions.get::<OddHeaders>().cloned().write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = Method::from_bytes(&Bytes::read(from)?).map_err(|_| HEAD)?;
        head.uri = Uri::try_from(String::read(from)?).map_err(|_| HEAD)?;
        head.headers = Wire::read(from)?;
        head.extensions = Extensions::new();
        if let Some(blob) = Option::<String>::read(from)? {
            head.extensions.insert(CfBlob(blob));
        }
        if let Some(url) = Option::<String>::read(from)? {
            head.extensions.insert(WrittenUrl(url));
        }
        read_odd_headers(&mut head.extensions, from)?;
        Ok(head)
    }
}

impl Wire for response::Parts {
    fn write(&self, to: &mut BytesMut) {
        self.status.as_u16().write(to);
        self.headers.write(to);
        let reason = net::reason(&self.extensions);
        reason.map(str::to_owned).write(to);
        self.extensions.get::<OddHeaders>().cloned().write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let (mut head, ()) = http::Response::new(()).into_parts();
        head.status = StatusCode::from_u16(u16::read(from)?).map_err(|_| HEAD)?;
        head.headers = Wire::read(from)?;
        if let Some(reason) = Option::<String>::read(from)? {
            net::set_reason(&mut head.extensions, &reason);
        }
        read_odd_headers(&mut head.extensions, from)?;
        Ok(head)
    }
}

fn read_odd_headers(extensions: &mut Extensions, from: &mut Reader) -> Result<(), Malformed> {
    if let Some(odd) = Option::<OddHeaders>::read(from)? {
        extensions.insert(odd);
    }
    Ok(())
}

impl Wire for OddHeaders {
    fn write(&self, to: &mut BytesMut) {
        self.0.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Wire::read(from).map(Self)
    }
}

impl Wire for HeaderMap {
    fn write(&self, to: &mut BytesMut) {
        self.len().write(to);
        for (name, value) in self {
            write_bytes(name.as_str().as_bytes(), to);
            write_bytes(value.as_bytes(), to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let count = from.count()?;
        let mut headers = Self::new();
        for _ in 0..count {
            let name = HeaderName::from_bytes(&Bytes::read(from)?).map_err(|_| HEAD)?;
            let value = HeaderValue::from_maybe_shared(Bytes::read(from)?).map_err(|_| HEAD)?;
            headers.try_append(name, value).map_err(|_| HEAD)?;
        }
        Ok(headers)
    }
}
