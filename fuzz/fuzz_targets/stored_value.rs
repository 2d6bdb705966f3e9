//! Any bytes as a token, and as a value whose references move to their places: both end.

#![no_main]

use io::inline::{Places, inline};
use io::token::{Kind, Named, Referent, Restored, Token, Written};
use libfuzzer_sys::fuzz_target;

fn tokens() -> Vec<Token> {
    let named = Named {
        service: "service".into(),
        entrypoint: Some("Entrypoint".into()),
        props: Some(Written::Json("{\"a\":1}".into())),
    };
    let token = |to| Token {
        to,
        is_persistent: true,
    };
    let object = token(Referent::Object {
        key: "key".into(),
        id: vec![7; 32],
        name: Some("name".into()),
    });
    let restored = Restored {
        kind: Kind::Stub,
        vendor: Box::new(object.clone()),
        params: Written::Clone {
            data: b"\xff\x0f_".to_vec(),
            tokens: vec![object.clone(), token(Referent::Class(named.clone()))],
        },
    };
    vec![
        object,
        token(Referent::Service(named)),
        token(Referent::Restored(restored)),
    ]
}

/// Values as V8 writes them, some with a reference before them.
const VALUES: &[&[u8]] = &[
    b"\xff\x0fo\"\x01aI\x02\"\x01b\"\x01c{\x02",
    b"\xff\x0fA\x03I\x02_0\x00\x03",
    b"\xff\x0f;I\x02\"\x01a:\x02'I\x02,\x01",
    b"\xff\x0fD\x00\x00\x00\x00\x00\x00\xf0?",
    b"\xff\x0fB\x04\x01\x02\x03\x04VB\x00\x04\x00",
    b"\xff\x0fR\"\x01a\x00",
    b"\xff\x0fr\"\x01am\"\x01bs\"\x01c.",
    b"\xff\x0f\\\x01\xff\x0fo\"\x01a^\x00{\x01",
    b"\xff\x0fa\x02I\x02@\x00\x02",
];

fn seeds() -> Vec<Vec<u8>> {
    let tokens = tokens();
    let written = tokens.iter().map(Token::write);
    written
        .chain(VALUES.iter().map(|value| value.to_vec()))
        .collect()
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    if let Some(token) = Token::read_stored(bytes) {
        assert_eq!(Token::read_stored(&token.write()), Some(token));
    }
    if let Some(token) = Token::read(bytes) {
        assert_eq!(Token::read(&token.write()), Some(token));
    }
    for places in [Places::Ordered, Places::Numbered, Places::Stored] {
        for references in 0..3 {
            if let Ok(inlined) = inline(bytes, references, places) {
                assert!(inlined.order.len() <= bytes.len());
            }
        }
    }
});
