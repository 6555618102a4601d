//! Paths by their text alone.

use std::path::{Component, Path, PathBuf};

/// Returns the path without `.` and `..`, as Go's `filepath.Clean` does it; nothing on disk is looked at.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    if parts.is_empty() { PathBuf::from(".") } else { parts.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::clean;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        let check = |path: &str, expected: &str| {
            assert_eq!(clean(Path::new(path)).to_str(), Some(expected), "{path}");
        };
        check("./app/Chart.yaml", "app/Chart.yaml");
        check("a/../b//c/.", "b/c");
        check("../../a", "../../a");
        check("/../a", "/a");
        check(".", ".");
    }
}
