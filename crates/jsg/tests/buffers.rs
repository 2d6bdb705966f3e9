//! ArrayBuffers: their memory is zero, their own, and counted.

use jsg_test::{eval, isolate};

/// A script that fills what it has made, so that its memory is not zero when it comes back.
const DIRTY: &str = "
    for (let round = 0; round < 50; round++) {
        for (const length of [1, 16, 100, 1000, 4096, 65536, 300000, 1 << 20, 3000000]) {
            const bytes = new Uint8Array(length);
            if (bytes[0] !== 0 || bytes[length - 1] !== 0 || bytes[length >> 1] !== 0) throw new Error(`${length} is dirty`);
            if (round % 10 === 0 && bytes.some((byte) => byte !== 0)) throw new Error(`${length} is dirty`);
            bytes.fill(0xa5);
        }
    }
    'clean'";

#[test]
fn new_buffers_are_zero_whatever_was_in_their_memory() {
    isolate().enter(|js| assert_eq!(eval(js, DIRTY), "clean"));
}

#[test]
fn threads_share_the_memory_without_seeing_each_other() {
    let threads: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| isolate().enter(|js| assert_eq!(eval(js, DIRTY), "clean"))))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn buffers_keep_what_is_written_to_them() {
    let script = "
        const all = [];
        for (let index = 0; index < 2000; index++) {
            const length = 1 + (index * 7919) % 70000;
            all.push(new Uint8Array(length).fill(index));
            if (index % 3 === 0) all[index >> 1] = new Uint8Array(0);
        }
        all.every((bytes, index) => bytes.every((byte) => byte === (index & 0xff)))";
    isolate().enter(|js| assert_eq!(eval(js, script), "true"));
}

#[test]
fn a_buffer_that_fits_nowhere_is_a_range_error() {
    let script = "try { new ArrayBuffer(30 * 2 ** 30) } catch (error) { error.name }";
    isolate().enter(|js| {
        assert_eq!(eval(js, script), "RangeError");
        assert_eq!(eval(js, "new ArrayBuffer(100).byteLength"), "100");
    });
}

#[test]
fn resizable_and_transferred_buffers_work() {
    let script = "
        const growing = new ArrayBuffer(10, { maxByteLength: 100000 });
        growing.resize(90000);
        const moved = new Uint8Array(1000).fill(7).buffer.transfer(70000);
        const tail = new Uint8Array(moved, 1000);
        [growing.byteLength, moved.byteLength, tail.every((byte) => byte === 0), moved.slice(990, 1010).byteLength].join()";
    isolate().enter(|js| assert_eq!(eval(js, script), "90000,70000,true,20"));
}

#[test]
fn native_code_fills_buffers_as_it_makes_them() {
    isolate().enter(|js| {
        let buffer = jsg::convert::array_buffer_with(js, 1000, |bytes| {
            bytes.fill(1);
            600
        });
        let buffer = buffer.expect("there is room");
        let bytes: Vec<u8> = buffer
            .get_backing_store()
            .iter()
            .map(|byte| byte.get())
            .collect();
        assert!(bytes[..600].iter().all(|byte| *byte == 1));
        assert!(bytes[600..].iter().all(|byte| *byte == 0));
        let too_much = jsg::convert::array_buffer_with(js, 1 << 40, |_| 0);
        assert!(too_much.is_err());
        let none = jsg::convert::array_buffer_with(js, 0, |_| 0);
        assert_eq!(none.expect("needs no room").byte_length(), 0);
    });
}
