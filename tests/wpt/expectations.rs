//! Reads the list of what to run and of the subtests that are known to fail.

use std::collections::{BTreeMap, BTreeSet};

/// What `expectations.txt` says. Names of subtests are JSON strings, as reported.
#[derive(Default)]
pub(crate) struct Expectations {
    /// Folders and files to run.
    pub(crate) run: Vec<String>,
    /// Files and folders that are left out.
    pub(crate) skip: Vec<String>,
    /// The subtests that fail, by file.
    fail: BTreeMap<String, Failures>,
}

#[derive(Default)]
struct Failures {
    names: BTreeSet<String>,
    /// Beginnings of names: all of the subtests that begin so fail.
    prefixes: Vec<String>,
}

impl Expectations {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut expectations = Self::default();
        let mut file: Option<&mut Failures> = None;
        for (index, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if trimmed.starts_with('"') {
                let failures = file
                    .as_mut()
                    .ok_or_else(|| format!("line {}: a name before any file", index + 1))?;
                match trimmed.strip_suffix("\"*") {
                    Some(prefix) => failures.prefixes.push(prefix.to_owned()),
                    None => {
                        failures.names.insert(trimmed.to_owned());
                    }
                }
                continue;
            }
            match trimmed.split_once(' ') {
                Some(("run", path)) => expectations.run.push(path.to_owned()),
                Some(("skip", path)) => expectations.skip.push(path.to_owned()),
                Some(("fail", path)) => {
                    file = Some(expectations.fail.entry(path.to_owned()).or_default());
                }
                _ => return Err(format!("line {}: neither run, skip nor fail", index + 1)),
            }
        }
        Ok(expectations)
    }

    pub(crate) fn skips(&self, path: &str) -> bool {
        self.skip.iter().any(|skipped| {
            path.strip_prefix(skipped.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether this subtest is one that fails.
    pub(crate) fn expects_failure(&self, path: &str, name: &str) -> bool {
        self.fail.get(path).is_some_and(|failures| {
            failures.names.contains(name)
                || failures
                    .prefixes
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
        })
    }

    /// The names (no prefixes) that a file was said to fail and that did not come.
    pub(crate) fn missing<'a>(
        &'a self,
        path: &str,
        seen: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a str> {
        let names = self.fail.get(path).map(|failures| &failures.names);
        names
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(move |name| !seen(name))
    }
}
