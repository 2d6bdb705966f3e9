//! The `Range` header of a request for a file (RFC 9110 §14.2), with the latitude that the real workerd takes: of
//! several ranges none is served, the whole file is; a range of everything counts as the whole file.

/// Which bytes of a file are sent. There is at least one if it is `partial`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    pub start: u64,
    pub length: u64,
    pub partial: bool,
}

impl Selection {
    pub fn whole(size: u64) -> Self {
        Self {
            start: 0,
            length: size,
            partial: false,
        }
    }
}

/// `None` if the header asks for what is not there, or is no range of bytes.
pub fn select(header: &[u8], size: u64) -> Option<Selection> {
    let text = std::str::from_utf8(header).ok()?;
    let (unit, ranges) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    if ranges.contains(',') {
        return Some(Selection::whole(size));
    }
    let (first, last) = ranges.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let (start, end) = if first.is_empty() {
        let suffix: u64 = last.parse().ok()?;
        (size.saturating_sub(suffix), size)
    } else {
        let start: u64 = first.parse().ok()?;
        let last = match last {
            "" => u64::MAX,
            last => last.parse().ok()?,
        };
        if last < start {
            return None;
        }
        (start, last.saturating_add(1).min(size))
    };
    if start >= end {
        return None;
    }
    let length = end - start;
    Some(Selection {
        start,
        length,
        partial: length < size,
    })
}

#[cfg(test)]
mod tests {
    use super::{Selection, select};

    #[test]
    fn one_range_is_served() {
        for (header, wanted) in [
            ("bytes=1-2", (1, 2)),
            ("Bytes = 1 - 2", (1, 2)),
            ("bytes=-2", (3, 2)),
            ("bytes=2-", (2, 3)),
            ("bytes=4-9", (4, 1)),
        ] {
            let selection = select(header.as_bytes(), 5).unwrap();
            assert_eq!((selection.start, selection.length), wanted, "{header}");
            assert!(selection.partial, "{header}");
        }
        for header in [
            "bytes=0-4",
            "bytes=0-",
            "bytes=-9",
            "bytes=0-0,2-2",
            "bytes=9-9,",
        ] {
            assert_eq!(
                select(header.as_bytes(), 5),
                Some(Selection::whole(5)),
                "{header}"
            );
        }
        for header in [
            "bytes=5-",
            "bytes=2-1",
            "bytes=-0",
            "bytes=-",
            "bytes=",
            "bytes 1-2",
            "lines=1-2",
            "bytes=a-b",
            "bytes=1-2;x",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(select(header.as_bytes(), 5), None, "{header}");
        }
        assert_eq!(select(b"bytes=0-", 0), None);
        let last = select(b"bytes=0-18446744073709551615", 5);
        assert_eq!(last, Some(Selection::whole(5)));
    }
}
