//! Any bytes as the texts that bodies are: forms, event streams, and the MIME types and `data:` URLs that tell of them.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use web::event_source::parser::Parser;
use web::fetch::data_url;
use web::form_data::multipart;
use web::mime::MimeType;

fn events(bytes: &[u8], piece: usize) -> Vec<web::event_source::parser::Message> {
    let mut parser = Parser::new(String::new());
    let pieces = bytes.chunks(piece);
    pieces
        .flat_map(|piece| parser.feed(piece).expect("little enough"))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
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
    if let Some(kind) = MimeType::parse(&text) {
        let written = kind.to_string();
        let again = MimeType::parse(&written).expect("what is written can be read");
        assert_eq!(again.to_string(), written);
    }
    let _ = MimeType::extract(&text);
    let _ = data_url::parse(&text);
    let _ = data_url::parse(&format!("data:{text}"));
});
