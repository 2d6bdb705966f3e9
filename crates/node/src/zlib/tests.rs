//! Coders, in small steps and with what is broken.

use super::deflate::{Mode, Settings};
use super::{Coder, End, brotli, deflate};

const NO_FLUSH: u32 = 0;
const FINISH: u32 = 4;
const BROTLI_FINISH: u32 = 2;

fn zlib(mode: Mode) -> Box<dyn Coder> {
    with_dictionary(mode, b"")
}

fn with_dictionary(mode: Mode, dictionary: &[u8]) -> Box<dyn Coder> {
    deflate::open(Settings {
        mode,
        level: -1,
        window_bits: 15,
        mem_level: 8,
        strategy: 0,
        dictionary: dictionary.to_vec(),
    })
}

/// All that a coder makes of `input`, with little room at a time.
fn run(coder: &mut dyn Coder, input: &[u8], flush: u32) -> Result<Vec<u8>, String> {
    let mut made = Vec::new();
    let mut room = [0; 5];
    let mut at = 0;
    loop {
        let step = coder.step(&input[at..], flush, &mut room);
        at += step.consumed;
        made.extend_from_slice(&room[..step.produced]);
        match step.end {
            End::Finished => return Ok(made),
            End::Failed(failure) => return Err(failure.message.into_owned()),
            End::Open if step.produced < room.len() => return Ok(made),
            End::Open => {}
        }
    }
}

#[test]
fn what_was_coded_is_decoded() {
    let data: Vec<u8> = (0..10_000_u32).map(|n| ((n * n) >> 5) as u8).collect();
    let pairs = [
        (Mode::Deflate, Mode::Inflate),
        (Mode::Gzip, Mode::Gunzip),
        (Mode::DeflateRaw, Mode::InflateRaw),
        (Mode::Gzip, Mode::Unzip),
        (Mode::Deflate, Mode::Unzip),
    ];
    for (code, decode) in pairs {
        let coded = run(&mut *zlib(code), &data, FINISH).unwrap();
        assert_eq!(
            run(&mut *zlib(decode), &coded, FINISH).unwrap(),
            data,
            "{code:?}"
        );
    }
    let mut encoder = brotli::encoder(vec![(1, 5)]).unwrap();
    let coded = run(&mut *encoder, &data, BROTLI_FINISH).unwrap();
    assert_eq!(
        run(&mut *brotli::decoder(), &coded, BROTLI_FINISH).unwrap(),
        data
    );
}

#[test]
fn members_of_gzip_follow_each_other() {
    let mut all = run(&mut *zlib(Mode::Gzip), b"abc", FINISH).unwrap();
    all.extend(run(&mut *zlib(Mode::Gzip), b"def", FINISH).unwrap());
    all.extend([0, 0]);
    assert_eq!(
        run(&mut *zlib(Mode::Unzip), &all, FINISH).unwrap(),
        b"abcdef"
    );
    all.push(b'x');
    let last = all.len();
    all[last - 3] = b'x';
    let error = run(&mut *zlib(Mode::Gunzip), &all, FINISH).unwrap_err();
    assert_eq!(error, "incorrect header check");
}

#[test]
fn failures_have_texts() {
    let failure = |mode, input: &[u8]| run(&mut *zlib(mode), input, FINISH).unwrap_err();
    assert_eq!(failure(Mode::Inflate, b"garbage"), "incorrect header check");
    assert_eq!(failure(Mode::Inflate, b""), "unexpected end of file");
    let coded = run(&mut *with_dictionary(Mode::Deflate, b"abc"), b"abc", FINISH).unwrap();
    assert_eq!(failure(Mode::Inflate, &coded), "Missing dictionary");
    let mut wrong = with_dictionary(Mode::Inflate, b"x");
    assert_eq!(
        run(&mut *wrong, &coded, FINISH).unwrap_err(),
        "Bad dictionary"
    );
    let mut right = with_dictionary(Mode::Inflate, b"abc");
    assert_eq!(run(&mut *right, &coded, FINISH).unwrap(), b"abc");
    let error = run(&mut *brotli::decoder(), b"garbage", BROTLI_FINISH).unwrap_err();
    assert_eq!(error, "Compression failed");
    assert!(brotli::encoder(vec![(99, 1)]).is_none());
}

#[test]
fn a_reset_starts_again() {
    let mut coder = zlib(Mode::Gzip);
    let first = run(&mut *coder, b"abc", FINISH).unwrap();
    coder.reset();
    assert_eq!(run(&mut *coder, b"abc", FINISH).unwrap(), first);
    let mut coder = zlib(Mode::Inflate);
    assert!(run(&mut *coder, b"garbage", NO_FLUSH).is_err());
    coder.reset();
    let coded = run(&mut *zlib(Mode::Deflate), b"abc", FINISH).unwrap();
    assert_eq!(run(&mut *coder, &coded, FINISH).unwrap(), b"abc");
}
