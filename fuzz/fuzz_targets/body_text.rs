//! Any bytes as the texts that bodies are: forms of both kinds, event streams, and the MIME types and `data:` URLs that
//! tell of them.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use web::event_source::parser::Parser;
use web::fetch::data_url;
use web::form_data::multipart;
use web::mime::MimeType;
use web::url::pairs::Pairs;

fn events(bytes: &[u8], piece: usize) -> Vec<web::event_source::parser::Message> {
    let mut parser = Parser::default();
    let pieces = bytes.chunks(piece);
    pieces
        .flat_map(|piece| parser.feed(piece).expect("little enough"))
        .collect()
}

const SEEDS: &[&str] = &[
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; \
     name=\"c\"; filename=\"d \\\"e\"\r\nContent-Type: text/plain\r\n\r\n\r\n2\r\n\r\n--b--\r\n",
    "before --b\nContent-Disposition: form-data; name=\"a\"\nX: y\n\n1\n--b--",
    "\u{feff}: comment\nevent: kind\nid: 7\nretry: 12\ndata: one\ndata:two\n\ndata\r\rid\r\ndata: x\r\n\r\n",
    "text/html; charset=\"utf-8\"; a=b, application/json;c=\"d\\e\";;f",
    "data:text/plain;charset=utf-8;base64,aGVsbG8=",
    "data:,a%20b%zz#c",
    "a=b&c=%e4%bd%a0+d&&e&=f&%",
];

fuzz_target!(init: fuzz::plant(|| SEEDS.to_vec()), |bytes: &[u8]| {
    let body = Bytes::copy_from_slice(bytes);
    if let Ok(parts) = multipart::parse(&body, "b") {
        for part in parts {
            assert!(part.body.len() <= body.len());
        }
    }
    // Messages do not depend on the pieces that they come in.
    let whole = events(bytes, bytes.len().max(1));
    assert_eq!(events(bytes, 1), whole);
    assert_eq!(events(bytes, 3), whole);
    let text = String::from_utf8_lossy(bytes);
    let pairs = Pairs::parse(&text);
    let written = pairs.serialize();
    assert_eq!(Pairs::parse(&written).serialize(), written);
    if let Some(kind) = MimeType::parse(&text) {
        let written = kind.to_string();
        let again = MimeType::parse(&written).expect("what is written can be read");
        assert_eq!(again.to_string(), written);
    }
    let _ = MimeType::extract(&text);
    let _ = data_url::parse(&text);
    let _ = data_url::parse(&format!("data:{text}"));
});
