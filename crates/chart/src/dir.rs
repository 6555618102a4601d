//! Charts on disk: with [`Content`], the only file access of this crate.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::ignore::Rules;
use crate::limits::Budget;
use crate::load::Generation;
use crate::{
    Chart, ChartError, ChartErrorKind, Content, File, Limits, archive, load as files, sniff,
};

/// Loads the chart at `path`: a folder, or a `.tgz`. [`Limits::default`] applies.
///
/// In a folder, `.helmignore` is honoured and symbolic links are followed, as in Helm; what is neither
/// a file nor a folder is an error.
pub fn load(path: &Path) -> Result<Chart, ChartError> {
    load_generation(path, Generation::Installable)
}

/// Loads the chart at `path` as [`load`] does, but of whatever `apiVersion`: such a chart is for looking at.
pub fn load_draft(path: &Path) -> Result<Chart, ChartError> {
    load_generation(path, Generation::Any)
}

fn load_generation(path: &Path, accepted: Generation) -> Result<Chart, ChartError> {
    let limits = Limits::default();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ChartErrorKind::PathNotFound { path: path.display().to_string() }.into());
        }
        Err(error) => return Err(failed(path, error)),
    };
    let absolute = std::path::absolute(path).map_err(|error| failed(path, error))?;
    if metadata.is_dir() {
        load_folder(&absolute, &limits, accepted)
    } else if metadata.is_file() {
        load_file(&absolute, &limits)
    } else {
        Err(ChartErrorKind::Irregular { path: absolute.display().to_string() }.into())
    }
}

fn load_file(path: &Path, limits: &Limits) -> Result<Chart, ChartError> {
    let bytes = read(path, limits.compressed)?;
    if !archive::is_gzip(&bytes) {
        let name = path.display().to_string();
        let is_yaml =
            path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
        return Err(if is_yaml {
            ChartErrorKind::YamlNotArchive { path: name }.into()
        } else {
            ChartErrorKind::NotGzip { path: name, mime: sniff::mime(&bytes) }.into()
        });
    }
    archive::load_archive(&bytes, limits)
}

fn load_folder(root: &Path, limits: &Limits, accepted: Generation) -> Result<Chart, ChartError> {
    let chart_yaml = root.join("Chart.yaml");
    if !chart_yaml.exists() {
        let error = ChartErrorKind::NoChartThere { path: chart_yaml.display().to_string() };
        return Err(error.into());
    }
    let ignore = root.join(".helmignore");
    let rules = if ignore.is_file() {
        Rules::parse(&String::from_utf8_lossy(&read(&ignore, 1 << 20)?))?
    } else {
        Rules::parse("")?
    };
    let mut walk =
        Walk { rules, budget: Budget::new(limits), files: Vec::new(), above: Vec::new() };
    let real = fs::canonicalize(root).map_err(|error| failed(root, error))?;
    walk.folder(root, real, "")?;
    files::assemble_top(walk.files, &mut walk.budget, accepted)
}

/// One pass over a folder, in the order of Helm: names by their bytes, folders entered in place. Files are not
/// read yet.
struct Walk<'a> {
    rules: Rules,
    budget: Budget<'a>,
    files: Vec<File>,
    /// The folders being walked, links resolved, to notice links that lead back up.
    above: Vec<PathBuf>,
}

impl Walk<'_> {
    /// Walks a folder; `real` is where it is, links resolved.
    fn folder(&mut self, path: &Path, real: PathBuf, relative: &str) -> Result<(), ChartError> {
        if self.above.contains(&real) {
            return Err(ChartErrorKind::LinkLoop { path: path.display().to_string() }.into());
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| failed(path, error))? {
            let entry = entry.map_err(|error| failed(path, error))?;
            entries.push((entry.file_name(), entry));
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.above.push(real);
        for (name, entry) in entries {
            let below = match relative {
                "" => name.to_string_lossy().into_owned(),
                relative => format!("{relative}/{}", name.to_string_lossy()),
            };
            self.entry(&entry, below)?;
        }
        self.above.pop();
        Ok(())
    }

    fn entry(&mut self, entry: &fs::DirEntry, relative: String) -> Result<(), ChartError> {
        self.budget.take_entry()?;
        self.budget.check_path(relative.len())?;
        let path = entry.path();
        let failed = |error| failed(&path, error);
        let own = entry.file_type().map_err(failed)?;
        // Only of files and of what is behind links more has to be known than the folder says.
        let metadata = match own {
            own if own.is_dir() => None,
            // Asked for by its name in an open folder, which is cheaper than by the whole path.
            own if own.is_file() => Some(entry.metadata().map_err(failed)?),
            _ => Some(fs::metadata(&path).map_err(failed)?),
        };
        let is_folder = metadata.as_ref().is_none_or(fs::Metadata::is_dir);
        if self.rules.ignore(&relative, is_folder) {
            return Ok(());
        }
        let Some(metadata) = metadata.filter(|_| !is_folder) else {
            let real = match self.above.last() {
                Some(above) if own.is_dir() => above.join(entry.file_name()),
                _ => fs::canonicalize(&path).map_err(failed)?,
            };
            return self.folder(&path, real, &relative);
        };
        if !metadata.is_file() {
            return Err(ChartErrorKind::Irregular { path: path.display().to_string() }.into());
        }
        self.budget.take_bytes(metadata.len())?;
        // That it can be read is found out now, as if it were.
        if !is_public(&metadata) {
            fs::File::open(&path).map_err(failed)?;
        }
        let data = Content::left(path, metadata.len());
        self.files.push(File { name: relative, data });
        Ok(())
    }
}

/// Returns whether everybody may read a file.
#[cfg(unix)]
fn is_public(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o444 == 0o444
}

/// Returns whether everybody may read a file, which nobody says here.
#[cfg(not(unix))]
const fn is_public(_: &fs::Metadata) -> bool {
    false
}

/// Reads a file of at most `limit` bytes.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, ChartError> {
    let file = fs::File::open(path).map_err(|error| failed(path, error))?;
    let mut data = Vec::new();
    let count = file
        .take(limit.saturating_add(1))
        .read_to_end(&mut data)
        .map_err(|error| failed(path, error))?;
    if count as u64 > limit {
        return Err(ChartErrorKind::TooLarge { limit }.into());
    }
    Ok(data)
}

fn failed(path: &Path, source: io::Error) -> ChartError {
    ChartErrorKind::Io { path: path.display().to_string(), source }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART: &str = "apiVersion: v2\nname: app\nversion: 1.0.0\n";

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (name, data) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, data).unwrap();
        }
    }

    #[test]
    fn a_folder_is_read_in_order_without_what_is_ignored() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("Chart.yaml", CHART),
                (".helmignore", "*.bak\nsecret/\n"),
                ("templates/b.yaml", "b"),
                ("templates/a.yaml", "\u{feff}a"),
                ("templates/.hidden", "x"),
                ("templates/c.bak", "x"),
                ("secret/key", "x"),
                ("z.txt", "z"),
                ("charts/s/Chart.yaml", "name: s\nversion: 1.0.0\n"),
            ],
        );
        let chart = load(root.path()).unwrap();
        let names = |files: &[File]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&chart.templates), ["templates/a.yaml", "templates/b.yaml"]);
        assert_eq!(&*chart.templates[0].data, b"a");
        assert_eq!(names(&chart.files), [".helmignore", "z.txt"]);
        assert_eq!(chart.subcharts.len(), 1);
    }

    fn check_error(path: &Path, expected: &str) {
        let error = load(path).unwrap_err().to_string();
        let here = path.display().to_string();
        assert_eq!(error.replace(&here, "HERE"), expected);
    }

    #[test]
    fn what_is_no_chart_is_refused_in_helms_words() {
        let root = tempfile::tempdir().unwrap();
        check_error(
            root.path(),
            "unable to detect chart at HERE/Chart.yaml: open HERE/Chart.yaml: no such file or directory",
        );
        check_error(&root.path().join("nope"), "path \"HERE\" not found");
        write(root.path(), &[("a.yaml", "x"), ("b.txt", "hello"), ("c", "")]);
        check_error(
            &root.path().join("a.yaml"),
            "file 'HERE' seems to be a YAML file, but expected a gzipped archive",
        );
        check_error(
            &root.path().join("b.txt"),
            "file 'HERE' does not appear to be a gzipped archive; got 'application/octet-stream'",
        );
        write(root.path(), &[(".helmignore", "**/x\n"), ("Chart.yaml", CHART)]);
        check_error(root.path(), "double-star (**) syntax is not supported");
        write(root.path(), &[(".helmignore", "!*.txt\n")]);
        check_error(root.path(), "Chart.yaml file is missing");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_but_not_in_circles() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        write(root.path(), &[("Chart.yaml", CHART)]);
        write(other.path(), &[("a.yaml", "a")]);
        symlink(other.path(), root.path().join("templates")).unwrap();
        symlink(other.path().join("a.yaml"), root.path().join("copy")).unwrap();
        let chart = load(root.path()).unwrap();
        assert_eq!(chart.templates[0].name, "templates/a.yaml");
        assert_eq!(chart.files[0].name, "copy");
        symlink(root.path(), other.path().join("back")).unwrap();
        let error = load(root.path()).unwrap_err();
        assert!(matches!(error.kind(), ChartErrorKind::LinkLoop { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn irregular_files_are_refused() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("Chart.yaml", CHART)]);
        let path = root.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        check_error_of(
            root.path(),
            &format!(
                "cannot load irregular file {} as it has file mode type bits set",
                path.display()
            ),
        );
    }

    #[cfg(unix)]
    fn check_error_of(path: &Path, expected: &str) {
        assert_eq!(load(path).unwrap_err().to_string(), expected);
    }

    #[test]
    fn drafts_may_be_of_any_generation() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("Chart.yaml", &CHART.replace("v2", "v9"))]);
        check_error(root.path(), "unsupported chart version");
        assert_eq!(load_draft(root.path()).unwrap().metadata.api_version, "v9");
    }

    #[test]
    fn a_packaged_chart_is_read_from_its_file() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("app/Chart.yaml", CHART), ("app/values.yaml", "a: 1\n")]);
        let chart = load(&root.path().join("app")).unwrap();
        let package = crate::package(&chart).unwrap();
        let path = root.path().join(&package.file_name);
        fs::write(&path, &package.bytes).unwrap();
        assert_eq!(load(&path).unwrap(), chart);
    }
}
