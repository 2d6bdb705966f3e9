//! The combinations, as the real workerd decides them, and the addresses that hide another one.

use super::*;

fn filter(allow: &[&str], deny: &[&str]) -> AddressFilter {
    AddressFilter::parse(allow, deny).unwrap()
}

fn allows(filter: &AddressFilter, address: &str) -> bool {
    filter.allows(SocketAddr::new(address.parse().unwrap(), 80))
}

#[test]
fn groups_and_blocks_combine() {
    const ADDRESSES: [&str; 14] = [
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "10.0.0.1",
        "10.1.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "8.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "2001:4860:4860::8888",
        "fc00::1",
    ];
    for (allow, deny, expected) in [
        (&["public"][..], &[][..], "nnnnnnynynnyyn"),
        (&["private"], &[], "yyyyynnnnyynny"),
        (&["local"], &[], "yyynnnnnnyynnn"),
        (&["network"], &[], "nnnyynynynnyyy"),
        (&["public", "private"], &[], "yyyyynynyyyyyy"),
        (&["public", "local"], &[], "yyynnnynyyyyyn"),
        (&["private"], &["local"], "nnnyynnnnnnnny"),
        (&["public", "private"], &["private"], "yyynnnynyyyyyn"),
        (&["10.0.0.0/8"], &["10.1.0.0/16"], "nnnynnnnnnnnnn"),
        (&["10.1.0.0/16"], &["10.0.0.0/8"], "nnnnynnnnnnnnn"),
        (&["127.0.0.0/8"], &["127.0.0.0/8"], "nnnnnnnnnnnnnn"),
        (&["0.0.0.0/0"], &[], "yyyyyyyyynyynn"),
        (&["::/0"], &[], "nnnnnnnnnyyyyy"),
        (&["::ffff:127.0.0.0/104"], &[], "nnnnnnnnnnynnn"),
        (&["public"], &["8.8.8.0/24"], "nnnnnnynnnnnyn"),
        (&["public"], &["0.0.0.0/0"], "nnnnnnnnnnnnyn"),
        (&["network", "local"], &["127.0.0.2/32"], "ynyyynynyyyyyy"),
        (&["unix"], &[], "nnnnnnnnnnnnnn"),
        (&[], &[], "nnnnnnnnnnnnnn"),
    ] {
        let filter = filter(allow, deny);
        let decided: String = ADDRESSES
            .iter()
            .map(|address| if allows(&filter, address) { 'y' } else { 'n' })
            .collect();
        assert_eq!(decided, expected, "{allow:?} {deny:?}");
    }
}

#[test]
fn an_address_that_hides_a_private_one_is_not_public() {
    let public = filter(&["public"], &[]);
    for address in [
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2002:c0a8:1::1",
        "::127.0.0.1",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0.0.0.0",
        "0.1.2.3",
        "fec0::1",
    ] {
        assert!(!allows(&public, address), "{address}");
    }
    for address in ["64:ff9b::808:808", "2002:808:808::", "::ffff:8.8.8.8"] {
        assert!(allows(&public, address), "{address}");
    }
}

#[test]
fn unix_sockets_are_groups_of_their_own() {
    let both = filter(&["unix", "unix-abstract"], &["unix"]);
    assert!(!both.allows_unix());
    assert!(both.allows_unix_abstract());
    assert!(!filter(&["public", "private"], &[]).allows_unix());
}

#[test]
fn refuses_what_means_nothing() {
    for (allow, deny, text) in [
        (&["1.2.3.4"][..], &[][..], "invalid CIDR: 1.2.3.4"),
        (&["1.2.3.4/33"], &[], "invalid CIDR: 1.2.3.4/33"),
        (&["::/129"], &[], "invalid CIDR: ::/129"),
        (&["1.2.3.4/+1"], &[], "invalid CIDR: 1.2.3.4/+1"),
        (
            &[],
            &["network"],
            "don't deny 'network', allow 'local' instead",
        ),
        (
            &[],
            &["public"],
            "don't deny 'public', allow 'private' instead",
        ),
    ] {
        let error = AddressFilter::parse(allow, deny).unwrap_err();
        assert_eq!(error.to_string(), text);
    }
}
