//! Paths as `file:` URLs name them.

use jsg::modules::normalized_path;
use jsg::{Error, Result};
use vfs::Path;

/// The longest path, in bytes.
const LONGEST: usize = 4096;

/// The most slashes in a path.
const DEEPEST: usize = 48;

/// The place that a URL names.
pub(super) struct Located {
    /// The URL's path, for texts.
    pub name: String,
    pub path: Path,
}

impl Located {
    /// # Errors
    /// It names no file.
    pub fn of(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("file:") else {
            return Err(Error::type_error("File path must be a file: URL"));
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let path = match rest.strip_prefix("//") {
            Some(rest) if !rest.starts_with('/') && !rest.is_empty() => {
                return Err(Error::error("File path must not have a host"));
            }
            Some(path) => path,
            None => rest,
        };
        let name = normalized_path(path.as_bytes());
        if name.len() > LONGEST {
            return Err(Error::error("File path is too long"));
        }
        if name.bytes().filter(|byte| *byte == b'/').count() > DEEPEST {
            return Err(Error::error("File path has too many segments"));
        }
        let path = Path::of(&name);
        Ok(Self { name, path })
    }

    /// The directory that it is in and the name in it, which is empty after a slash at the end.
    pub fn parent(&self) -> (Path, &str) {
        let (parent, name) = self.name.rsplit_once('/').unwrap_or(("", &self.name));
        (Path::of(parent), name)
    }

    /// As [`parent`](Self::parent), without regard to a slash at the end.
    pub fn entry(&self) -> (Path, String) {
        match self.path.split_last() {
            Some((parent, name)) => (parent, name.to_owned()),
            None => (Path::default(), String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> String {
        Located::of(url).unwrap().path.to_string()
    }

    #[test]
    fn names_have_one_form() {
        assert_eq!(path("file:///tmp/%41%20b%23%"), "/tmp/A%20b%23%");
        assert_eq!(path("file:///tmp/a%2fb%25%2F"), "/tmp/a%2Fb%%2F");
        assert_eq!(path("file:///tmp/%C3%BC?query#hash"), "/tmp/%C3%BC");
    }

    #[test]
    fn only_files_are_located() {
        assert!(Located::of("http://a/b").is_err());
        assert!(Located::of("file://host/b").is_err());
        assert!(Located::of(&format!("file:///{}", "x".repeat(LONGEST))).is_err());
        assert!(Located::of(&format!("file:///{}", "a/".repeat(DEEPEST))).is_err());
    }

    #[test]
    fn a_slash_at_the_end_is_an_empty_name() {
        let located = Located::of("file:///tmp/a/").unwrap();
        assert_eq!(located.parent(), (Path::of("/tmp/a"), ""));
        assert_eq!(located.entry(), (Path::of("/tmp"), "a".to_owned()));
    }
}
