//! The same commands to Helm 4 and to chartctl, each in a namespace of its own: what scripts read is the same.
//!
//! Compared are the exit code, standard output (JSON by content) and, of a failure, the line that says why.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use e2e::Finished;
use regex::Regex;
use serde_json::Value;

use crate::session::{Chart, Session};

/// What stands for the chart's folder in a command.
const CHART: &str = "CHART";

/// What stands for a long description.
const LONG: &str = "LONG";

/// The life of a release, as commands; `!` begins a change of the chart.
const LIFE: &str = "
list
list -o json
list -o yaml
list -q
list -q -o json
install r CHART --dry-run=client
install r CHART --dry-run=server
install r CHART --set a=1,b.c=x --description first --labels k=v,l=w
install r CHART
install r CHART --replace
install Bad CHART
install r ./missing
install CHART
list
list -o json
list -o yaml
list -q -o yaml
list --no-headers
list --time-format 2006
list -l k=v
list -l k=other
list --failed
list --superseded
list --uninstalled
list -f ^r$
list -m 1
list --offset 1
history r
history r -o json
history r -o yaml
history r --max 1
history r --show-rollback-revision
get all r
get all r --revision 1
get values r
get values r -a
get values r -o json
get values r -a -o json
get values r -o yaml
get values r --revision 7
get manifest r
get hooks r
get notes r
get metadata r
get metadata r -o json
get metadata r -o yaml
get metadata r --revision 1
status r -o json
status r --revision 9
! two
upgrade r CHART
upgrade r CHART --dry-run=server
upgrade --install r CHART --set z=1
upgrade --install other CHART
upgrade unknown CHART
upgrade Bad CHART
get values r
upgrade r CHART --reuse-values --set q=2
get values r
upgrade r CHART --reset-values
get values r -o json
rollback r
rollback r 1
rollback r 99
rollback r word
rollback r -1
rollback r 1 --description back
rollback r 1 --dry-run=server
rollback unknown
history r --show-rollback-revision
history r -o yaml
upgrade r CHART --history-max 3
history r
upgrade r CHART --labels k=null,n=m
get metadata r
upgrade r CHART --labels owner=x
status r -o json
list -o bad
status unknown
status Bad
history unknown
history Bad
get values unknown
get values Bad
uninstall unknown
uninstall unknown --ignore-not-found
uninstall Bad
upgrade --install Bad CHART
! three
upgrade r CHART --description LONG
history r
uninstall r --dry-run
uninstall r --keep-history
uninstall r --keep-history
list
list --uninstalled -o json
history r
upgrade r CHART
install r CHART
uninstall r
uninstall r
list -o json
";

#[tokio::test]
async fn scripts_read_the_same_from_both() -> Result<()> {
    let (ours, theirs) = (Session::new("ours").await?, Session::new("helm").await?);
    let chart = Chart::plain("one")?;
    chart.write("values.yaml", "x: 1\nm:\n  a: b\n")?;
    chart.write("templates/NOTES.txt", "Hello there.\n")?;
    chart.write(
        "templates/hook.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: pre-install,pre-upgrade\n",
    )?;
    chart.write(
        "templates/kept.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  annotations:\n    helm.sh/resource-policy: keep\n",
    )?;
    let (path, long) = (chart.path(), "long\nlonger-".repeat(40));
    let neutral = Neutral::new()?;
    let mut differences = String::new();
    for command in LIFE.lines().filter(|line| !line.is_empty()) {
        if let Some(word) = command.strip_prefix("! ") {
            chart.word(word)?;
            continue;
        }
        let args: Vec<_> = command
            .split(' ')
            .map(|word| match word {
                CHART => path.as_str(),
                LONG => long.as_str(),
                word => word,
            })
            .collect();
        let helm = theirs.cluster.helm().await?.args(&args).namespace(theirs.ns.name());
        let (we, they) = tokio::try_join!(ours.cli(&args).await?.run(), helm.run())?;
        let (we, they) = (neutral.seen(&we, &ours)?, neutral.seen(&they, &theirs)?);
        if we != they {
            writeln!(differences, "# {command}\n--- chartctl\n{we}\n--- helm\n{they}\n")?;
        }
    }
    assert_eq!(differences, "", "{differences}");
    Ok(())
}

/// Replaces what differs from run to run.
struct Neutral {
    varying: Regex,
    /// Columns are as wide as times and namespaces, which differ.
    padding: Regex,
}

impl Neutral {
    fn new() -> Result<Self> {
        let varying = [
            r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?\+0000 UTC|Z)?",
            r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}",
            r#""(uid|resourceVersion)":"[^"]*""#,
            r#"(createdAt|modifiedAt)(":"|: "|=)\d+"#,
        ];
        Ok(Self { varying: Regex::new(&varying.join("|"))?, padding: Regex::new(r"(?m) +(\t|$)")? })
    }

    /// Returns what a script gets: exit code, output, and the line that says why.
    fn seen(&self, done: &Finished, session: &Session) -> Result<String> {
        let code = done.status.code().context("killed")?;
        let out = self.text(&done.stdout, session);
        let out = match serde_json::from_str::<Value>(&out) {
            Ok(json) => format!("{json:#}"),
            Err(_) => out,
        };
        let why = done.stderr.lines().find(|line| line.starts_with("Error: ") && code != 0);
        Ok(format!("{code}\n{out}{}", self.text(why.unwrap_or_default(), session)))
    }

    fn text(&self, text: &str, session: &Session) -> String {
        let text = text.replace(session.ns.name(), "NAMESPACE");
        let text = self.varying.replace_all(&text, "…");
        self.padding.replace_all(&text, "$1").into_owned()
    }
}
