//! What the fuzz targets do, as plain functions of bytes: `tests/fuzz` calls them with what a fuzzer
//! thinks of, and a test replays the seeds on any compiler.
//!
//! A function returns for whatever input; it panics when a promise of the code under test is broken.
//! Besides never panicking and never hanging, that is: what is printed reads back as the same, limits
//! hold, errors say something.

mod charts;
mod data;
mod execute;
mod grammar;
mod handlebars;
mod host;
mod records;
mod sections;
mod templates;
mod texts;

/// A fuzz target: its name, which is also that of its folder of seeds, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Tries one input.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "archive", run: charts::archive },
    Target { name: "chart", run: charts::chart },
    Target { name: "chart_yaml", run: charts::chart_yaml },
    Target { name: "execute_calls", run: execute::calls },
    Target { name: "execute_text", run: execute::text },
    Target { name: "handlebars", run: handlebars::handlebars },
    Target { name: "ignore", run: charts::ignore },
    Target { name: "record", run: records::record },
    Target { name: "regex", run: texts::regex },
    Target { name: "set", run: data::set },
    Target { name: "template_text", run: templates::text },
    Target { name: "template_tree", run: templates::tree },
    Target { name: "version", run: texts::version },
    Target { name: "yaml", run: data::yaml },
];

/// Tries one input of the target of that name.
///
/// # Panics
///
/// When there is no such target, and when the input is a finding.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.expect("the name stands in the table of targets");
    (target.run)(bytes);
}
