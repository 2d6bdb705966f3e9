//! Tests of dates, flags and their resolution.

use std::collections::HashSet;

use super::*;

const TODAY: &str = "2026-11-21";

fn try_resolve(date: &str, names: &[&str]) -> Result<Resolved, Rejected> {
    let today = Date::parse(TODAY).expect("a date");
    resolve(
        Some(date),
        names,
        Experimental::Refused,
        DateCheck::UpTo { today },
    )
}

fn flags(date: &str, names: &[&str]) -> FlagSet {
    resolve(Some(date), names, Experimental::Allowed, DateCheck::Any)
        .expect("valid")
        .flags
}

fn shown(result: Result<Resolved, Rejected>) -> Vec<String> {
    match result {
        Ok(resolved) => resolved.warnings.iter().map(ToString::to_string).collect(),
        Err(rejected) => {
            let errors = rejected
                .errors
                .iter()
                .map(|error| format!("error: {error}"));
            errors
                .chain(rejected.warnings.iter().map(ToString::to_string))
                .collect()
        }
    }
}

fn day_before(date: Date) -> String {
    (0..)
        .map(Date::from_unix_days)
        .take_while(|&day| day < date)
        .last()
        .expect("not the first day")
        .to_string()
}

#[test]
fn names_are_unique_and_a_flag_with_an_opposite_has_a_name() {
    let mut seen = HashSet::new();
    for &flag in Flag::ALL {
        let row = flag.row();
        assert!(
            row.on
                .into_iter()
                .chain(row.off)
                .all(|name| seen.insert(name)),
            "{flag:?}"
        );
        assert!(row.off.is_none() || row.on.is_some(), "{flag:?}");
        assert!(!flag.description().is_empty(), "{flag:?}");
        if let Some(name) = row.on {
            assert_eq!(by_name(name), Some((flag, Sense::On)));
        }
        if let Some(name) = row.off {
            assert_eq!(by_name(name), Some((flag, Sense::Off)));
        }
    }
    assert_eq!((Flag::ALL.len(), by_name("nope")), (207, None));
}

#[test]
fn a_flag_with_a_date_starts_on_that_day_and_its_opposite_keeps_it_off() {
    let mut dated = 0;
    for &flag in Flag::ALL {
        let Default::Since(date) = flag.row().default else {
            continue;
        };
        dated += 1;
        assert!(flags(&date.to_string(), &[]).contains(flag), "{flag:?}");
        assert!(!flags(&day_before(date), &[]).contains(flag), "{flag:?}");
        if let Some(off) = flag.row().off {
            assert!(!flags(&date.to_string(), &[off]).contains(flag), "{flag:?}");
        }
    }
    assert_eq!(dated, 96);
}

#[test]
fn every_flag_can_be_turned_on_at_the_oldest_date() {
    for &flag in Flag::ALL {
        let Some(name) = flag.name() else { continue };
        assert!(flags("2000-01-01", &[name]).contains(flag), "{flag:?}");
        if flag.row().default == Default::Never && flag.row().implied_by.is_none() {
            assert!(!flags("2999-12-31", &[]).contains(flag), "{flag:?}");
        }
    }
}

#[test]
fn well_known_flags_start_on_the_documented_days() {
    for (flag, before, from) in [
        (
            Flag::FormdataParserSupportsFiles,
            "2021-11-02",
            "2021-11-03",
        ),
        (Flag::GlobalNavigator, "2022-03-20", "2022-03-21"),
        (Flag::UrlStandard, "2022-10-30", "2022-10-31"),
        (Flag::Rpc, "2024-04-02", "2024-04-03"),
        (Flag::NodejsCompat, "2026-08-03", "2026-08-04"),
    ] {
        assert!(!flags(before, &[]).contains(flag), "{flag}");
        assert!(flags(from, &[]).contains(flag), "{flag}");
    }
    assert!(flags("2000-01-01", &[]).contains(Flag::R2PublicBetaBindings));
    assert!(
        !flags("2999-12-31", &["r2_internal_beta_bindings"]).contains(Flag::R2PublicBetaBindings)
    );
}

#[test]
fn an_implication_starts_on_its_day_and_the_opposite_prevents_it() {
    for &flag in Flag::ALL {
        let Some(implication) = flag.row().implied_by else {
            continue;
        };
        for other in implication.flags.iter().filter_map(|other| other.name()) {
            assert!(
                flags(&implication.from.to_string(), &[other]).contains(flag),
                "{other} implies {flag}"
            );
            if let Some(off) = flag.row().off {
                assert!(
                    !flags(&implication.from.to_string(), &[other, off]).contains(flag),
                    "{off}"
                );
            }
            if implication.from > Date::literal("2000-01-01") && implication.flags.len() == 1 {
                let before = flags(&day_before(implication.from), &[other]).contains(flag);
                assert_eq!(
                    before,
                    flags(&day_before(implication.from), &[]).contains(flag),
                    "{other}, {flag}"
                );
            }
        }
    }
}

#[test]
fn nodejs_compat_brings_its_second_version_from_its_day_on() {
    assert!(!flags("2024-09-22", &["nodejs_compat"]).contains(Flag::NodejsCompatV2));
    let set = flags("2024-09-23", &["nodejs_compat"]);
    assert!(set.contains(Flag::NodejsCompatV2) && set.contains(Flag::NodejsZlib));
    let set = flags("2024-09-23", &["nodejs_compat", "no_nodejs_compat_v2"]);
    assert!(!set.contains(Flag::NodejsCompatV2) && set.contains(Flag::NodejsZlib));
}

#[test]
fn the_listing_has_every_named_flag_in_table_order() {
    let listing: Vec<_> = flags("2021-11-03", &[]).listing().collect();
    assert_eq!(listing.len(), 205);
    assert_eq!(listing[0], ("formdata_parser_supports_files", true));
    assert_eq!(listing[1], ("fetch_refuses_unknown_protocols", false));
    assert_eq!(
        flags("2021-11-03", &[]).iter().next(),
        Some(Flag::FormdataParserSupportsFiles)
    );
}

#[test]
fn reports_a_missing_date_and_nothing_else() {
    let result = resolve(None, &["nope"], Experimental::Refused, DateCheck::Any);
    assert_eq!(
        shown(result),
        ["error: Worker must specify compatibilityDate."]
    );
}

#[test]
fn reports_dates_that_are_invalid_unsupported_or_in_the_future() {
    assert_eq!(
        shown(try_resolve("", &[])),
        ["error: Invalid compatibility date: "]
    );
    assert_eq!(
        shown(try_resolve("yesterday", &["nope", "rpc"])),
        [
            "error: Invalid compatibility date: yesterday",
            "error: No such compatibility flag: nope"
        ]
    );
    let future = "error: Can't set compatibility date in the future: \"2026-11-24\". Today's date (UTC) is \"2026-11-21\".";
    assert_eq!(shown(try_resolve("2026-11-24", &[])), [future]);
    assert_eq!(
        shown(try_resolve("2999-01-01", &[])),
        [
            "error: This Worker requires compatibility date \"2999-01-01\", but the newest date supported by this server \
             binary is \"2026-11-24\".",
            "error: Can't set compatibility date in the future: \"2999-01-01\". Today's date (UTC) is \"2026-11-21\".",
        ]
    );
    assert!(try_resolve(TODAY, &[]).is_ok());
}

#[test]
fn warns_of_flags_that_are_on_anyway_except_in_tests() {
    let names = ["r2_public_beta_bindings", "formdata_parser_supports_files"];
    assert_eq!(
        shown(try_resolve("2026-01-01", &names)),
        [
            "The compatibility flag formdata_parser_supports_files became the default as of 2021-11-03 so does not need to \
             be specified anymore.",
            "The compatibility flag r2_public_beta_bindings is the default, so does not need to be specified anymore.",
        ]
    );
    let quiet = resolve(
        Some("2999-12-31"),
        &names,
        Experimental::Refused,
        DateCheck::Any,
    );
    assert!(shown(quiet).is_empty());
}

#[test]
fn an_experimental_flag_needs_permission_to_be_turned_on_but_not_off() {
    let refusal = "error: The compatibility flag unsafe_module is experimental and may break or be removed in a future \
                   version of workerd. To use this flag, you must pass --experimental on the command line.";
    assert_eq!(
        shown(try_resolve("2026-11-17", &["unsafe_module"])),
        [refusal]
    );
    assert!(flags("2026-11-17", &["unsafe_module"]).contains(Flag::UnsafeModule));
    for flag in Flag::ALL.iter().filter(|flag| flag.row().experimental) {
        if let Some(off) = flag.row().off {
            assert!(try_resolve("2026-11-17", &[off]).is_ok(), "{off}");
        }
    }
}

#[test]
fn reports_repeated_contradictory_and_unknown_names_in_the_real_order() {
    assert_eq!(
        shown(try_resolve(
            "2026-01-01",
            &["a", "b", "c", "a", "url_original", "d", "url_original"]
        )),
        [
            "error: Compatibility flag specified multiple times: a",
            "error: Compatibility flag specified multiple times: url_original",
            "error: No such compatibility flag: a",
            "error: No such compatibility flag: b",
            "error: No such compatibility flag: c",
            "error: No such compatibility flag: d",
        ]
    );
    assert_eq!(
        shown(try_resolve(
            "2022-02-28",
            &[
                "b",
                "url_original",
                "c",
                "d",
                "",
                "url_standard",
                "durable_object_alarms"
            ]
        )),
        [
            "error: Compatibility flags are mutually contradictory: url_standard vs url_original",
            "error: No such compatibility flag: b",
            "error: No such compatibility flag: ",
            "error: No such compatibility flag: c",
            "error: No such compatibility flag: d",
        ]
    );
}
