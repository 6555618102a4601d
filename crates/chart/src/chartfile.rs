//! Reading Chart.yaml and its relatives: Helm's conversions, rules and messages, with places.

use value::{Map, Position, Value, YamlError, yaml};

use crate::error::Detail;
use crate::{ChartError, ChartErrorKind, Dependency, Maintainer, Metadata};

/// Metadata as read, where Helm still sees entries that are `null`.
#[derive(Debug, Default)]
pub(crate) struct Chartfile {
    metadata: Metadata,
    maintainers: Vec<Option<Maintainer>>,
    dependencies: Vec<Option<Dependency>>,
}

impl Chartfile {
    /// Reads Chart.yaml. A missing `apiVersion` means `v1`.
    pub(crate) fn parse(data: &[u8]) -> Result<Self, ChartError> {
        let mut chartfile = read("Chart.yaml", data, read_chartfile)?;
        if chartfile.metadata.api_version.is_empty() {
            "v1".clone_into(&mut chartfile.metadata.api_version);
        }
        Ok(chartfile)
    }

    /// Takes over the dependencies of requirements.yaml, if it names some.
    pub(crate) fn add_requirements(&mut self, data: &[u8]) -> Result<(), ChartError> {
        let found = read("requirements.yaml", data, |fields| {
            Ok(fields.find("dependencies").is_some().then_some(fields.dependencies()?))
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
            crate::parse_version(version).is_some(),
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

/// Reads values.yaml: its documents merged in order.
pub(crate) fn values(data: &[u8]) -> Result<Value, ChartError> {
    let file = "values.yaml";
    let step = "cannot unmarshal yaml document: ";
    let documents = yaml::documents(utf8(file, step, data)?)
        .map_err(|problem| yaml_error(file, step, problem))?;
    let mut merged = Value::map();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Map(_) => value::merge_over(&mut merged, document),
            other => {
                let wrong = Wrong::new(&other, "value", "map[string]interface {}");
                return Err(wrong.into_error(file, step, data));
            }
        }
    }
    Ok(merged)
}

/// Reads Chart.lock or requirements.lock; an empty one is none.
pub(crate) fn lock(file: &str, data: &[u8]) -> Result<Option<Value>, ChartError> {
    let text = utf8(file, "", data)?;
    if yaml::from_str(text).is_ok_and(|value| value.is_null()) {
        return Ok(None);
    }
    read(file, data, |fields| {
        let generated = match fields.find("generated") {
            None | Some(Value::Null) => "0001-01-01T00:00:00Z".to_owned(),
            Some(value) => match value.as_str() {
                Some(text) if is_time(text) => text.to_owned(),
                _ => {
                    let problem = format!("parsing time {value}: not a time in RFC 3339 form");
                    return Err(Wrong { problem, field: "generated".into() });
                }
            },
        };
        let dependencies = fields.dependencies()?.into_iter().flatten().map(|dependency| {
            let fields = [
                ("name", dependency.name),
                ("version", dependency.version),
                ("repository", dependency.repository),
            ];
            fields.into_iter().map(|(key, text)| (key, Value::from(text))).collect()
        });
        let fields = [
            ("dependencies", dependencies.collect::<Vec<Value>>().into()),
            ("digest", fields.text("digest")?.into()),
            ("generated", generated.into()),
        ];
        Ok(Some(fields.into_iter().collect()))
    })
}

/// Whether `text` has the shape `2006-01-02T15:04:05[.999](Z|+01:00)`.
fn is_time(text: &str) -> bool {
    const SHAPE: &str = "0000-00-00T00:00:00";
    let shaped = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.chars().zip(shape.chars()).all(|(c, want)| match want {
                '0' => c.is_ascii_digit(),
                want => c == want,
            })
    };
    let Some((start, rest)) = text.split_at_checked(SHAPE.len()) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let signed = zone.strip_prefix(['+', '-']).is_some_and(|zone| shaped(zone, "00:00"));
    shaped(start, SHAPE) && (zone == "Z" || signed)
}

/// Reads a map of fields out of a YAML text.
fn read<T>(
    file: &str,
    data: &[u8],
    convert: impl FnOnce(&Fields<'_>) -> Result<T, Wrong>,
) -> Result<T, ChartError> {
    let value =
        yaml::from_str(utf8(file, "", data)?).map_err(|problem| yaml_error(file, "", problem))?;
    let empty = Map::new();
    let result = match &value {
        Value::Null => convert(&Fields { map: &empty, path: "" }),
        Value::Map(map) => convert(&Fields { map, path: "" }),
        other => {
            let name = if file.contains("lock") { "v2.Lock" } else { "v2.Metadata" };
            Err(Wrong::new(other, "value", name))
        }
    };
    result.map_err(|wrong| wrong.into_error(file, "", data))
}

fn utf8<'a>(file: &str, step: &'static str, data: &'a [u8]) -> Result<&'a str, ChartError> {
    std::str::from_utf8(data).map_err(|error| {
        let before = data.get(..error.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let line = before.lines().count().max(1);
        let kind = ChartErrorKind::Shape {
            file: file.to_owned(),
            problem: format!("{step}error converting YAML to JSON: yaml: invalid UTF-8 text"),
        };
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        ChartError::from(kind).with_detail(Detail {
            file: file.to_owned(),
            position: Some(Position { line, column }),
            excerpt: String::new(),
        })
    })
}

fn yaml_error(file: &str, step: &'static str, problem: YamlError) -> ChartError {
    ChartErrorKind::Yaml { file: file.to_owned(), step, problem }.into()
}

/// A value of a kind that its field does not take.
struct Wrong {
    problem: String,
    /// The top-level field, to find the line.
    field: String,
}

impl Wrong {
    fn new(value: &Value, target: &str, go_type: &str) -> Self {
        let kind = match value {
            Value::List(_) => "array",
            Value::Map(_) => "object",
            other => other.kind(),
        };
        Self {
            problem: format!("json: cannot unmarshal {kind} into Go {target} of type {go_type}"),
            field: String::new(),
        }
    }

    fn into_error(self, file: &str, step: &str, data: &[u8]) -> ChartError {
        let error = ChartError::from(ChartErrorKind::Shape {
            file: file.to_owned(),
            problem: format!(
                "{step}error unmarshaling JSON: while decoding JSON: {}",
                self.problem
            ),
        });
        match locate(file, data, &self.field) {
            Some(detail) => error.with_detail(detail),
            None => error,
        }
    }
}

/// Finds the line of a top-level field; an empty name is the first line with content.
fn locate(file: &str, data: &[u8], field: &str) -> Option<Detail> {
    let text = std::str::from_utf8(data).ok()?;
    let is_it = |line: &str| {
        if field.is_empty() {
            return !(line.trim().is_empty() || line.starts_with(['#', '-', '%']));
        }
        let (key, _) = line.split_once(':').unwrap_or_default();
        key.trim_end().trim_matches(['"', '\'']).eq_ignore_ascii_case(field)
    };
    let (index, line) = text.lines().enumerate().find(|(_, line)| is_it(line))?;
    let number = index + 1;
    let blank = " ".repeat(number.to_string().len());
    Some(Detail {
        file: file.to_owned(),
        position: Some(Position { line: number, column: 1 }),
        excerpt: format!("{number} | {line}\n{blank} | ^"),
    })
}

/// The fields of one map, read with Go's leniency.
struct Fields<'a> {
    map: &'a Map,
    /// Names of the fields leading here with a dot behind each, empty at the top.
    path: &'static str,
}

impl Fields<'_> {
    /// Finds a field by its name, in any case if need be.
    fn find(&self, name: &str) -> Option<&Value> {
        let other_case = || self.map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        self.map.get(name).or_else(|| other_case().map(|(_, value)| value))
    }

    fn wrong(&self, value: &Value, name: &str, go_type: &str) -> Wrong {
        let path = self.path;
        let target = format!("struct field Metadata.{path}{name}");
        let field = path.split('.').next().filter(|top| !top.is_empty()).unwrap_or(name);
        Wrong { field: field.to_owned(), ..Wrong::new(value, &target, go_type) }
    }

    fn as_text(&self, value: &Value, name: &str) -> Result<String, Wrong> {
        match value {
            Value::Null => Ok(String::new()),
            Value::Bool(flag) => Ok(flag.to_string()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Float(number) => Ok(value::number::format_g(*number)),
            Value::String(text) => Ok(text.to_string()),
            Value::List(_) | Value::Map(_) => Err(self.wrong(value, name, "string")),
        }
    }

    fn text(&self, name: &str) -> Result<String, Wrong> {
        self.find(name).map_or(Ok(String::new()), |value| self.as_text(value, name))
    }

    fn flag(&self, name: &str) -> Result<bool, Wrong> {
        match self.find(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(other, name, "bool")),
        }
    }

    fn list(&self, name: &str, go_type: &str) -> Result<&[Value], Wrong> {
        match self.find(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::List(items)) => Ok(items),
            Some(other) => Err(self.wrong(other, name, go_type)),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, Wrong> {
        self.list(name, "[]string")?.iter().map(|item| self.as_text(item, name)).collect()
    }

    /// Reads a list of maps; a `null` among them stays one.
    fn maps<T>(
        &self,
        name: &str,
        path: &'static str,
        go_type: &str,
        convert: impl Fn(&Fields<'_>) -> Result<T, Wrong>,
    ) -> Result<Vec<Option<T>>, Wrong> {
        let items = self.list(name, &format!("[]*{go_type}"))?.iter();
        let one = |item: &Value| match item {
            Value::Null => Ok(None),
            Value::Map(map) => convert(&Fields { map, path }).map(Some),
            other => Err(self.wrong(other, name, go_type)),
        };
        items.map(one).collect()
    }

    fn dependencies(&self) -> Result<Vec<Option<Dependency>>, Wrong> {
        self.maps("dependencies", "dependencies.", "v2.Dependency", |fields| {
            Ok(Dependency {
                name: fields.text("name")?,
                version: fields.text("version")?,
                repository: fields.text("repository")?,
                condition: fields.text("condition")?,
                tags: fields.texts("tags")?,
                enabled: fields.flag("enabled")?,
                import_values: fields.list("import-values", "[]interface {}")?.to_vec(),
                alias: fields.text("alias")?,
            })
        })
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
    Ok(Chartfile { metadata, maintainers, dependencies: fields.dependencies()? })
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
                "{start} object into Go struct field Metadata.dependencies.name of type string"
            ),
            Some(1),
        );
        check_error("- a\n", &format!("{start} array into Go value of type v2.Metadata"), None);
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

    #[test]
    fn values_documents_are_merged_and_must_be_maps() {
        let merged = values(b"a: {b: 1}\n---\n---\na: {c: ~}\n").unwrap();
        assert_eq!(merged.to_string(), r#"{"a":{"b":1,"c":null}}"#);
        assert_eq!(values(b"").unwrap(), Value::map());
        assert_eq!(
            values(b"- 1").unwrap_err().to_string(),
            "cannot load values.yaml: cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: \
             json: cannot unmarshal array into Go value of type map[string]interface {}"
        );
        assert!(values(b"a: \xff").is_err());
    }

    #[test]
    fn locks_need_a_time() {
        let good =
            lock("Chart.lock", b"generated: \"2024-01-02T03:04:05.6+01:00\"\ndigest: d\n").unwrap();
        assert_eq!(
            good.unwrap().to_string(),
            r#"{"dependencies":[],"digest":"d","generated":"2024-01-02T03:04:05.6+01:00"}"#
        );
        assert_eq!(lock("Chart.lock", b"").unwrap(), None);
        assert!(lock("Chart.lock", b"generated: yesterday").is_err());
    }
}
