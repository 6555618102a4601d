//! Which files may be executed side by side.
//!
//! A template may change the values for those after it, and it may draw from a source of chance that
//! gives each caller something else. A file that can do neither cannot tell, nor be told, when it is
//! executed, as long as it stays between the same of the others.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use funcs::table::{self, Function};
use gotmpl::TemplateSet;

use crate::engine::TemplateFile;

/// Functions that change maps, and the one that may call any.
const CHANGING: [&str; 7] =
    ["set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite", "tpl"];

/// Functions that execute the template they name.
const EXECUTORS: [&str; 1] = ["include"];

/// The fewest files that are worth further threads.
const FEWEST: usize = 16;

/// Functions for which the order of the files matters.
static ORDERED: LazyLock<HashSet<&str, RandomState>> = LazyLock::new(|| {
    let asking = table::rows().filter(|row| matches!(row.function, Function::World(_)));
    asking.flat_map(table::Row::names).chain(CHANGING).collect()
});

/// Files that are executed one after the other, or side by side.
#[derive(Debug)]
pub(super) enum Batch<'f> {
    /// One after the other.
    InOrder(Vec<&'f TemplateFile>),
    /// In any order.
    SideBySide(Vec<&'f TemplateFile>),
}

/// Returns the batches of files that are no partials, in Helm's order.
pub(super) fn batches<'f>(set: &TemplateSet, files: &'f [TemplateFile]) -> Vec<Batch<'f>> {
    let files: Vec<&TemplateFile> = files.iter().filter(|file| !file.is_partial()).collect();
    if files.len() < FEWEST {
        return vec![Batch::InOrder(files)];
    }
    let ordered = set.reaching(&ORDERED, &EXECUTORS);
    split(&files, &ordered)
}

fn split<'f>(
    files: &[&'f TemplateFile],
    ordered: &HashSet<Arc<str>, RandomState>,
) -> Vec<Batch<'f>> {
    let is_ordered = |file: &&TemplateFile| ordered.contains(&file.path);
    let mut batches = Vec::new();
    for run in files.chunk_by(|a, b| is_ordered(a) == is_ordered(b)) {
        let free = run.len() >= FEWEST && !run.first().is_some_and(is_ordered);
        match (batches.last_mut(), free) {
            (_, true) => batches.push(Batch::SideBySide(run.to_vec())),
            (Some(Batch::InOrder(files)), false) => files.extend(run),
            (_, false) => batches.push(Batch::InOrder(run.to_vec())),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> TemplateFile {
        TemplateFile { path: Arc::from(path), chart: Arc::from("app"), text: Arc::from([]) }
    }

    /// Files are `o` (ordered) and `f` (free); batches are printed as `[…]` in order and `<…>` side by side.
    fn check(letters: &str, expected: &str) {
        let names: Vec<String> =
            letters.chars().enumerate().map(|(i, c)| format!("{c}{i}")).collect();
        let files: Vec<TemplateFile> = names.iter().map(|name| file(name)).collect();
        let ordered =
            names.iter().filter(|name| name.starts_with('o')).map(|name| Arc::from(&**name));
        let files: Vec<&TemplateFile> = files.iter().collect();
        let batches = split(&files, &ordered.collect());
        let told = batches.iter().map(|batch| match batch {
            Batch::InOrder(files) => format!("[{}]", files.len()),
            Batch::SideBySide(files) => format!("<{}>", files.len()),
        });
        assert_eq!(told.collect::<String>(), expected, "{letters}");
    }

    #[test]
    fn runs_of_free_files_are_executed_side_by_side_if_they_are_long() {
        let free = "f".repeat(FEWEST);
        check(&free, "<16>");
        check(&format!("o{free}o"), "[1]<16>[1]");
        check(&format!("off{free}"), "[1]<18>");
        check("offfo", "[5]");
        check("", "");
    }

    #[test]
    fn what_changes_or_draws_is_ordered() {
        for name in
            ["set", "mergeOverwrite", "tpl", "randAlphaNum", "uuidv4", "genCA", "lookup", "now"]
        {
            assert!(ORDERED.contains(name), "{name}");
        }
        for name in ["include", "toYaml", "dict", "deepCopy", "upper"] {
            assert!(!ORDERED.contains(name), "{name}");
        }
    }
}
