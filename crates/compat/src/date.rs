//! Compatibility dates.
//!
//! The form is `YYYY-MM-DD` with a year from 2000 to 2999. The day is only checked to lie in 1..=31, so 2022-02-30 is a
//! date, and a single-digit day followed by a dash passes too: both are what the real workerd accepts.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The newest compatibility date that this version supports.
pub const NEWEST_DATE: Date = Date::literal("2026-11-24");

/// The date that `workerd --version` prints and that stands for this version elsewhere.
pub const VERSION_DATE: &str = "2026-11-17";

impl Date {
    /// The date that `text` spells, if it is one.
    pub const fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[0] != b'2' || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let (Some(century), Some(decade)) = (
            two_digits(bytes[0], bytes[1]),
            two_digits(bytes[2], bytes[3]),
        ) else {
            return None;
        };
        let Some(month) = two_digits(bytes[5], bytes[6]) else {
            return None;
        };
        let day = match bytes[9] {
            b'-' => two_digits(b'0', bytes[8]),
            units => two_digits(bytes[8], units),
        };
        let Some(day) = day else { return None };
        if month < 1 || month > 12 || day < 1 || day > 31 {
            return None;
        }
        Some(Date {
            year: century as u16 * 100 + decade as u16,
            month,
            day,
        })
    }

    /// The day on which `time` falls in UTC.
    pub fn from_system_time(time: SystemTime) -> Date {
        let seconds = time
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Date::from_unix_days(seconds / 86_400)
    }

    /// The day `days` after 1970-01-01, in the proleptic Gregorian calendar.
    pub fn from_unix_days(days: u64) -> Date {
        // Counted in 400-year eras that begin on 1 March, so that the leap day is the last of its year.
        let days = days + 719_468;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
        let month = if months_since_march < 10 {
            months_since_march + 3
        } else {
            months_since_march - 9
        };
        let year = days / 146_097 * 400 + year_of_era + u64::from(month <= 2);
        Date {
            year: year.min(u64::from(u16::MAX)) as u16,
            month: month as u8,
            day: day as u8,
        }
    }

    /// A date of the source text; anything else fails to compile.
    pub(crate) const fn literal(text: &str) -> Date {
        match Date::parse(text) {
            Some(date) => date,
            None => panic!("not a date"),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

const fn two_digits(tens: u8, units: u8) -> Option<u8> {
    if tens.is_ascii_digit() && units.is_ascii_digit() {
        Some((tens - b'0') * 10 + (units - b'0'))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_real_workerd_accepts() {
        for (text, shown) in [
            ("2000-01-01", "2000-01-01"),
            ("2999-12-31", "2999-12-31"),
            ("2022-02-30", "2022-02-30"),
            ("2000-01-1-", "2000-01-01"),
        ] {
            assert_eq!(
                Date::parse(text).map(|date| date.to_string()).as_deref(),
                Some(shown)
            );
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "yesterday",
            "1999-01-01",
            "3000-01-01",
            "2022-13-01",
            "2022-00-01",
            "2022-01-00",
            "2022-01-32",
            "2022-1-01",
            "2022-01-1",
            "2022/01/01",
            "2022-01-01 ",
            "2022-1--01",
            "2022-01-+1",
            "2022-01-é",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn counts_days_across_leap_years() {
        for (days, shown) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_778, "2026-11-21"),
        ] {
            assert_eq!(Date::from_unix_days(days).to_string(), shown);
        }
    }
}
