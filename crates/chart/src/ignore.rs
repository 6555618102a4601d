//! `.helmignore`: which files of a folder are not part of the chart.
//!
//! Rules are looked at in order and the first that matches ignores. A negated rule is peculiar: a path
//! it does not match is ignored at once, one that it matches goes on to the next rule.

use crate::ChartErrorKind;
use crate::glob::Glob;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    WholePath,
    BaseName,
}

#[derive(Clone, Debug)]
struct Rule {
    glob: Glob,
    scope: Scope,
    negated: bool,
    folders_only: bool,
}

/// The rules of one `.helmignore`, with the built-in one at the end.
#[derive(Clone, Debug)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Reads the text of a `.helmignore`; an empty text leaves the built-in rule `templates/.?*`.
    pub fn parse(text: &str) -> Result<Self, ChartErrorKind> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().chain(["templates/.?*"]);
        let rules = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        rules.map(Rule::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether `path`, relative to the chart, is left out.
    #[must_use]
    pub fn ignore(&self, path: &str, is_folder: bool) -> bool {
        for rule in &self.0 {
            let matches = (is_folder || !rule.folders_only) && rule.matches(path);
            if matches != rule.negated {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, ChartErrorKind> {
        if line.contains("**") {
            return Err(ChartErrorKind::Ignore {
                problem: "double-star (**) syntax is not supported",
            });
        }
        let (rest, negated) = line.strip_prefix('!').map_or((line, false), |rest| (rest, true));
        let (rest, folders_only) =
            rest.strip_suffix('/').map_or((rest, false), |rest| (rest, true));
        let scope = if rest.contains('/') { Scope::WholePath } else { Scope::BaseName };
        let pattern = rest.strip_prefix('/').unwrap_or(rest);
        let glob = Glob::parse(pattern)
            .map_err(|_| ChartErrorKind::Ignore { problem: "syntax error in pattern" })?;
        Ok(Self { glob, scope, negated, folders_only })
    }

    fn matches(&self, path: &str) -> bool {
        match self.scope {
            Scope::WholePath => self.glob.matches(path),
            Scope::BaseName => {
                self.glob.matches(path.rsplit_once('/').map_or(path, |(_, base)| base))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: &str, path: &str, expected: bool) {
        let parsed = Rules::parse(rules).unwrap();
        let (path, is_folder) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
        assert_eq!(parsed.ignore(path, is_folder), expected, "{rules:?} {path}");
    }

    #[test]
    fn rules_ignore_as_in_helm() {
        check("helm.txt", "a/helm.txt", true);
        check("helm.*", "helm.txt", true);
        check("# helm.txt", "helm.txt", false);
        check("  padded.txt  ", "padded.txt", true);
        check("/a.txt", "a.txt", true);
        check("/a.txt", "cargo/a.txt", false);
        check("cargo/*.txt", "cargo/a.txt", true);
        check("cargo/*.txt", "mast/cargo/a.txt", false);
        check("cargo/", "cargo/", true);
        check("cargo/", "cargo", false);
        check("!*.txt", "a.txt", false);
        check("!*.txt", "Chart.yaml", true);
        check("!cargo/", "cargo", true);
        check("!cargo/", "cargo/", false);
        check("\u{feff}a", "a", true);
        check("", "templates/.dot", true);
        check("", "templates/a", false);
        check("", "deep/templates/.dot", false);
    }

    #[test]
    fn unusable_rules_are_errors() {
        for (rules, expected) in [("a/**", "double-star"), ("[", "syntax error in pattern")] {
            let error = Rules::parse(rules).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
