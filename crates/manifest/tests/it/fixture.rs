//! Fixtures: a live object with what was seen beside it, and comments that say what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::ready::Related;
use value::Value;

/// One file.
pub(crate) struct Fixture {
    /// Its path in the folder, without its ending.
    pub(crate) name: String,
    /// The comment lines on top, at least one.
    pub(crate) comments: Vec<String>,
    /// The first document.
    pub(crate) object: Value,
    /// The others.
    pub(crate) related: Related,
}

impl Fixture {
    /// The first comment line.
    pub(crate) fn expected(&self) -> &str {
        self.comments.first().map_or("", String::as_str)
    }
}

/// Reads every file below a folder of `tests`, in order.
pub(crate) fn fixtures(folder: &str) -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    files(&root).iter().map(|path| read(&root, path)).collect()
}

fn read(root: &Path, path: &Path) -> Fixture {
    let text = fs::read_to_string(path).expect("a fixture is readable");
    let name = path.strip_prefix(root).expect("it is below the folder").with_extension("");
    let comments: Vec<String> =
        text.lines().map_while(|line| line.strip_prefix("# ").map(str::to_owned)).collect();
    assert!(!comments.is_empty(), "{} begins with what is expected", name.display());
    let mut documents =
        text.split("\n---\n").map(|text| value::yaml::from_str(text).expect("a fixture is YAML"));
    let object = documents.next().expect("a fixture has an object");
    let mut related = Related { pods_seen: true, ..Related::default() };
    for document in documents {
        match document.str_at(&["kind"]) {
            Some("ReplicaSet") => related.replica_sets.push(document),
            Some("Pod") => related.pods.push(document),
            kind => {
                assert_eq!(kind, Some("Event"), "{} has what is not looked at", name.display());
                related.events.push(document);
            }
        }
    }
    Fixture { name: name.to_string_lossy().into_owned(), comments, object, related }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of fixtures is readable");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}
