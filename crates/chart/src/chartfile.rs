//! Chart.yaml as it is read: Helm's conversions, cleaning and rules.

use value::Value;

use crate::dependency;
use crate::fields::{Fields, Wrong, locate, read};
use crate::{ChartError, ChartErrorKind, Dependency, Maintainer, Metadata};

/// Chart.yaml as it is written: no rule was checked, no text cleaned, and entries of lists that are
/// `null` are still there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chartfile {
    /// All fields but the lists below, which are empty here.
    pub metadata: Metadata,
    /// `maintainers`.
    pub maintainers: Vec<Option<Maintainer>>,
    /// `dependencies`.
    pub dependencies: Vec<Option<Dependency>>,
}

impl Chartfile {
    /// Reads Chart.yaml; fields that are not there are empty.
    pub fn read(data: &[u8]) -> Result<Self, ChartError> {
        read("Chart.yaml", data, read_chartfile)
    }

    /// Reads Chart.yaml. A missing `apiVersion` means `v1`.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, ChartError> {
        let mut chartfile = Self::read(data)?;
        if chartfile.metadata.api_version.is_empty() {
            "v1".clone_into(&mut chartfile.metadata.api_version);
        }
        Ok(chartfile)
    }

    /// Takes over the dependencies of requirements.yaml, if it names some.
    pub(crate) fn add_requirements(&mut self, data: &[u8]) -> Result<(), ChartError> {
        let found = read("requirements.yaml", data, |fields| {
            Ok(fields.find("dependencies").is_some().then_some(dependency::read_all(fields)?))
        })?;
        if let Some(dependencies) = found {
            self.dependencies = dependencies;
        }
        Ok(())
    }

    /// Returns the `apiVersion`, never empty.
    pub(crate) fn api_version(&self) -> &str {
        &self.metadata.api_version
    }

    /// Cleans the texts and checks Helm's rules in Helm's order; `text` is Chart.yaml, for the excerpt.
    pub(crate) fn validate(mut self, text: &[u8]) -> Result<Metadata, ChartError> {
        self.sanitize();
        match self.check() {
            Ok(()) => {
                self.metadata.maintainers = self.maintainers.into_iter().flatten().collect();
                self.metadata.dependencies = self.dependencies.into_iter().flatten().collect();
                Ok(self.metadata)
            }
            Err(broken) => {
                let kind = ChartErrorKind::Invalid { problem: broken.problem };
                let mut error = ChartError::from(kind).with_hint(broken.hint);
                if let Some(detail) = locate("Chart.yaml", text, broken.field) {
                    error = error.with_detail(detail);
                }
                Err(error)
            }
        }
    }

    fn sanitize(&mut self) {
        let m = &mut self.metadata;
        for text in [
            &mut m.name,
            &mut m.description,
            &mut m.home,
            &mut m.icon,
            &mut m.condition,
            &mut m.tags,
            &mut m.app_version,
            &mut m.kube_version,
        ] {
            clean(text);
        }
        m.sources.iter_mut().chain(&mut m.keywords).for_each(clean);
        for one in self.maintainers.iter_mut().flatten() {
            [&mut one.name, &mut one.email, &mut one.url].into_iter().for_each(clean);
        }
        for one in self.dependencies.iter_mut().flatten() {
            [&mut one.name, &mut one.version, &mut one.repository, &mut one.condition]
                .into_iter()
                .chain(&mut one.tags)
                .for_each(clean);
        }
    }

    fn check(&self) -> Result<(), Broken> {
        let m = &self.metadata;
        let rule = |holds: bool, field, problem: String, hint| {
            if holds { Ok(()) } else { Err(Broken { field, problem, hint }) }
        };
        let name = &m.name;
        let version = &m.version;
        rule(
            !name.is_empty(),
            "name",
            "chart.metadata.name is required".into(),
            "add a line such as `name: app` to Chart.yaml",
        )?;
        rule(
            name != "." && name != "..",
            "name",
            format!("chart.metadata.name {name:?} is not allowed"),
            "use a name of lower case letters, digits and dashes",
        )?;
        rule(
            !name.contains(['/', '\\']),
            "name",
            format!("chart.metadata.name {name:?} is invalid"),
            "a name is not a path: use lower case letters, digits and dashes",
        )?;
        rule(
            !version.is_empty(),
            "version",
            "chart.metadata.version is required".into(),
            "add a line such as `version: 0.1.0` to Chart.yaml",
        )?;
        rule(
            version::parse(version).is_ok(),
            "version",
            format!("chart.metadata.version {version:?} is invalid"),
            "versions look like 1.2.3 or 1.2.3-rc.1 (semver.org)",
        )?;
        rule(
            matches!(m.chart_type.as_str(), "" | "application" | "library"),
            "type",
            "chart.metadata.type must be application or library".into(),
            "leave `type` out for an application",
        )?;
        rule(
            self.maintainers.iter().all(Option::is_some),
            "maintainers",
            "maintainers must not contain empty or null nodes".into(),
            "remove the `-` with nothing behind it",
        )?;
        self.check_dependencies()
    }

    fn check_dependencies(&self) -> Result<(), Broken> {
        let broken = |problem, hint| Broken { field: "dependencies", problem, hint };
        let mut keys = std::collections::BTreeSet::new();
        for dependency in &self.dependencies {
            let Some(dependency) = dependency else {
                return Err(broken(
                    "dependencies must not contain empty or null nodes".into(),
                    "remove the `-` with nothing behind it",
                ));
            };
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if !dependency.alias.chars().all(allowed) {
                return Err(broken(
                    format!(
                        "dependency {:?} has disallowed characters in the alias",
                        dependency.name
                    ),
                    "an alias consists of letters, digits, `_` and `-`",
                ));
            }
            let key = dependency.key();
            if !keys.insert(key) {
                return Err(broken(
                    format!("more than one dependency with name or alias {key:?}"),
                    "give each use of a chart an `alias` of its own",
                ));
            }
        }
        Ok(())
    }
}

/// A rule of Helm that does not hold.
struct Broken {
    field: &'static str,
    problem: String,
    hint: &'static str,
}

/// Makes every blank an ordinary one and drops what cannot be printed.
fn clean(text: &mut String) {
    let keep = |c: char| {
        if c.is_whitespace() {
            return Some(' ');
        }
        // The standard library escapes exactly what is unassigned, private, format or control.
        let mut buffer = String::from("a");
        buffer.push(c);
        (matches!(c, '"' | '\'' | '\\') || buffer.escape_debug().nth(1) == Some(c)).then_some(c)
    };
    if text.chars().any(|c| !(c == ' ' || c.is_ascii_graphic())) {
        *text = text.chars().filter_map(keep).collect();
    }
}

fn read_chartfile(fields: &Fields<'_>) -> Result<Chartfile, Wrong> {
    let mut annotations = std::collections::BTreeMap::new();
    match fields.find("annotations") {
        None | Some(Value::Null) => {}
        Some(Value::Map(map)) => {
            for (key, value) in map.iter() {
                annotations.insert(key.to_string(), fields.as_text(value, "annotations")?);
            }
        }
        Some(other) => return Err(fields.wrong(other, "annotations", "map[string]string")),
    }
    let metadata = Metadata {
        name: fields.text("name")?,
        home: fields.text("home")?,
        sources: fields.texts("sources")?,
        version: fields.text("version")?,
        description: fields.text("description")?,
        keywords: fields.texts("keywords")?,
        maintainers: Vec::new(),
        icon: fields.text("icon")?,
        api_version: fields.text("apiVersion")?,
        condition: fields.text("condition")?,
        tags: fields.text("tags")?,
        app_version: fields.text("appVersion")?,
        deprecated: fields.flag("deprecated")?,
        annotations,
        kube_version: fields.text("kubeVersion")?,
        dependencies: Vec::new(),
        chart_type: fields.text("type")?,
    };
    let maintainers = fields.maps("maintainers", "maintainers.", "v2.Maintainer", |one| {
        Ok(Maintainer { name: one.text("name")?, email: one.text("email")?, url: one.text("url")? })
    })?;
    Ok(Chartfile { metadata, maintainers, dependencies: dependency::read_all(fields)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Metadata, ChartError> {
        Chartfile::parse(text.as_bytes())?.validate(text.as_bytes())
    }

    #[test]
    fn scalars_become_text_the_way_go_prints_them() {
        let text = "apiVersion: v2\nname: a\nversion: 1\nappVersion: 1.10\ndescription: yes\nkeywords: [1e7, 2, x, ~]\nannotations: {a: 5, b: true}\n";
        let metadata = parse(text).unwrap();
        assert_eq!(metadata.version, "1");
        assert_eq!(metadata.app_version, "1.1");
        assert_eq!(metadata.description, "true");
        assert_eq!(metadata.keywords, ["1e+07", "2", "x", ""]);
        assert_eq!(metadata.annotations["a"], "5");
        assert_eq!(metadata.annotations["b"], "true");
    }

    #[test]
    fn names_are_found_in_any_case_and_unknown_ones_ignored() {
        let metadata = parse("NAME: a\nVersion: 1.0.0\nnonsense: [1]\n").unwrap();
        assert_eq!((metadata.name.as_str(), metadata.api_version.as_str()), ("a", "v1"));
    }

    #[test]
    fn what_is_only_read_stays_as_it_is_written() {
        let chartfile = Chartfile::read(b"description: \"a\\tb\"\nmaintainers: [~]\n").unwrap();
        assert_eq!(chartfile.metadata.api_version, "");
        assert_eq!(chartfile.metadata.description, "a\tb");
        assert_eq!(chartfile.maintainers, [None]);
    }

    #[test]
    fn texts_are_cleaned() {
        let metadata =
            parse("name: a\nversion: 1.0.0\ndescription: \"a\\tb\\u200bc\\u00a0é'\\e\"\n");
        assert_eq!(metadata.unwrap().description, "a bc é'");
    }

    fn check_error(text: &str, expected: &str, line: Option<usize>) {
        let error = parse(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        let found = error.detail().and_then(|detail| detail.position).map(|at| at.line);
        assert_eq!(found, line, "{text}");
    }

    #[test]
    fn rules_are_checked_in_helms_order_with_helms_texts() {
        let ok = "name: a\nversion: 1.0.0\n";
        check_error("version: 1\n", "validation: chart.metadata.name is required", None);
        check_error("name: ..\n", "validation: chart.metadata.name \"..\" is not allowed", Some(1));
        check_error("name: a/b\n", "validation: chart.metadata.name \"a/b\" is invalid", Some(1));
        check_error("name: a\n", "validation: chart.metadata.version is required", None);
        check_error(
            "name: a\nversion: x\n",
            "validation: chart.metadata.version \"x\" is invalid",
            Some(2),
        );
        check_error(
            &format!("{ok}type: app\n"),
            "validation: chart.metadata.type must be application or library",
            Some(3),
        );
        check_error(
            &format!("{ok}maintainers: [~]\n"),
            "validation: maintainers must not contain empty or null nodes",
            Some(3),
        );
        check_error(
            &format!("{ok}dependencies:\n- name: b\n-\n"),
            "validation: dependencies must not contain empty or null nodes",
            Some(3),
        );
        check_error(
            &format!("{ok}dependencies:\n- {{name: b, alias: a b}}\n"),
            "validation: dependency \"b\" has disallowed characters in the alias",
            Some(3),
        );
        check_error(
            &format!("{ok}dependencies:\n- {{name: b}}\n- {{name: c, alias: b}}\n"),
            "validation: more than one dependency with name or alias \"b\"",
            Some(3),
        );
    }

    #[test]
    fn wrong_kinds_are_named_as_go_names_them() {
        let start = "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
        check_error(
            "name: a\nkeywords: x\n",
            &format!("{start} string into Go struct field Metadata.keywords of type []string"),
            Some(2),
        );
        check_error(
            "dependencies:\n- name: {}\n",
            &format!(
                "{start} object into Go struct field Dependency.dependencies.name of type string"
            ),
            Some(1),
        );
        check_error(
            "name: a\nmaintainers: [{name: [b]}]\n",
            &format!(
                "{start} array into Go struct field Maintainer.maintainers.name of type string"
            ),
            Some(2),
        );
        check_error(
            "name: a\nmaintainers: [b]\n",
            &format!(
                "{start} string into Go struct field Metadata.maintainers of type v2.Maintainer"
            ),
            Some(2),
        );
        check_error("- a\n", &format!("{start} array into Go value of type v2.Metadata"), Some(1));
    }

    #[test]
    fn broken_yaml_is_shown() {
        let error = parse("name: a\n  version: [\n").unwrap_err();
        assert!(
            error.to_string().starts_with("cannot load Chart.yaml: error converting YAML"),
            "{error}"
        );
        assert!(error.detail().is_some_and(|detail| !detail.excerpt.is_empty()));
    }
}
