//! From a Worker's date and flag names to the flags that are on.
//!
//! 1. Every mistake is reported, not just the first, in the order of the real workerd: names given twice, then the
//!    date, then the flags in table order, then unknown names.
//! 2. An invalid date counts as [`FALLBACK_DATE`] for what follows, so that the flags are checked all the same. A missing
//!    one ends the check.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::date::{Date, NEWEST_DATE};
use crate::set::FlagSet;
use crate::table::{Default, Flag, Row, TABLE};

const FALLBACK_DATE: Date = Date::literal("2021-05-01");

/// What a flag name says about its flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    On,
    Off,
}

/// Whether experimental flags may be turned on by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experimental {
    Allowed,
    Refused,
}

/// Which dates are acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateCheck {
    /// Dates up to the newest supported one that are not after `today` (UTC).
    UpTo { today: Date },
    /// Any valid date, without warnings about flags that are on by default: for `test --compat-date`.
    Any,
}

/// Flags that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub date: Date,
    pub flags: FlagSet,
    pub warnings: Vec<Warning>,
}

/// Why a date and flags may not be used. The warnings are shown too, after the errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub errors: Vec<Error>,
    pub warnings: Vec<Warning>,
}

/// A mistake in a Worker's date or flags. The text is that of the real workerd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    MissingDate,
    InvalidDate(String),
    UnsupportedDate(Date),
    FutureDate { date: Date, today: Date },
    Repeated(String),
    Contradictory { on: &'static str, off: &'static str },
    Experimental(&'static str),
    Unknown(String),
}

/// A harmless oddity in a Worker's flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    DefaultSince { name: &'static str, date: Date },
    Default { name: &'static str },
}

impl Flag {
    /// What the table says about this flag.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The name that turns this flag on.
    pub fn name(self) -> Option<&'static str> {
        self.row().on
    }

    /// What this flag does, in a sentence or two.
    pub fn description(self) -> &'static str {
        self.row().description.trim_start()
    }
}

/// The flag that `name` turns on or off.
pub fn by_name(name: &str) -> Option<(Flag, Sense)> {
    static NAMES: LazyLock<HashMap<&str, (Flag, Sense)>> = LazyLock::new(|| {
        Flag::ALL
            .iter()
            .flat_map(|&flag| {
                let on = flag.row().on.map(|name| (name, (flag, Sense::On)));
                let off = flag.row().off.map(|name| (name, (flag, Sense::Off)));
                on.into_iter().chain(off)
            })
            .collect()
    });
    NAMES.get(name).copied()
}

/// Resolves the date and flags of a Worker.
pub fn resolve<S: AsRef<str>>(
    date: Option<&str>,
    names: &[S],
    experimental: Experimental,
    check: DateCheck,
) -> Result<Resolved, Rejected> {
    let mut report = Rejected {
        errors: Vec::new(),
        warnings: Vec::new(),
    };
    let Some(date) = date else {
        report.errors.push(Error::MissingDate);
        return Err(report);
    };
    let mut names = Names::collect(names, &mut report);
    let date = Date::parse(date).unwrap_or_else(|| {
        report.errors.push(Error::InvalidDate(date.to_owned()));
        FALLBACK_DATE
    });
    if let DateCheck::UpTo { today } = check {
        check_date(date, today, &mut report);
    }

    let mut flags = FlagSet::EMPTY;
    let mut off_by_name = FlagSet::EMPTY;
    for &flag in Flag::ALL {
        let row = flag.row();
        let on = row.on.filter(|name| names.take(name));
        let off = row.off.filter(|name| names.take(name));
        let by_default = match row.default {
            Default::Never => false,
            Default::Since(since) => date >= since,
            Default::Always => true,
        };
        if let Some(on) = on {
            check_named_flag(row, on, off, by_default, experimental, check, &mut report);
        }
        if off.is_some() {
            off_by_name.insert(flag);
        }
        if on.is_some() || (by_default && off.is_none()) {
            flags.insert(flag);
        }
    }
    report.errors.extend(names.unknown());
    if !report.errors.is_empty() {
        return Err(report);
    }
    imply(&mut flags, off_by_name, date);
    Ok(Resolved {
        date,
        flags,
        warnings: report.warnings,
    })
}

fn check_date(date: Date, today: Date, report: &mut Rejected) {
    if date > NEWEST_DATE {
        report.errors.push(Error::UnsupportedDate(date));
    }
    if date > today {
        report.errors.push(Error::FutureDate { date, today });
    }
}

fn check_named_flag(
    row: &Row,
    on: &'static str,
    off: Option<&'static str>,
    by_default: bool,
    experimental: Experimental,
    check: DateCheck,
    report: &mut Rejected,
) {
    if let Some(off) = off {
        report.errors.push(Error::Contradictory { on, off });
    }
    if by_default && check != DateCheck::Any {
        report.warnings.push(match row.default {
            Default::Since(date) => Warning::DefaultSince { name: on, date },
            _ => Warning::Default { name: on },
        });
    }
    if row.experimental && experimental == Experimental::Refused {
        report.errors.push(Error::Experimental(on));
    }
}

/// Applies the implications once, in table order.
fn imply(flags: &mut FlagSet, off_by_name: FlagSet, date: Date) {
    for &flag in Flag::ALL {
        if let Some(implication) = flag.row().implied_by
            && date >= implication.from
            && !off_by_name.contains(flag)
            && flags.contains_any(implication.flags)
        {
            flags.insert(flag);
        }
    }
}

/// The distinct names that a Worker gave, of which the known ones are taken away one after the other.
///
/// Taking one moves the last into its place: that decides the order in which unknown names are reported.
struct Names<'a>(Vec<&'a str>);

impl<'a> Names<'a> {
    fn collect<S: AsRef<str>>(given: &'a [S], report: &mut Rejected) -> Names<'a> {
        let mut names: Vec<&str> = Vec::with_capacity(given.len());
        let mut seen = std::collections::HashSet::with_capacity(given.len());
        for name in given.iter().map(AsRef::as_ref) {
            if seen.insert(name) {
                names.push(name);
            } else {
                report.errors.push(Error::Repeated(name.to_owned()));
            }
        }
        Names(names)
    }

    fn take(&mut self, name: &str) -> bool {
        let place = self.0.iter().position(|given| *given == name);
        place.map(|place| self.0.swap_remove(place)).is_some()
    }

    fn unknown(self) -> impl Iterator<Item = Error> {
        self.0
            .into_iter()
            .map(|name| Error::Unknown(name.to_owned()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::MissingDate => f.write_str("Worker must specify compatibilityDate."),
            Error::InvalidDate(text) => write!(f, "Invalid compatibility date: {text}"),
            Error::UnsupportedDate(date) => write!(
                f,
                "This Worker requires compatibility date \"{date}\", but the newest date supported by this server binary \
                 is \"{NEWEST_DATE}\"."
            ),
            Error::FutureDate { date, today } => write!(
                f,
                "Can't set compatibility date in the future: \"{date}\". Today's date (UTC) is \"{today}\"."
            ),
            Error::Repeated(name) => {
                write!(f, "Compatibility flag specified multiple times: {name}")
            }
            Error::Contradictory { on, off } => {
                write!(
                    f,
                    "Compatibility flags are mutually contradictory: {on} vs {off}"
                )
            }
            Error::Experimental(name) => write!(
                f,
                "The compatibility flag {name} is experimental and may break or be removed in a future version of \
                 workerd. To use this flag, you must pass --experimental on the command line."
            ),
            Error::Unknown(name) => write!(f, "No such compatibility flag: {name}"),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::DefaultSince { name, date } => write!(
                f,
                "The compatibility flag {name} became the default as of {date} so does not need to be specified anymore."
            ),
            Warning::Default { name } => {
                write!(
                    f,
                    "The compatibility flag {name} is the default, so does not need to be specified anymore."
                )
            }
        }
    }
}
