//! Any bytes as a coded body, and as a plain one that is coded and decoded again. However much comes out of a coded one,
//! it comes a piece at a time. The first byte says which coding, the second in what pieces it comes.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use net::{Body, BodyError, Coding};
use web::compression::codec::{Codec, Format};
use web::compression::{decoded, encoded};

/// Enough of what comes out.
const ENOUGH: usize = 4 << 20;
/// The most that may come out at once.
const AT_ONCE: usize = 64 << 10;

fn body(bytes: &[u8], at_once: usize) -> Body {
    let pieces: Vec<_> = bytes
        .chunks(at_once)
        .map(|piece| Ok::<_, BodyError>(Bytes::copy_from_slice(piece)))
        .collect();
    Body::stream(futures::stream::iter(pieces), None)
}

async fn read(mut body: Body) -> Result<Vec<u8>, BodyError> {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await.transpose()? {
        assert!(!piece.is_empty() && piece.len() <= AT_ONCE);
        all.extend_from_slice(&piece);
        if all.len() > ENOUGH {
            break;
        }
    }
    Ok(all)
}

fn inflate(bytes: &[u8], at_once: usize, format: Format) {
    let mut codec = Codec::decompress(format);
    let (mut output, mut produced) = (vec![0; AT_ONCE], 0);
    let mut pieces = bytes.chunks(at_once).peekable();
    while let Some(mut piece) = pieces.next() {
        let is_last = pieces.peek().is_none();
        loop {
            let Ok(step) = codec.step(piece, is_last, &mut output) else {
                return;
            };
            piece = &piece[step.consumed..];
            produced += step.produced;
            if step.ended || produced > ENOUGH {
                return;
            }
            if step.consumed == 0 && step.produced == 0 {
                break;
            }
        }
    }
}

fn coding(kind: u8) -> Coding {
    match kind & 1 {
        0 => Coding::Gzip,
        _ => Coding::Brotli,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for plain in [&b"a"[..], &b"ab".repeat(500), &[0; 100_000]] {
        for kind in [0, 1] {
            let coded = fuzz::run(read(encoded(body(plain, 9000), coding(kind))));
            let coded = coded.expect("it can be coded");
            seeds.push([&[kind, 255], &coded[..]].concat());
            seeds.push([&[kind, 0], &coded[..], &coded[..]].concat());
        }
        for (kind, format) in [(2, Format::Deflate), (3, Format::DeflateRaw)] {
            let mut output = vec![0; 4096];
            let step = Codec::compress(format).step(plain, true, &mut output);
            let step = step.expect("it can be coded");
            seeds.push([&[kind, 255], &output[..step.produced]].concat());
        }
    }
    seeds.push([&[4, 7], &b"plain".repeat(20)[..]].concat());
    seeds.push([&[5, 7], &b"plain".repeat(20)[..]].concat());
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let Some((&[kind, piece], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let at_once = usize::from(piece) + 1;
    match kind % 6 {
        0 | 1 => drop(fuzz::run(read(decoded(body(bytes, at_once), coding(kind))))),
        2 => inflate(bytes, at_once, Format::Deflate),
        3 => inflate(bytes, at_once, Format::DeflateRaw),
        _ => {
            let coded = encoded(body(bytes, at_once), coding(kind));
            let again = fuzz::run(read(decoded(coded, coding(kind))));
            assert_eq!(again.as_deref(), Ok(bytes));
        }
    }
});
