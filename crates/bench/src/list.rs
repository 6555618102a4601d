//! `list -A` of both programs over many records on a real control plane: time, memory, and whether they print
//! the same.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::{Cli, Cluster};
use release::{ApplyMethod, Info, Revision, Status, StoredChart, StoredFile, codec};
use serde_json::{Value, json};
use wait4::Wait4 as _;

use crate::args::{ListOptions, Output};
use crate::{print, programs, say};

/// How often each program lists unless told.
const RUNS: usize = 7;
/// Releases, and revisions of each.
const RELEASES: usize = 200;
const REVISIONS: u32 = 10;
/// Bytes of a manifest.
const MANIFEST: usize = 40_000;
/// Namespaces that they are in.
const NAMESPACES: usize = 10;
/// What is promised: so many times faster, by the clock, and in so much less memory.
const FASTER: f64 = 10.0;
const SMALLER: f64 = 10.0;

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    peak: u64,
}

/// Fills a control plane, lists, prints, and returns whether all is well.
pub(crate) fn run(options: &ListOptions) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let helm = programs::helm(options.beside.helm.as_deref())?;
    let chartctl = programs::chartctl(options.beside.chartctl.as_deref())?;
    say("starting a control plane");
    let cluster = runtime.block_on(Cluster::own())?;
    say(&format!("writing {RELEASES} releases of {REVISIONS} revisions"));
    runtime.block_on(fill(&cluster))?;
    let folder = tempfile::tempdir().context("making a folder to work in")?;
    let runs = options.beside.runs(RUNS);
    let out = |name: &str| folder.path().join(name);
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    // In turns, so that whatever else the machine does meets both; the first of each does not count.
    for _ in 0..=runs {
        theirs.push(list(cluster.cli(&helm), &out("theirs"))?);
        ours.push(list(cluster.cli(&chartctl), &out("ours"))?);
    }
    let equal = fs::read(out("theirs"))? == fs::read(out("ours"))?;
    let (theirs, ours) = (median(&theirs), median(&ours));
    let kept = is_kept(theirs, ours);
    print(&if options.output.output == Output::Json {
        as_json(theirs, ours, equal)
    } else {
        table(theirs, ours)
    })?;
    if !equal {
        say("the outputs differ");
    }
    Ok(equal && (!options.beside.check || kept))
}

/// Lists once, into a file.
fn list(cli: Cli, out: &Path) -> Result<Cost> {
    let mut command = cli.args(["list", "-A"]).into_command();
    let file = File::create(out).with_context(|| format!("making {}", out.display()))?;
    command.stdin(Stdio::null()).stdout(file).stderr(Stdio::inherit());
    let begin = Instant::now();
    let used = command.spawn().context("starting a program")?.wait4().context("waiting for it")?;
    let wall = begin.elapsed();
    if !used.status.success() {
        bail!("a program could not list");
    }
    Ok(Cost { wall, cpu: used.rusage.utime + used.rusage.stime, peak: used.rusage.maxrss })
}

/// Writes the records, as Helm writes them.
async fn fill(cluster: &Cluster) -> Result<()> {
    for at in 0..NAMESPACES {
        let name = format!("list-{at}");
        let made = cluster.kubectl().await?.args(["create", "namespace", &name]).run().await?;
        made.success()?;
    }
    let folder: PathBuf = cluster.folder().to_owned();
    for batch in 0..RELEASES / NAMESPACES {
        let releases = batch * NAMESPACES..(batch + 1) * NAMESPACES;
        let items: Vec<Value> = releases
            .flat_map(|release| (1..=REVISIONS).map(move |version| secret(release, version)))
            .collect::<Result<_>>()?;
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
        let file = folder.join("records.json");
        fs::write(&file, list.to_string())?;
        let create = cluster.kubectl().await?.args(["create", "-f"]).args([&file]);
        create.limit(Duration::from_mins(5)).run().await?.success()?;
    }
    Ok(())
}

fn secret(release: usize, version: u32) -> Result<Value> {
    let revision = revision(release, version);
    let encoded = codec::encode(&revision, None)?;
    let text = String::from_utf8(encoded.text().to_vec())?;
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": codec::key(&revision.name, version),
            "namespace": revision.namespace,
            "labels": {
                "name": revision.name,
                "owner": "helm",
                "status": revision.info.status.as_str(),
                "version": version.to_string(),
                "createdAt": "1700000000",
            },
        },
        "stringData": {"release": text},
    }))
}

fn revision(release: usize, version: u32) -> Revision {
    let manifest = manifest(release as u64 * 100 + u64::from(version));
    let second = 1_700_000_000 + i64::from(version) * 60;
    let time = jiff::Timestamp::new(second, 123_456_789).ok();
    let metadata = json!({
        "name": "app", "version": format!("0.1.{version}"), "apiVersion": "v2", "appVersion": format!("1.{version}"),
    });
    let template = manifest.get(..MANIFEST / 2).unwrap_or(&manifest).as_bytes().into();
    Revision {
        name: format!("web-{release:03}"),
        namespace: format!("list-{}", release % NAMESPACES),
        version,
        info: Info {
            first_deployed: time,
            last_deployed: time,
            description: "Upgrade complete".to_owned(),
            status: if version == REVISIONS { Status::Deployed } else { Status::Superseded },
            notes: "hello\n".to_owned(),
            ..Info::default()
        },
        chart: StoredChart {
            metadata: serde_json::from_value(metadata).unwrap_or_default(),
            templates: vec![StoredFile {
                name: "templates/objects.yaml".to_owned(),
                data: template,
                ..StoredFile::default()
            }],
            ..StoredChart::default()
        },
        manifest,
        apply_method: Some(ApplyMethod::ServerSide),
        ..Revision::default()
    }
}

/// Objects with words that nobody has, in the same order each time.
fn manifest(mut state: u64) -> String {
    let mut word = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x}", (state >> 33) % 65_536)
    };
    let mut text = String::new();
    for at in 0.. {
        if text.len() >= MANIFEST {
            break;
        }
        let _ok = write!(
            text,
            "---\n# Source: app/templates/o{at}.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: o{at}\n  \
             labels:\n    app.kubernetes.io/managed-by: Helm\ndata:\n"
        );
        for key in 0..8 {
            let words: Vec<String> = (0..6).map(|_| word()).collect();
            let _ok = writeln!(text, "  key-{key}: \"{}\"", words.join(" "));
        }
    }
    text
}

fn median(costs: &[Cost]) -> Cost {
    let costs = costs.get(1..).unwrap_or_default();
    Cost {
        wall: middle(costs, |cost| cost.wall),
        cpu: middle(costs, |cost| cost.cpu),
        peak: middle(costs, |cost| cost.peak),
    }
}

fn middle<T: Ord + Default + Copy>(costs: &[Cost], part: fn(&Cost) -> T) -> T {
    let mut parts: Vec<T> = costs.iter().map(part).collect();
    parts.sort_unstable();
    parts.get(parts.len() / 2).copied().unwrap_or_default()
}

/// How many times more Helm takes: by the clock, of the processor, of memory.
#[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than a few digits")]
fn ratios(theirs: Cost, ours: Cost) -> [f64; 3] {
    let time = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64().max(1e-6);
    let peak = theirs.peak as f64 / ours.peak.max(1) as f64;
    [time(theirs.wall, ours.wall), time(theirs.cpu, ours.cpu), peak]
}

fn is_kept(theirs: Cost, ours: Cost) -> bool {
    let [wall, _, peak] = ratios(theirs, ours);
    wall >= FASTER && peak >= SMALLER
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is enough")]
fn table(theirs: Cost, ours: Cost) -> String {
    let mut out = format!("{:<12}{:>12}{:>12}{:>12}\n", "list -A", "WALL", "CPU", "PEAK");
    for (name, cost) in [("helm", theirs), ("chartctl", ours)] {
        let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
        let peak = format!("{:.1} MB", cost.peak as f64 / 1e6);
        let _ok = writeln!(out, "{name:<12}{:>12}{:>12}{peak:>12}", ms(cost.wall), ms(cost.cpu));
    }
    let [wall, cpu, peak] = ratios(theirs, ours).map(|ratio| format!("{ratio:.1}x"));
    let _ok = writeln!(out, "{:<12}{wall:>12}{cpu:>12}{peak:>12}", "ratio");
    let _ok = writeln!(out, "{:<12}{:>12}{:>12}{:>12}", "wanted", "10x", "-", "10x");
    out
}

fn as_json(theirs: Cost, ours: Cost, equal: bool) -> String {
    let cost = |cost: Cost| json!({"wall": cost.wall.as_secs_f64(), "cpu": cost.cpu.as_secs_f64(), "peak": cost.peak});
    let [wall, cpu, peak] = ratios(theirs, ours);
    let ratio = json!({"wall": wall, "cpu": cpu, "peak": peak});
    let kept = is_kept(theirs, ours);
    let all = json!({"helm": cost(theirs), "chartctl": cost(ours), "ratio": ratio, "equal": equal, "kept": kept});
    format!("{all:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_of_the_size_that_the_promise_is_about() {
        let revision = revision(7, 3);
        assert!((MANIFEST..MANIFEST + 1000).contains(&revision.manifest.len()));
        assert_eq!(manifest(5), manifest(5));
        assert_ne!(manifest(5), manifest(6));
        let secret = secret(7, 10).unwrap();
        assert_eq!(secret["metadata"]["labels"]["status"], "deployed");
    }

    #[test]
    fn ratios_are_helms_over_ours() {
        let cost = |ms, peak| Cost {
            wall: Duration::from_millis(ms),
            cpu: Duration::from_millis(ms),
            peak,
        };
        let (theirs, ours) = (cost(4000, 400_000_000), cost(200, 40_000_000));
        assert!(is_kept(theirs, ours));
        assert!(!is_kept(theirs, cost(500, 1)));
        assert!(table(theirs, ours).contains("20.0x"), "{}", table(theirs, ours));
        // The first run does not count.
        assert_eq!(median(&[cost(9, 9), cost(1, 1), cost(2, 2), cost(3, 3)]), cost(2, 2));
    }
}
