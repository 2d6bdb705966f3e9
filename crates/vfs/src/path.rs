//! Paths: a list of segments below the root.

use std::fmt;

/// A path without dots and without empty segments (V1); the root has no segments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Box<str>>);

impl Path {
    /// The path that `text` names, seen from the root. It never leads above it.
    pub fn of(text: &str) -> Self {
        let mut path = Self::default();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    path.0.pop();
                }
                part => path.0.push(part.into()),
            }
        }
        path
    }

    /// Whether `name` may be the name of something (V1).
    pub fn is_name(name: &str) -> bool {
        !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
    }

    pub fn parts(&self) -> &[Box<str>] {
        &self.0
    }

    /// The directory and the name in it; `None` for the root.
    pub fn split_last(&self) -> Option<(Self, &str)> {
        let (name, parent) = self.0.split_last()?;
        Some((Self(parent.to_vec()), name))
    }

    /// What is below this directory under `name`.
    pub fn join(&self, name: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(name.into());
        Self(parts)
    }

    /// Whether `self` is below `other`.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }

    /// Without the first slash.
    pub fn relative(&self) -> String {
        self.0.join("/")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.relative())
    }
}
