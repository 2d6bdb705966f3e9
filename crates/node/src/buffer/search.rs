//! Search of bytes in bytes, as `Buffer.prototype.indexOf` and `lastIndexOf` do it.

/// Where `needle` is in `haystack`, at or after `from` (before it, if not `forward`), at a distance
/// from the start that `step` divides. A negative `from` counts from the end.
pub fn find(
    haystack: &[u8],
    needle: &[u8],
    from: f64,
    forward: bool,
    step: usize,
) -> Option<usize> {
    let length = haystack.len() as f64;
    let mut from = if from < 0.0 { from + length } else { from };
    if from < 0.0 {
        if !forward {
            return None;
        }
        from = 0.0;
    }
    if needle.is_empty() {
        return Some(from.min(length) as usize);
    }
    let last = haystack.len().checked_sub(needle.len())?;
    let at_step = |index: &usize| index.is_multiple_of(step);
    if forward {
        let from = from as usize;
        if from > last {
            return None;
        }
        if step == 1 {
            return memchr::memmem::find(&haystack[from..], needle).map(|index| index + from);
        }
        // Matches may overlap ones that are out of step.
        return (from..=last)
            .filter(at_step)
            .find(|index| haystack[*index..].starts_with(needle));
    }
    let last = (from as usize).min(last);
    (0..=last)
        .rev()
        .filter(at_step)
        .find(|index| haystack[*index..].starts_with(needle))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn finds_in_both_directions() {
        let text = b"this is a buffer";
        assert_eq!(find(text, b"is", 0.0, true, 1), Some(2));
        assert_eq!(find(text, b"is", 3.0, true, 1), Some(5));
        assert_eq!(find(text, b"is", -12.0, true, 1), Some(5));
        assert_eq!(find(text, b"is", 16.0, false, 1), Some(5));
        assert_eq!(find(text, b"is", 4.0, false, 1), Some(2));
        assert_eq!(find(text, b"is", -100.0, false, 1), None);
        assert_eq!(find(text, b"", 99.0, true, 1), Some(16));
        assert_eq!(find(b"", b"x", 0.0, true, 1), None);
    }

    #[test]
    fn keeps_to_the_step() {
        assert_eq!(find(b"\0a\0a\0", b"\0a", 1.0, true, 2), Some(2));
        assert_eq!(find(b"a\0a\0", b"\0a", 0.0, true, 2), None);
    }
}
