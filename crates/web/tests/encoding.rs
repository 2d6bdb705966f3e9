//! `TextEncoder` and `TextDecoder` as the real workerd has them at its newest date.

use jsg_test::{at, check_all, eval, expose, isolate, isolate_with};

fn check(isolate: &jsg::Isolate, cases: &[(&str, &str)]) {
    isolate.enter(|js| {
        expose::<web::encoding::TextDecoder>(js);
        expose::<web::encoding::TextEncoder>(js);
        check_all(cases, |source| eval(js, source));
    });
}

#[test]
fn text_is_encoded_and_decoded_as_the_standard_says() {
    check(
        &isolate(),
        &[
            (
                "(new TextDecoder('nope'))",
                "RangeError: \"nope\" is not a valid encoding.",
            ),
            (r#"(new TextDecoder(' UTF8\t\n').encoding)"#, "utf-8"),
            (
                "(new TextDecoder('replacement'))",
                "RangeError: \"replacement\" is not a valid encoding.",
            ),
            (
                "(new TextDecoder('iso-2022-kr'))",
                "RangeError: \"iso-2022-kr\" is not a valid encoding.",
            ),
            ("(new TextDecoder(undefined).encoding)", "utf-8"),
            (
                "(new TextDecoder(null).encoding)",
                "RangeError: \"null\" is not a valid encoding.",
            ),
            (
                "(new TextDecoder('utf-8', 5))",
                "TypeError: Failed to construct 'TextDecoder': constructor parameter 2 is not of type 'ConstructorOptions'.",
            ),
            (
                "(new TextDecoder('utf-8', null).fatal)",
                "TypeError: Cannot initialize N7workerd3api11TextDecoder18ConstructorOptionsE with required members from an undefined or null value.",
            ),
            (
                "(new TextDecoder('utf-8', {fatal: 1, ignoreBOM: 'x'}).fatal)",
                "true",
            ),
            (
                "(['latin1','utf-16','utf-16be','iso-8859-8-i','iso-8859-8','x-user-defined','gbk','gb2312','gb18030','big5','shift_jis','euc-jp','euc-kr','iso-2022-jp','koi8-r','macintosh','x-mac-cyrillic','windows-874','ibm866','iso-8859-16','unicode','ucs-2'].map(l => { try { return new TextDecoder(l).encoding } catch (e) { return e.message } }).join())",
                "windows-1252,utf-16le,utf-16be,iso-8859-8-i,iso-8859-8,x-user-defined,gbk,gbk,gb18030,big5,shift_jis,euc-jp,euc-kr,iso-2022-jp,koi8-r,macintosh,x-mac-cyrillic,windows-874,ibm866,iso-8859-16,utf-16le,utf-16le",
            ),
            (
                "(new TextDecoder().decode(new SharedArrayBuffer(3)))",
                "\u{0}\u{0}\u{0}",
            ),
            (
                "(new TextDecoder().decode(new Uint8Array(new SharedArrayBuffer(3))))",
                "\u{0}\u{0}\u{0}",
            ),
            (
                "(new TextDecoder().decode(null))",
                "TypeError: Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'.",
            ),
            ("(new TextDecoder().decode(undefined))", ""),
            (
                "(new TextDecoder().decode([65]))",
                "TypeError: Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'.",
            ),
            (
                "(new TextDecoder().decode(new Uint8Array([65]), 5))",
                "TypeError: Failed to execute 'decode' on 'TextDecoder': parameter 2 is not of type 'DecodeOptions'.",
            ),
            (
                "(new TextDecoder().decode(new Uint8Array([65]), null))",
                "TypeError: Cannot initialize N7workerd3api11TextDecoder13DecodeOptionsE with required members from an undefined or null value.",
            ),
            (
                "(new TextDecoder().decode(new DataView(new ArrayBuffer(4), 1, 2)).length)",
                "2",
            ),
            (
                "(new TextDecoder().decode(new Uint8Array([0xef,0xbb,0xbf,65])))",
                "A",
            ),
            (
                "(new TextDecoder('utf-8', {ignoreBOM: true}).decode(new Uint8Array([0xef,0xbb,0xbf,65])).length)",
                "2",
            ),
            (
                "(() => { const d = new TextDecoder(); return d.decode(new Uint8Array([0xef]), {stream: true}) + '|' + d.decode(new Uint8Array([0xbb,0xbf,0xe2]), {stream: true}) + '|' + d.decode(new Uint8Array([0x82,0xac])) + '|' + d.decode(new Uint8Array([0xef,0xbb,0xbf])) })()",
                "||\u{20ac}|",
            ),
            (
                "(new TextDecoder().decode(new Uint8Array([0xf0,0x9f,0x98,65,0xc0,0x80,0xed,0xa0,0x80,0xe2,0x82,0xff])))",
                "\u{fffd}A\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "(() => { const d = new TextDecoder('utf-8', {fatal: true}); try { d.decode(new Uint8Array([0xff]), {stream: true}) } catch (e) {}; return d.decode(new Uint8Array([65])) })()",
                "A",
            ),
            (
                "(() => { const d = new TextDecoder(); d.decode(new Uint8Array([0xe2]), {stream: true}); return d.decode() })()",
                "\u{fffd}",
            ),
            (
                "(new TextDecoder('utf-16le').decode(new Uint8Array([0,0xd8,65,0])))",
                "\u{fffd}A",
            ),
            (
                "(new TextDecoder('utf-16le').decode(new Uint8Array([65,0,66])))",
                "A\u{fffd}",
            ),
            (
                "(new TextDecoder('utf-16be').decode(new Uint8Array([0xfe,0xff,0,65])))",
                "A",
            ),
            (
                "(new TextDecoder('windows-1252').decode(new Uint8Array([0x80,0x81,0xff])))",
                "\u{20ac}\u{81}\u{ff}",
            ),
            (
                "(new TextDecoder('windows-1253').decode(new Uint8Array([0x80,0xaa,0xd2,0xff])))",
                "\u{20ac}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "(new TextDecoder('windows-1253', {fatal: true}).decode(new Uint8Array([0x80,0xaa,0xd2,0xff])))",
                "TypeError: Failed to decode input.",
            ),
            (
                "(new TextDecoder('gbk').decode(new Uint8Array([0x80,0xc4,0xe3,0xba,0xc3,0xff])))",
                "\u{20ac}\u{4f60}\u{597d}\u{fffd}",
            ),
            (
                "(new TextDecoder('shift_jis').decode(new Uint8Array([0x82,0xa0,0x5c,0x7e,0x80])))",
                "\u{3042}\\~\u{80}",
            ),
            (
                "(new TextDecoder('big5').decode(new Uint8Array([0x87,0x40,0x41])))",
                "\u{43f0}A",
            ),
            (
                "(new TextDecoder('iso-2022-jp').decode(new Uint8Array([0x1b,0x24,0x42,0x24,0x22,0x1b,0x28,0x42])))",
                "\u{3042}",
            ),
            (
                "(new TextDecoder('x-user-defined').decode(new Uint8Array([0x80,0x41])).codePointAt(0).toString(16))",
                "f780",
            ),
            (
                "(new TextDecoder('koi8-u').decode(new Uint8Array([0xae,0xbe])))",
                "\u{45e}\u{40e}",
            ),
            ("(new TextEncoder().encode().length)", "0"),
            ("(new TextEncoder().encode(undefined).length)", "0"),
            ("(new TextEncoder().encode(null).join())", "110,117,108,108"),
            (
                r#"(new TextEncoder().encode('a\ud800é😀').join())"#,
                "97,239,191,189,195,169,240,159,152,128",
            ),
            (
                "(new TextEncoder().encode(Symbol('x')))",
                "TypeError: Cannot convert a Symbol value to a string",
            ),
            ("(new TextEncoder('utf-16').encoding)", "utf-8"),
            (
                "(new TextEncoder().encode('x') instanceof Uint8Array)",
                "true",
            ),
            ("(new TextEncoder().encode('xy').buffer.byteLength)", "2"),
            (
                "(() => { const b = new Uint8Array(5); const r = new TextEncoder().encodeInto('aé😀b', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":2,\"written\":3}97,195,169,0,0",
            ),
            (
                "(() => { const b = new Uint8Array(6); const r = new TextEncoder().encodeInto('aé😀b', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":2,\"written\":3}97,195,169,0,0,0",
            ),
            (
                "(() => { const b = new Uint8Array(7); const r = new TextEncoder().encodeInto('aé😀b', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":4,\"written\":7}97,195,169,240,159,152,128",
            ),
            (
                r#"(() => { const b = new Uint8Array(9); const r = new TextEncoder().encodeInto('\ud800\udc00\ud800x', b.subarray(1)); return JSON.stringify(r) + b.join() })()"#,
                "{\"read\":4,\"written\":8}0,240,144,128,128,239,191,189,120",
            ),
            (
                "(() => { const b = new Uint8Array(0); const r = new TextEncoder().encodeInto('x', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":0,\"written\":0}",
            ),
            (
                "(() => { const b = new Uint8Array(2); const r = new TextEncoder().encodeInto('€', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":0,\"written\":0}0,0",
            ),
            (
                "(() => { const b = new Uint8Array(3); const r = new TextEncoder().encodeInto('ÿÿ', b); return JSON.stringify(r) + b.join() })()",
                "{\"read\":1,\"written\":2}195,191,0",
            ),
            (
                "(new TextEncoder().encodeInto('x', new Uint16Array(3)))",
                "TypeError: Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.",
            ),
            (
                "(new TextEncoder().encodeInto('x'))",
                "TypeError: Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.",
            ),
            (
                "(new TextEncoder().encodeInto(5, new Uint8Array(1)).read)",
                "1",
            ),
            (
                "(new TextEncoder().encodeInto('x', new Uint8Array(new SharedArrayBuffer(3))).read)",
                "1",
            ),
        ],
    );
}

#[test]
fn lone_surrogates_pass_before_the_flag_that_replaces_them() {
    let source =
        "new TextDecoder('utf-16le').decode(new Uint8Array([0, 0xd8, 65, 0])).charCodeAt(0)";
    check(&isolate_with(at("2024-09-23")), &[(source, "55296")]);
    check(&isolate(), &[(source, "65533")]);
}
