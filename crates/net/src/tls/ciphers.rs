//! Cipher lists in the syntax of OpenSSL's `ciphers`, resolved to the suites that rustls has.
//!
//! A word is the name of a suite, or the name of a property that some suites share; `+` between properties asks for
//! all of them, a leading `!`, `-` or `+` forbids, removes or moves to the end. As with OpenSSL the list is about
//! TLS 1.2; the suites of TLS 1.3 stay on unless the list names some of them. Suites of old that rustls lacks are
//! passed over, since the rest of the list still means something; a list of nothing else is refused, and so is a
//! word that is no cipher at all.

use rustls::SupportedCipherSuite;
use rustls::crypto::aws_lc_rs::cipher_suite as suites;

/// A suite of TLS 1.2: its name in OpenSSL, and its properties.
struct Known {
    suite: SupportedCipherSuite,
    name: &'static str,
    properties: &'static [&'static str],
}

/// In the order of preference.
static TLS12: [Known; 6] = [
    Known {
        suite: suites::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        name: "ECDHE-ECDSA-AES256-GCM-SHA384",
        properties: &["ECDSA", "aECDSA", "AES", "AES256", "AESGCM"],
    },
    Known {
        suite: suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        name: "ECDHE-ECDSA-AES128-GCM-SHA256",
        properties: &["ECDSA", "aECDSA", "AES", "AES128", "AESGCM"],
    },
    Known {
        suite: suites::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        name: "ECDHE-ECDSA-CHACHA20-POLY1305",
        properties: &["ECDSA", "aECDSA", "CHACHA20"],
    },
    Known {
        suite: suites::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        name: "ECDHE-RSA-AES256-GCM-SHA384",
        properties: &["aRSA", "AES", "AES256", "AESGCM"],
    },
    Known {
        suite: suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        name: "ECDHE-RSA-AES128-GCM-SHA256",
        properties: &["aRSA", "AES", "AES128", "AESGCM"],
    },
    Known {
        suite: suites::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        name: "ECDHE-RSA-CHACHA20-POLY1305",
        properties: &["aRSA", "CHACHA20"],
    },
];

/// In the order of preference.
static TLS13: [(&str, SupportedCipherSuite); 3] = [
    ("TLS_AES_256_GCM_SHA384", suites::TLS13_AES_256_GCM_SHA384),
    ("TLS_AES_128_GCM_SHA256", suites::TLS13_AES_128_GCM_SHA256),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        suites::TLS13_CHACHA20_POLY1305_SHA256,
    ),
];

/// Properties of all suites in [`TLS12`].
const OF_ALL: &[&str] = &[
    "ALL", "DEFAULT", "HIGH", "ECDHE", "EECDH", "kECDHE", "kEECDH", "TLSv1.2", "FIPS",
];

/// Properties of no suite in [`TLS12`].
const OF_NONE: &[&str] = &[
    "COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "MEDIUM",
    "LOW",
    "EXP",
    "EXPORT",
    "EXPORT40",
    "EXPORT56",
    "NULL",
    "aNULL",
    "eNULL",
    "RSA",
    "kRSA",
    "DH",
    "DHE",
    "EDH",
    "kDHE",
    "kEDH",
    "kDH",
    "kDHr",
    "kDHd",
    "ADH",
    "aDH",
    "ECDH",
    "kECDH",
    "kECDHe",
    "kECDHr",
    "aECDH",
    "AECDH",
    "DSS",
    "aDSS",
    "PSK",
    "aPSK",
    "kPSK",
    "kECDHEPSK",
    "kDHEPSK",
    "kRSAPSK",
    "SRP",
    "kSRP",
    "aSRP",
    "GOST",
    "KRB5",
    "AESCCM",
    "AESCCM8",
    "AESCBC",
    "CAMELLIA",
    "CAMELLIA128",
    "CAMELLIA256",
    "ARIA",
    "ARIA128",
    "ARIA256",
    "ARIAGCM",
    "SEED",
    "IDEA",
    "RC2",
    "RC4",
    "DES",
    "3DES",
    "MD5",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA384",
    "SSLv2",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "TLSv1.1",
    "CBC",
];

/// What the names of suites are made of.
const PARTS: &[&str] = &[
    "ECDHE",
    "EECDH",
    "DHE",
    "EDH",
    "ADH",
    "AECDH",
    "ECDH",
    "DH",
    "RSA",
    "ECDSA",
    "DSS",
    "PSK",
    "SRP",
    "KRB5",
    "EXP",
    "AES",
    "3DES",
    "AES128",
    "AES256",
    "CAMELLIA128",
    "CAMELLIA256",
    "ARIA128",
    "ARIA256",
    "SEED",
    "IDEA",
    "RC2",
    "RC4",
    "DES",
    "CHACHA20",
    "POLY1305",
    "NULL",
    "GCM",
    "CBC",
    "CBC3",
    "CCM",
    "CCM8",
    "MD5",
    "SHA",
    "SHA256",
    "SHA384",
    "EDE",
    "GOST94",
    "GOST2001",
    "GOST89",
];

/// The suites that `list` allows, in its order, those of TLS 1.3 first.
pub(super) fn parse(list: &str) -> Result<Vec<SupportedCipherSuite>, String> {
    let mut selection = Selection::default();
    for word in list
        .split([':', ',', ' ', ';'])
        .filter(|word| !word.is_empty())
    {
        selection.apply(word)?;
    }
    if !selection.used {
        // Nothing was asked for: everything goes but what was forbidden.
        let all = 0..TLS12.len();
        selection.chosen = all
            .filter(|index| !selection.forbidden.contains(index))
            .collect();
    }
    let mut suites: Vec<_> = TLS13
        .iter()
        .filter(|(name, _)| selection.tls13.is_empty() || selection.tls13.contains(name))
        .map(|(_, suite)| *suite)
        .collect();
    suites.extend(selection.chosen.iter().map(|&index| TLS12[index].suite));
    let named_some = !selection.chosen.is_empty() || !selection.tls13.is_empty();
    if selection.used && !named_some {
        return Err(format!(
            "cipherList allows no cipher that is supported: {list}"
        ));
    }
    Ok(suites)
}

#[derive(Default)]
struct Selection {
    /// Whether any word selected or named ciphers, so that an empty choice is no accident.
    used: bool,
    /// Indices into [`TLS12`].
    chosen: Vec<usize>,
    forbidden: Vec<usize>,
    tls13: Vec<&'static str>,
}

impl Selection {
    fn apply(&mut self, word: &str) -> Result<(), String> {
        if word == "@STRENGTH" || word.starts_with("@SECLEVEL=") {
            return Ok(());
        }
        let (operator, name) = match word.chars().next() {
            Some(operator @ ('!' | '-' | '+')) => (Some(operator), &word[1..]),
            _ => (None, word),
        };
        if let Some((name, _)) = TLS13.iter().find(|(known, _)| *known == name) {
            if operator.is_none() {
                self.used = true;
                self.tls13.push(name);
            }
            return Ok(());
        }
        let matched =
            matching(name).ok_or_else(|| format!("cipherList: unknown cipher \"{name}\""))?;
        match operator {
            Some('!') => {
                self.chosen.retain(|index| !matched.contains(index));
                self.forbidden.extend(matched);
            }
            Some('-') => self.chosen.retain(|index| !matched.contains(index)),
            Some(_) => {
                let (moved, kept) = std::mem::take(&mut self.chosen)
                    .into_iter()
                    .partition::<Vec<_>, _>(|index| matched.contains(index));
                self.chosen = kept;
                self.chosen.extend(moved);
            }
            None => {
                self.used = true;
                for index in matched {
                    if !self.chosen.contains(&index) && !self.forbidden.contains(&index) {
                        self.chosen.push(index);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Indices of the suites that a word stands for; `None` for a word that means nothing.
fn matching(word: &str) -> Option<Vec<usize>> {
    if let Some(index) = TLS12.iter().position(|known| known.name == word) {
        return Some(vec![index]);
    }
    let is_property = |name: &str| {
        OF_ALL.contains(&name)
            || OF_NONE.contains(&name)
            || TLS12.iter().any(|known| known.properties.contains(&name))
    };
    if word.split('+').all(is_property) {
        let has =
            |known: &Known, name: &str| OF_ALL.contains(&name) || known.properties.contains(&name);
        let all = TLS12.iter().enumerate();
        return Some(
            all.filter(|(_, known)| word.split('+').all(|name| has(known, name)))
                .map(|(index, _)| index)
                .collect(),
        );
    }
    let is_suite = word.contains('-') && word.split('-').all(|part| PARTS.contains(&part));
    is_suite.then(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn names(list: &str) -> String {
        let suites = parse(list).unwrap();
        let names = suites.iter().map(|suite| format!("{:?}", suite.suite()));
        names.collect::<Vec<_>>().join(" ")
    }

    const TLS13: &str =
        "TLS13_AES_256_GCM_SHA384 TLS13_AES_128_GCM_SHA256 TLS13_CHACHA20_POLY1305_SHA256";

    #[test]
    fn suites_are_taken_in_the_order_of_the_list() {
        let list = "ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256";
        assert_eq!(
            names(list),
            format!(
                "{TLS13} TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
            )
        );
    }

    #[test]
    fn properties_select_and_forbid() {
        assert_eq!(
            names("EECDH+AESGCM:HIGH:!aECDSA:!CHACHA20:-AES256:@STRENGTH"),
            format!("{TLS13} TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        );
        let reordered = names("aRSA+AES:+AES256");
        assert!(reordered.ends_with("AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"));
    }

    #[test]
    fn tls_1_3_is_narrowed_by_name_only() {
        assert_eq!(names("TLS_AES_128_GCM_SHA256"), "TLS13_AES_128_GCM_SHA256");
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        assert_eq!(
            parse("ECDHE-RSA-AES256-GCM-SHA384:FOO").unwrap_err(),
            "cipherList: unknown cipher \"FOO\""
        );
        assert_eq!(
            parse("AES256-SHA:DES-CBC3-SHA").unwrap_err(),
            "cipherList allows no cipher that is supported: AES256-SHA:DES-CBC3-SHA"
        );
        assert!(parse("HIGH:!HIGH").is_err());
        assert_eq!(parse("").unwrap().len(), 9);
        assert_eq!(parse("!aNULL:!MD5").unwrap().len(), 9);
        assert_eq!(parse("!AES128").unwrap().len(), 7);
    }
}
