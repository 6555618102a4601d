//! Reading `.tgz` archives, in memory and within bounds.
//!
//! Stricter than Helm, which reads links and devices as empty files and resolves `..` inside a name:
//! here only regular files with plain names pass.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use crate::error::RATIO;
use crate::limits::Budget;
use crate::load::Generation;
use crate::{Chart, ChartError, ChartErrorKind, File, Limits, load};

/// How much may come out of the decoder before its ratio is looked at, in bytes.
const RATIO_FREE: u64 = 1 << 20;

/// Makes a chart out of the bytes of a `.tgz`. Nothing is written anywhere.
pub fn load_archive(bytes: &[u8], limits: &Limits) -> Result<Chart, ChartError> {
    let mut budget = Budget::new(limits);
    let files = unpack(bytes, &mut budget)?;
    load::assemble_top(files, &mut budget, Generation::Installable)
}

/// Returns the files of a `.tgz`, in its order, without the first part of their names.
pub fn archive_files(bytes: &[u8], limits: &Limits) -> Result<Vec<File>, ChartError> {
    unpack(bytes, &mut Budget::new(limits))
}

/// Returns whether `bytes` begin like gzip.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b\x08")
}

/// Unpacks the files of an archive, in its order, without the first part of their names. Of two
/// files with the same name the last counts, except for Chart.yaml, of which there must be one.
pub(crate) fn unpack(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Vec<File>, ChartError> {
    let size = bytes.len() as u64;
    if size > budget.limits.compressed {
        let limit = budget.limits.compressed;
        return Err(ChartErrorKind::Limit { what: "the size of the archive", limit }.into());
    }
    if !is_gzip(bytes) {
        return Err(ChartErrorKind::BadHeader.into());
    }
    let fault = Cell::new(None);
    let failed = |source: io::Error| -> ChartError {
        match fault.take() {
            Some(fault) => ChartError::from(fault),
            None => ChartErrorKind::Damaged { source: brief(&source) }.into(),
        }
    };
    let mut reader = Bounded::new(bytes, budget, &fault);
    let mut files: Vec<File> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut archive = tar::Archive::new(&mut reader);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        budget.take_entry()?;
        let raw = entry.path_bytes().into_owned();
        if !is_file(entry.header().entry_type(), &raw)? {
            continue;
        }
        budget.check_path(raw.len())?;
        let name = entry_name(&raw)?;
        if entry.size() > budget.bytes_left() {
            return Err(ChartErrorKind::TooLarge { limit: budget.limits.unpacked }.into());
        }
        let mut data = Vec::new();
        entry.read_to_end(&mut data).map_err(failed)?;
        budget.take_bytes(data.len() as u64)?;
        let file = load::without_bom(name, Arc::from(data));
        match places.get(&file.name).and_then(|place| files.get_mut(*place)) {
            Some(_) if file.name == "Chart.yaml" || file.name.ends_with("/Chart.yaml") => {
                return Err(ChartErrorKind::Duplicate { name: file.name }.into());
            }
            Some(earlier) => *earlier = file,
            None => {
                places.insert(file.name.clone(), files.len());
                files.push(file);
            }
        }
    }
    // What follows the last entry is read too, so that a wrong checksum is noticed.
    io::copy(&mut reader, &mut io::sink()).map_err(failed)?;
    if files.is_empty() {
        return Err(ChartErrorKind::Empty.into());
    }
    Ok(files)
}

/// Returns what a reader found without the bytes that it quotes.
fn brief(error: &io::Error) -> io::Error {
    let told = error.to_string();
    let what = told.split(" when getting ").next().unwrap_or_default();
    io::Error::new(error.kind(), what.chars().take(100).collect::<String>())
}

/// Returns whether the entry is a file to read, `false` for folders and headers.
fn is_file(kind: EntryType, raw: &[u8]) -> Result<bool, ChartErrorKind> {
    let what = match kind {
        EntryType::Regular | EntryType::Continuous => return Ok(!raw.ends_with(b"/")),
        EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => return Ok(false),
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a named pipe",
        EntryType::GNUSparse => "a sparse file",
        _ => "an entry of unknown kind",
    };
    let name = String::from_utf8_lossy(raw).chars().take(200).collect();
    Err(ChartErrorKind::NotAFile { name, what })
}

/// Makes the name of a file in the chart out of its name in the archive.
fn entry_name(raw: &[u8]) -> Result<String, ChartError> {
    clean_name(raw).map_err(|problem| {
        let shown: String = String::from_utf8_lossy(raw).chars().take(200).collect();
        ChartError::from(ChartErrorKind::IllegalPath { problem }).with_hint(format!(
            "the archive has an entry {shown:?}; in a chart archive all entries are below one folder"
        ))
    })
}

/// As [`entry_name`]; an error is in Helm's words.
fn clean_name(raw: &[u8]) -> Result<String, String> {
    let badly_named = || "chart contains illegally named files".to_owned();
    let climbing = || "chart illegally references parent directory".to_owned();
    let name = std::str::from_utf8(raw).map_err(|_| badly_named())?;
    // Archives made on Windows have `\` only; a mixture is an attempt to slip something through.
    if name.contains(char::is_control) || (name.contains('\\') && name.contains('/')) {
        return Err(badly_named());
    }
    let slashed = name.replace('\\', "/");
    let (first, rest) = slashed.split_once('/').unwrap_or((&slashed, ""));
    if first.is_empty() || rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    if slashed.split('/').any(|part| part == "..") {
        return Err(climbing());
    }
    let parts: Vec<&str> = rest.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let clean = parts.join("/");
    if clean.is_empty() {
        return Err(format!(
            "chart illegally contains content outside the base directory: {name:?}"
        ));
    }
    if clean.starts_with("..") {
        return Err(climbing());
    }
    if has_drive(first) || parts.first().is_some_and(|part| has_drive(part)) {
        return Err(badly_named());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(clean)
}

fn has_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Decompresses within bounds; what exceeded them is left in `fault`.
struct Bounded<'a> {
    decoder: MultiGzDecoder<&'a [u8]>,
    compressed: u64,
    out: u64,
    most: u64,
    limit: u64,
    ratio: u64,
    fault: &'a Cell<Option<ChartErrorKind>>,
}

impl<'a> Bounded<'a> {
    fn new(bytes: &'a [u8], budget: &Budget<'_>, fault: &'a Cell<Option<ChartErrorKind>>) -> Self {
        let limits = budget.limits;
        // Headers and padding of the entries come on top of what their contents may take.
        let overhead = (limits.entries as u64).saturating_mul(4096).saturating_add(RATIO_FREE);
        Self {
            decoder: MultiGzDecoder::new(bytes),
            compressed: bytes.len() as u64,
            out: 0,
            most: budget.bytes_left().saturating_add(overhead),
            limit: limits.unpacked,
            ratio: limits.ratio,
            fault,
        }
    }

    fn consumed(&self) -> u64 {
        self.compressed.saturating_sub(self.decoder.get_ref().len() as u64)
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        self.out = self.out.saturating_add(count as u64);
        let kind = if self.out > self.most {
            ChartErrorKind::TooLarge { limit: self.limit }
        } else if self.out > RATIO_FREE && self.out > self.consumed().saturating_mul(self.ratio) {
            ChartErrorKind::Limit { what: RATIO, limit: self.ratio }
        } else {
            return Ok(count);
        };
        self.fault.set(Some(kind));
        Err(io::Error::other("too much"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const CHART: &[u8] = b"apiVersion: v2\nname: app\nversion: 1.0.0\n";

    /// A tar with the names written as they are, which the library would refuse.
    fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, kind, data) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(data.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            out.extend_from_slice(header.as_bytes());
            out.extend_from_slice(data);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn load(entries: &[(&str, EntryType, &[u8])]) -> Result<Chart, ChartError> {
        load_archive(&gzip(&tar(entries)), &Limits::default())
    }

    #[test]
    fn an_archive_is_read_whatever_its_folder_is_called() {
        let chart = load(&[
            ("pax", EntryType::XGlobalHeader, b""),
            ("any/", EntryType::Directory, b""),
            ("any/Chart.yaml", EntryType::Regular, b"\xef\xbb\xbfname: app\nversion: 1.0.0\n"),
            ("any/./templates//a.yaml", EntryType::Regular, b"old"),
            ("any\\templates\\a.yaml", EntryType::Regular, b"new"),
        ])
        .unwrap();
        assert_eq!(*chart.templates, [File::new("templates/a.yaml", "new")]);
    }

    #[test]
    fn archives_within_archives_are_read() {
        let inner =
            gzip(&tar(&[("s/Chart.yaml", EntryType::Regular, b"name: s\nversion: 1.0.0\n")]));
        let chart = load(&[
            ("app/Chart.yaml", EntryType::Regular, CHART),
            ("app/charts/s-1.0.0.tgz", EntryType::Regular, &inner),
        ])
        .unwrap();
        assert_eq!(chart.subcharts[0].name(), "s");
    }

    fn check_name(name: &str, expected: &str) {
        let got = entry_name(name.as_bytes()).unwrap_or_else(|error| error.to_string());
        assert_eq!(got, expected, "{name}");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let absolute = "chart illegally contains absolute paths";
        let parent = "chart illegally references parent directory";
        let bad = "chart contains illegally named files";
        check_name("a/b/c", "b/c");
        check_name("a\\b\\c", "b/c");
        check_name("/etc/passwd", absolute);
        check_name("a//etc/passwd", absolute);
        check_name("a/../b", parent);
        check_name("../a/b", parent);
        check_name("a/b/../../../c", parent);
        check_name("a\\..\\b", parent);
        check_name("a/..b", parent);
        check_name("a/c:/b", bad);
        check_name("c:\\a\\b", bad);
        check_name("a/b\\..\\c", bad);
        check_name("a/b\0c", bad);
        check_name("Chart.yaml/a", "chart yaml not in base directory");
        check_name(
            "Chart.yaml",
            "chart illegally contains content outside the base directory: \"Chart.yaml\"",
        );
    }

    #[test]
    fn errors_say_what_to_do() {
        let check = |bytes: &[u8], expected: &str| {
            let error = load_archive(bytes, &Limits::default()).unwrap_err();
            let hint = error.hint().unwrap_or_default();
            assert!(hint.contains(expected), "{error}: {hint}");
        };
        let archive = |name, kind| gzip(&tar(&[(name, kind, b"")]));
        check(b"no gzip", "a folder or as a .tgz");
        check(b"\x1f\x8b\x08", "again");
        check(&archive("a/../b", EntryType::Regular), "an entry \"a/../b\"");
        check(&archive("/etc/passwd", EntryType::Regular), "an entry \"/etc/passwd\"");
        check(&archive("a/values.yaml", EntryType::Symlink), "in the place of the link");
        check(&archive("a/values.yaml", EntryType::Regular), "Chart.yaml");
        check(
            &gzip(&tar(&[("a/b", EntryType::Regular, &vec![0; 3 << 20])])),
            "many times its size",
        );
    }

    #[test]
    fn links_and_devices_are_refused() {
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
            let error = load(&[("app/x", kind, b"")]).unwrap_err();
            assert!(matches!(error.kind(), ChartErrorKind::NotAFile { .. }), "{error}");
        }
    }

    #[test]
    fn a_second_chart_yaml_is_refused() {
        let twice = ("app/Chart.yaml", EntryType::Regular, CHART);
        let error = load(&[twice, twice]).unwrap_err();
        assert!(matches!(error.kind(), ChartErrorKind::Duplicate { .. }), "{error}");
    }

    #[test]
    fn damaged_archives_are_refused_wherever_they_are_cut() {
        let whole = gzip(&tar(&[("app/Chart.yaml", EntryType::Regular, CHART)]));
        for length in 0..whole.len() {
            assert!(load_archive(&whole[..length], &Limits::default()).is_err(), "{length}");
        }
        let mut wrong = whole.clone();
        *wrong.iter_mut().rev().nth(5).unwrap() ^= 1;
        let error = load_archive(&wrong, &Limits::default()).unwrap_err();
        assert!(matches!(error.kind(), ChartErrorKind::Damaged { .. }), "{error}");
        assert!(matches!(load(&[]).unwrap_err().kind(), ChartErrorKind::Empty));
        let no_tar = load_archive(&gzip(&b"hello".repeat(300)), &Limits::default()).unwrap_err();
        let source = std::error::Error::source(&no_tar).unwrap().to_string();
        assert_eq!(source, "numeric field was not a number: lohelloh");
    }

    fn check_limit(data: &[u8], limits: &Limits, expected: &str) {
        assert_eq!(load_archive(data, limits).unwrap_err().to_string(), expected);
    }

    #[test]
    fn every_bound_holds() {
        let zeros = vec![0; 3 << 20];
        let noise: Vec<u8> =
            (0..200_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let all = Limits::default();
        let bomb = gzip(&tar(&[("a/zeros", EntryType::Regular, &zeros)]));
        check_limit(&bomb, &all, "the ratio of decompression exceeds the limit of 200");
        let big = gzip(&tar(&[("a/noise", EntryType::Regular, &noise)]));
        let limits = Limits { unpacked: 1000, ..all.clone() };
        check_limit(&big, &limits, "decompressed chart is larger than the maximum size 1000");
        let limits = Limits { compressed: 1000, ..all.clone() };
        check_limit(&big, &limits, "the size of the archive exceeds the limit of 1000");
        let three = gzip(&tar(&[("a/b", EntryType::Regular, &b""[..]); 3]));
        let limits = Limits { entries: 2, ..all.clone() };
        check_limit(&three, &limits, "the number of files exceeds the limit of 2");
        let limits = Limits { path_length: 2, ..all };
        check_limit(&three, &limits, "the length of a path exceeds the limit of 2");
    }

    #[test]
    fn nested_archives_share_the_bounds() {
        let noise: Vec<u8> =
            (0..20_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let inner = gzip(&tar(&[
            ("s/Chart.yaml", EntryType::Regular, b"name: s\nversion: 1.0.0\n"),
            ("s/noise", EntryType::Regular, &noise),
        ]));
        let outer = gzip(&tar(&[
            ("app/Chart.yaml", EntryType::Regular, CHART),
            ("app/charts/s.tgz", EntryType::Regular, &inner),
        ]));
        let limits = Limits { unpacked: inner.len() as u64 + 1000, ..Limits::default() };
        let error = load_archive(&outer, &limits).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("decompressed chart is larger"), "{source}");
        assert!(load_archive(&outer, &Limits::default()).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, tail: Vec<u8>) {
            let limits = Limits::default();
            drop(load_archive(&bytes, &limits));
            drop(load_archive(&gzip(&bytes), &limits));
            let mut entry = tar(&[("a/Chart.yaml", EntryType::Regular, &bytes)]);
            entry.truncate(entry.len() - 1024);
            entry.extend_from_slice(&tail);
            drop(load_archive(&gzip(&entry), &limits));
        }
    }
}
