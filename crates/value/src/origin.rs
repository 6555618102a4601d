//! Where values come from: the sources of a person's values, and who set what.
//!
//! [`Sources`] applies values files and `--set` arguments one over the other, as Helm does, and remembers
//! them. Nothing is written down for each value; who set one is found out when somebody asks, by applying
//! the sources again with a mark in the place of every value.

use std::fmt;
use std::sync::Arc;

use crate::strvals::{self, Flag, StrvalsError, Typing};
use crate::{Position, Value, merge_over, yaml};

/// What a person says about values: sources in order, each over those before it. Cheap to clone.
///
/// Values may be secrets: `Debug` shows the labels only.
#[derive(Clone, Default, PartialEq)]
pub struct Sources {
    steps: Vec<Arc<Step>>,
    value: Value,
}

/// A place that sets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who: the name of a file, a flag with the path that it sets, or whatever else the source is called.
    pub source: String,
    /// Line and column, if the source is a text.
    pub position: Option<Position>,
    /// Keys of maps and positions in lists that lead to the value within the source.
    pub path: Vec<String>,
}

#[derive(PartialEq)]
struct Step {
    label: String,
    change: Change,
}

#[derive(PartialEq)]
enum Change {
    Merge { value: Value, text: Option<Arc<str>> },
    Flag { flag: Flag, argument: String },
}

impl Sources {
    /// Returns no sources, whose values are an empty map.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self { steps: Vec::new(), value: Value::map() }
    }

    /// Merges a map over everything said before: `label` names the source, and `text` is the YAML it was read
    /// from, if lines are to be named.
    pub fn merge(&mut self, label: impl Into<String>, value: Value, text: Option<Arc<str>>) {
        self.make_map();
        merge_over(&mut self.value, value.clone());
        self.push(label.into(), Change::Merge { value, text });
    }

    /// Applies a `--set` or `--set-string` argument; see [`strvals::set`].
    pub fn set(&mut self, argument: &str, typing: Typing) -> Result<(), StrvalsError> {
        strvals::set(&mut self.value, argument, typing)?;
        let (label, flag) = match typing {
            Typing::Guess => ("--set", Flag::Set),
            Typing::String => ("--set-string", Flag::String),
        };
        self.push_flag(label, flag, argument);
        Ok(())
    }

    /// Applies a `--set-json` argument; see [`strvals::set_json`].
    pub fn set_json(&mut self, argument: &str) -> Result<(), StrvalsError> {
        strvals::set_json(&mut self.value, argument)?;
        self.push_flag("--set-json", Flag::Json, argument);
        Ok(())
    }

    /// Applies a `--set-file` argument; see [`strvals::set_file`].
    pub fn set_file(
        &mut self,
        argument: &str,
        read: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<(), StrvalsError> {
        strvals::set_file(&mut self.value, argument, read)?;
        self.push_flag("--set-file", Flag::File, argument);
        Ok(())
    }

    /// Applies a `--set-literal` argument; see [`strvals::set_literal`].
    pub fn set_literal(&mut self, argument: &str) -> Result<(), StrvalsError> {
        strvals::set_literal(&mut self.value, argument)?;
        self.push_flag("--set-literal", Flag::Literal, argument);
        Ok(())
    }

    /// Returns the values that all sources together make: a map, or null without any source.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns who set the value at `path`, the one that counts first; those behind it were overridden.
    ///
    /// Empty when nobody set it, or when a later source took it away by replacing a map that it was in. A map
    /// is set by everybody who sets something in it.
    #[must_use]
    pub fn history(&self, path: &[&str]) -> Vec<Place> {
        let mut seen: Option<Value> = None;
        let mut setters: Vec<usize> = Vec::new();
        self.replay(|number, step, base| {
            let now = at(base, path).cloned();
            let said = step.says_null(path);
            match &now {
                None => setters.clear(),
                Some(_) if said || now != seen => setters.push(number),
                Some(_) => {}
            }
            seen = now;
        });
        let steps = setters.iter().rev().filter_map(|number| self.steps.get(*number));
        steps.map(|step| step.place(path, &self.value)).collect()
    }

    /// Applies the sources again with marks for values, and shows what there is after each.
    fn replay(&self, mut look: impl FnMut(usize, &Step, &Value)) {
        let mut base = Value::Null;
        for (number, step) in self.steps.iter().enumerate() {
            let mark = Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
            if base.is_null() {
                base = Value::map();
            }
            match &step.change {
                Change::Merge { value, .. } => {
                    merge_over(&mut base, strvals::marked(value.clone(), &mark));
                }
                Change::Flag { flag, argument } => {
                    // It was applied before, and a mark is refused nowhere that the value was not.
                    let _applied = strvals::mark(&mut base, argument, *flag, &mark);
                }
            }
            look(number, step, &base);
        }
    }

    fn make_map(&mut self) {
        if self.value.is_null() {
            self.value = Value::map();
        }
    }

    fn push_flag(&mut self, label: &str, flag: Flag, argument: &str) {
        self.push(label.to_owned(), Change::Flag { flag, argument: argument.to_owned() });
    }

    fn push(&mut self, label: String, change: Change) {
        self.steps.push(Arc::new(Step { label, change }));
    }
}

impl Step {
    /// Returns whether this is a file that says `null` at `path`, which leaves no mark.
    fn says_null(&self, path: &[&str]) -> bool {
        match &self.change {
            Change::Merge { value, .. } => at(value, path).is_some_and(Value::is_null),
            Change::Flag { .. } => false,
        }
    }

    fn place(&self, path: &[&str], values: &Value) -> Place {
        let owned = path.iter().map(|&key| key.to_owned()).collect();
        match &self.change {
            Change::Merge { text, .. } => Place {
                source: self.label.clone(),
                position: text.as_ref().and_then(|text| yaml::position_of(text, path)),
                path: owned,
            },
            Change::Flag { .. } => Place {
                source: format!("{} {}", self.label, dotted(path, values)),
                position: None,
                path: owned,
            },
        }
    }
}

/// Prints `prod.yaml:3:5` or `--set image.tag`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        match self.position {
            Some(position) => write!(f, ":{position}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| &step.label)).finish()
    }
}

/// Follows keys of maps and, unlike [`Value::at`], positions of lists.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match value {
        Value::List(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// Writes a path as `--set` reads it: `a.b[0].c`, dots within keys escaped. `values` tells lists from maps.
#[must_use]
pub fn dotted(path: &[&str], values: &Value) -> String {
    let mut out = String::new();
    let mut here = Some(values);
    for step in path {
        if matches!(here, Some(Value::List(_))) {
            out.extend(["[", step, "]"]);
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            for c in step.chars() {
                if matches!(c, '.' | '[' | ']' | '=' | ',' | '\\') {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        here = here.and_then(|value| at(value, &[step]));
    }
    out
}

/// Reads a path as `--set` does, without its value: the keys and positions of `a.b[0].c`. What is no path is
/// read as far as possible.
#[must_use]
pub fn parse_path(text: &str) -> Vec<String> {
    let mut path = Vec::new();
    let mut step = String::new();
    let mut in_list = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => step.extend(chars.next()),
            '.' | '[' | ']' => {
                // Behind a bracket there is no key before the next dot.
                if !step.is_empty() || (c == '.' && !in_list) {
                    path.push(std::mem::take(&mut step));
                }
                in_list = c == ']';
            }
            c => step.push(c),
        }
    }
    if !step.is_empty() {
        path.push(step);
    }
    path
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::any_map;

    /// Sources from lines such as `-f a.yaml {a: 1}` or `--set a=1`.
    fn sources(lines: &[&str]) -> Sources {
        let mut sources = Sources::default();
        for line in lines {
            let (flag, argument) = line.split_once(' ').unwrap();
            match flag {
                "-f" => {
                    let (name, text) = argument.split_once(' ').unwrap();
                    let text: Arc<str> = Arc::from(text);
                    let mut merged = Value::map();
                    for value in yaml::documents(&text).unwrap() {
                        merge_over(&mut merged, value);
                    }
                    sources.merge(name, merged, Some(text));
                }
                "--set" => sources.set(argument, Typing::Guess).unwrap(),
                "--set-string" => sources.set(argument, Typing::String).unwrap(),
                "--set-json" => sources.set_json(argument).unwrap(),
                "--set-file" => sources.set_file(argument, &mut |name| Ok(name.into())).unwrap(),
                _ => sources.set_literal(argument).unwrap(),
            }
        }
        sources
    }

    fn check(lines: &[&str], path: &[&str], expected: &[&str]) {
        let places = sources(lines).history(path);
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        assert_eq!(places, expected, "{lines:?} {path:?}");
    }

    #[test]
    fn the_last_source_that_sets_a_value_counts_and_the_others_are_known() {
        let files = ["-f a.yaml a: {b: 1, c: 2}\nd: [x, y]\n", "-f b.yaml a:\n  b: 1\n"];
        check(&files, &["a", "b"], &["b.yaml:2:6", "a.yaml:1:8"]);
        check(&files, &["a", "c"], &["a.yaml:1:14"]);
        check(&files, &["d", "1"], &["a.yaml:2:8"]);
        check(&files, &["a"], &["b.yaml:1:1", "a.yaml:1:4"]);
        check(&files, &["nope"], &[]);
        check(&["-f a.yaml a: 1", "--set a=1"], &["a"], &["--set a", "a.yaml:1:4"]);
        check(&["--set a=1,b=2", "--set-string a=1"], &["b"], &["--set b"]);
        check(
            &["-f a.yaml d: [x, {k: 1}]", "--set d[1].k=2", "--set-literal x\\.y=a,b=c"],
            &["d", "1", "k"],
            &["--set d[1].k", "a.yaml:1:12"],
        );
        check(&["--set-literal x=a,b=c"], &["x"], &["--set-literal x"]);
        check(&["--set a\\.b.c="], &["a.b", "c"], &["--set a\\.b.c"]);
        check(&["--set-file a=name,b=other"], &["b"], &["--set-file b"]);
        check(
            &["--set-json {\"a\": {\"b\": [1]}}", "--set-json a.c=1"],
            &["a", "b", "0"],
            &["--set-json a.b[0]"],
        );
    }

    #[test]
    fn of_several_documents_the_last_that_has_the_value_counts() {
        check(&["-f a.yaml a: 1\n---\na: 2\nb: 1\n"], &["a"], &["a.yaml:3:4"]);
    }

    #[test]
    fn nulls_and_replaced_maps_are_seen() {
        check(&["-f a.yaml a: 1", "-f b.yaml a: ~"], &["a"], &["b.yaml:1:4", "a.yaml:1:4"]);
        check(&["-f a.yaml a: ~", "-f b.yaml a: ~"], &["a"], &["b.yaml:1:4", "a.yaml:1:4"]);
        check(&["-f a.yaml a: {b: 1}", "-f b.yaml a: ~"], &["a", "b"], &[]);
        check(&["-f a.yaml a: {}"], &["a"], &["a.yaml:1:4"]);
        check(&["-f a.yaml a: 1", "--set a=null"], &["a"], &["--set a", "a.yaml:1:4"]);
    }

    /// Calls `see` for everything in `value` that is no map.
    fn leaves(value: &Value, path: &mut Vec<String>, see: &mut dyn FnMut(&[&str], &Value)) {
        if let Value::Map(map) = value {
            for (key, value) in map.iter() {
                path.push(key.to_string());
                leaves(value, path, see);
                path.pop();
            }
        } else {
            see(&path.iter().map(String::as_str).collect::<Vec<_>>(), value);
        }
    }

    proptest! {
        #[test]
        fn who_sets_a_value_says_it(
            files in proptest::collection::vec(any_map(), 1..4),
            flags in proptest::collection::vec("[a-c](\\.[a-c]){0,2}=[0-2]", 0..3),
        ) {
            let mut sources = Sources::default();
            for (number, file) in files.iter().enumerate() {
                let text = Arc::from(yaml::to_string(file));
                sources.merge(number.to_string(), file.clone(), Some(text));
            }
            for flag in &flags {
                let _refused = sources.set(flag, Typing::Guess);
            }
            leaves(sources.value(), &mut Vec::new(), &mut |path, value| {
                let places = sources.history(path);
                let place = places.first().unwrap();
                if let Ok(number) = place.source.parse::<usize>() {
                    assert_eq!(at(&files[number], path), Some(value));
                    assert!(place.position.is_some());
                } else {
                    let setting = format!("{}={value}", dotted(path, sources.value()));
                    assert!(flags.contains(&setting), "{setting}");
                }
            });
        }
    }

    #[test]
    fn paths_are_read_as_they_are_written() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(parse_path(text), expected, "{text}");
        check("a.b", &["a", "b"]);
        check("a[0].b[1][2]", &["a", "0", "b", "1", "2"]);
        check("a\\.b.c\\[d", &["a.b", "c[d"]);
        check("", &[]);
        let value = crate::json::from_str(r#"{"a.b":[{"c":[[1]]}]}"#).unwrap();
        let path = ["a.b", "0", "c", "0", "0"];
        assert_eq!(dotted(&path, &value), "a\\.b[0].c[0][0]");
        assert_eq!(parse_path(&dotted(&path, &value)), path);
    }

    #[test]
    fn debugging_shows_labels_and_no_values() {
        let shown = format!("{:?}", sources(&["--set a=hunter2", "-f a.yaml b: hunter2"]));
        assert_eq!(shown, r#"["--set", "a.yaml"]"#);
    }
}
