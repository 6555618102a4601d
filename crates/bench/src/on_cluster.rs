//! Both programs on one control plane: installing a chart of 300 objects, and changing one of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use e2e::{Cluster, Fate, Namespace, Proxy};
use wait4::Wait4 as _;

use crate::args::ClusterOptions;
use crate::{print, programs, say};

/// How often each program does each task unless told.
const RUNS: usize = 5;
/// Objects of each of three kinds.
const EACH: usize = 100;
/// No more requests than this make a handful, records and discovery included.
const HANDFUL: usize = 20;

/// What is done, and how many times faster than Helm chartctl promises to do it.
const TASKS: [Task; 2] = [
    Task { name: "install --wait", args: &["install", "--wait"], promise: 2.0, handful: false },
    Task {
        name: "upgrade of one",
        args: &["upgrade", "--set", "word=two"],
        promise: 15.0,
        handful: true,
    },
];

struct Task {
    name: &'static str,
    args: &'static [&'static str],
    promise: f64,
    handful: bool,
}

/// What doing a task cost.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    time: Duration,
    cpu: Duration,
    peak: u64,
    requests: usize,
}

struct Row {
    task: &'static Task,
    helm: Cost,
    chartctl: Cost,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.helm.time.as_secs_f64() / self.chartctl.time.as_secs_f64().max(1e-6)
    }

    fn is_kept(&self) -> bool {
        self.ratio() >= self.task.promise
            && !(self.task.handful && self.chartctl.requests > HANDFUL)
    }
}

/// Compares, prints, and returns whether all is well.
pub(crate) fn run(options: &ClusterOptions) -> Result<bool> {
    let helm = programs::helm(options.beside.helm.as_deref())?;
    let chartctl = programs::chartctl(options.beside.chartctl.as_deref())?;
    let folder = tempfile::tempdir().context("making a folder to work in")?;
    let chart = chart(folder.path())?;
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    let rows = runtime.block_on(async {
        say("starting a control plane");
        let cluster = Cluster::own().await?;
        compare(&cluster, &helm, &chartctl, &chart, options.beside.runs(RUNS)).await
    })?;
    print(&table(&rows))?;
    Ok(!options.beside.check || rows.iter().all(Row::is_kept))
}

async fn compare(
    cluster: &Cluster,
    helm: &Path,
    chartctl: &Path,
    chart: &Path,
    runs: usize,
) -> Result<Vec<Row>> {
    let mut costs = [Vec::new(), Vec::new()];
    // In turns, so that whatever else the machine does meets both; the first turn warms the server up.
    for turn in 0..=runs {
        say(&format!("turn {turn} of {runs}"));
        for (program, costs) in [helm, chartctl].into_iter().zip(&mut costs) {
            let namespace = cluster.namespace("bench").await?;
            let cost = course(cluster, program, chart, &namespace)?;
            if turn > 0 {
                costs.push(cost);
            }
        }
    }
    say("counting requests");
    let mut rows = Vec::new();
    let mut requests = Vec::new();
    for program in [helm, chartctl] {
        requests.push(counted(cluster, program, chart).await?);
    }
    for (place, task) in TASKS.iter().enumerate() {
        let cost = |program: usize| {
            let runs: Vec<Cost> = costs
                .get(program)
                .into_iter()
                .flatten()
                .filter_map(|course: &Vec<Cost>| course.get(place).copied())
                .collect();
            let counts = requests.get(program).and_then(|counts| counts.get(place));
            Cost { requests: counts.copied().unwrap_or_default(), ..median(&runs) }
        };
        rows.push(Row { task, helm: cost(0), chartctl: cost(1) });
    }
    Ok(rows)
}

/// Does all tasks in a namespace, and measures each.
fn course(
    cluster: &Cluster,
    program: &Path,
    chart: &Path,
    namespace: &Namespace,
) -> Result<Vec<Cost>> {
    TASKS
        .iter()
        .map(|task| {
            let cli = cluster.cli(program).args(task.args).args([Path::new("bench"), chart]);
            let mut command = cli.namespace(namespace.name()).into_command();
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
            let begun = Instant::now();
            let mut child = command.spawn().context("starting a program")?;
            let mut errors = child.stderr.take();
            let used = child.wait4().context("waiting for a program")?;
            let time = begun.elapsed();
            if !used.status.success() {
                let mut said = String::new();
                if let Some(errors) = &mut errors {
                    std::io::Read::read_to_string(errors, &mut said)?;
                }
                bail!("{} {} failed: {said}", program.display(), task.name);
            }
            let cpu = used.rusage.utime + used.rusage.stime;
            Ok(Cost { time, cpu, peak: used.rusage.maxrss, requests: 0 })
        })
        .collect()
}

/// Does all tasks through a proxy, and counts the requests of each.
async fn counted(cluster: &Cluster, program: &Path, chart: &Path) -> Result<Vec<usize>> {
    let namespace = cluster.namespace("bench").await?;
    let proxy = Proxy::start(cluster, |_, _| Fate::Pass).await?;
    let mut counts = Vec::new();
    for task in &TASKS {
        let before = proxy.count();
        let cli = cluster.cli(program).args(task.args).args([Path::new("bench"), chart]);
        proxy.before(cli.namespace(namespace.name())).run().await?.success()?;
        counts.push(proxy.count() - before);
    }
    Ok(counts)
}

/// Writes the chart: as many ConfigMaps, Secrets and headless Services, one of which has a word from the values.
fn chart(folder: &Path) -> Result<PathBuf> {
    let chart = folder.join("many");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: many\nversion: 1.0.0\n")?;
    fs::write(chart.join("values.yaml"), "word: one\n")?;
    let head = "metadata:\n  name: {{ $.Release.Name }}-{{ $i }}\n  labels:\n    app.kubernetes.io/name: many\n    \
                app.kubernetes.io/instance: {{ $.Release.Name }}\n";
    let text = format!(
        "{{{{- range $i := until {EACH} }}}}\n\
         ---\napiVersion: v1\nkind: ConfigMap\n{head}data:\n  number: \"{{{{ $i }}}}\"\n  word: {{{{ if eq $i 42 }}}}{{{{ $.Values.word }}}}{{{{ else }}}}constant{{{{ end }}}}\n\
         ---\napiVersion: v1\nkind: Secret\n{head}data:\n  password: {{{{ printf \"secret-%d\" $i | b64enc }}}}\n\
         ---\napiVersion: v1\nkind: Service\n{head}spec:\n  clusterIP: None\n  selector:\n    app: many-{{{{ $i }}}}\n  ports:\n    - name: http\n      port: 80\n\
         {{{{- end }}}}\n"
    );
    fs::write(chart.join("templates/all.yaml"), text)?;
    Ok(chart)
}

fn median(costs: &[Cost]) -> Cost {
    fn middle<T: Ord + Copy + Default>(costs: &[Cost], part: fn(&Cost) -> T) -> T {
        let mut parts: Vec<T> = costs.iter().map(part).collect();
        parts.sort_unstable();
        parts.get(parts.len() / 2).copied().unwrap_or_default()
    }
    Cost {
        time: middle(costs, |cost| cost.time),
        cpu: middle(costs, |cost| cost.cpu),
        peak: middle(costs, |cost| cost.peak),
        requests: 0,
    }
}

fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<16}{:>11}{:>11}{:>8}{:>8}{:>11}{:>11}{:>11}{:>11}{:>7}{:>7}\n",
        "300 OBJECTS",
        "HELM",
        "OURS",
        "RATIO",
        "WANTED",
        "HELM CPU",
        "OURS",
        "HELM PEAK",
        "OURS",
        "ASKED",
        "OURS"
    );
    let ms = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1e3);
    #[expect(clippy::cast_precision_loss, reason = "a tenth of a megabyte is enough")]
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    for row in rows {
        let (helm, ours) = (row.helm, row.chartctl);
        let _ok = writeln!(
            out,
            "{:<16}{:>11}{:>11}{:>8}{:>8}{:>11}{:>11}{:>11}{:>11}{:>7}{:>7}",
            row.task.name,
            ms(helm.time),
            ms(ours.time),
            format!("{:.1}x", row.ratio()),
            format!("{}x", row.task.promise),
            ms(helm.cpu),
            ms(ours.cpu),
            mb(helm.peak),
            mb(ours.peak),
            helm.requests,
            ours.requests,
        );
        if !row.is_kept() {
            let _ok = writeln!(out, "{}: less than is promised", row.task.name);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_about_time_and_requests() {
        let cost =
            |ms, requests| Cost { time: Duration::from_millis(ms), requests, ..Cost::default() };
        let check = |helm: u64, ours: u64, requests, kept| {
            let [_, task] = &TASKS;
            let row = Row { task, helm: cost(helm, 600), chartctl: cost(ours, requests) };
            assert_eq!(row.is_kept(), kept, "{}", table(&[row]));
        };
        check(3000, 100, 14, true);
        check(3000, 300, 14, false);
        check(3000, 100, 300, false);
    }

    #[test]
    fn the_chart_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let chart = chart(folder.path()).unwrap();
        let text = fs::read_to_string(chart.join("templates/all.yaml")).unwrap();
        assert_eq!(text.matches("kind: ").count(), 3);
        assert!(text.contains("until 100"));
    }
}
