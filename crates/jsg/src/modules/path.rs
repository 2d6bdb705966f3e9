//! Paths of modules: what a specifier means, relative to the module that names it.
//!
//! A path is a list of names joined by `/`, without a leading slash. Empty names and `.` vanish, `..`
//! takes one name back, and nothing is above the root.

/// A specifier that leads out of the bundle or is no path at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPath;

/// The normal form of a module's own name.
pub fn parse(name: &str) -> Result<String, BadPath> {
    if name.starts_with('/') {
        return Err(BadPath);
    }
    let mut names = Vec::new();
    append(&mut names, name)?;
    Ok(display(&names))
}

/// What `specifier` means in the module `referrer`, which is in normal form.
pub fn resolve(referrer: &str, specifier: &str) -> Result<String, BadPath> {
    let mut names: Vec<&str> = if specifier.starts_with('/') {
        Vec::new()
    } else {
        parent(referrer)
            .split('/')
            .filter(|name| !name.is_empty())
            .collect()
    };
    append(&mut names, specifier)?;
    Ok(display(&names))
}

/// The folder of a module in normal form; the root is empty.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a specifier names a built-in module whoever imports it.
pub fn is_builtin_specifier(specifier: &str) -> bool {
    ["node:", "cloudflare:", "workerd:"]
        .iter()
        .any(|prefix| specifier.starts_with(prefix))
}

fn append<'a>(names: &mut Vec<&'a str>, path: &'a str) -> Result<(), BadPath> {
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop().ok_or(BadPath)?;
            }
            name if name.contains('\0') => return Err(BadPath),
            name => names.push(name),
        }
    }
    Ok(())
}

fn display(names: &[&str]) -> String {
    if names.is_empty() {
        ".".into()
    } else {
        names.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specifier_is_resolved_against_the_folder_of_its_referrer() {
        let ok = |referrer, specifier| resolve(referrer, specifier).expect("a good path");
        assert_eq!(ok("main.js", "./b.js"), "b.js");
        assert_eq!(ok("a/main.js", "b.js"), "a/b.js");
        assert_eq!(ok("a/main.js", "../b.js"), "b.js");
        assert_eq!(ok("a/main.js", "/b.js"), "b.js");
        assert_eq!(ok("main.js", "a//./c/../b.js"), "a/b.js");
        assert_eq!(ok("main.js", "http://x/"), "http:/x");
        assert_eq!(ok("main.js", ""), ".");
        assert_eq!(resolve("main.js", "../b.js"), Err(BadPath));
        assert_eq!(resolve("a/b.js", "../../b.js"), Err(BadPath));
    }

    #[test]
    fn a_modules_name_stays_inside_the_bundle() {
        assert_eq!(parse("./a/../main.js").as_deref(), Ok("main.js"));
        assert_eq!(parse("/main.js"), Err(BadPath));
        assert_eq!(parse("../main.js"), Err(BadPath));
        assert_eq!(parse("a\0b"), Err(BadPath));
    }
}
