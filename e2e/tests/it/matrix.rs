//! Helm 4, Helm 3 and chartctl on one release in turns: after each step chartctl and Helm 4 print the same, the
//! objects are those of the record, and no field has an owner that does not apply it any more.

use anyhow::{Context, Result, bail, ensure};
use e2e::Tool;
use futures::stream::{self, StreamExt as _};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Secret, Service};
use kube::ResourceExt as _;
use kube::api::ListParams;

use crate::session::{Chart, Session};

/// How many sequences run at once.
const AT_ONCE: usize = 4;

/// Who does what, a sequence a line: `C` is chartctl, `H` Helm 4, `3` Helm 3; `!` means that the command has to
/// fail; `=N` is the revision of a rollback; what follows a `+` is a flag (see [`flag`]).
const SEQUENCES: &str = "
H:install C:upgrade H:rollback C:uninstall
C:install H:upgrade C:rollback H:uninstall
3:install C:upgrade 3:rollback C:uninstall
C:install 3:upgrade C:rollback 3:uninstall
3:install H:upgrade C:upgrade 3:upgrade H:uninstall
H:install+wait C:upgrade+wait H:rollback+wait C:uninstall+wait
C:install+wait H:upgrade+wait C:rollback+wait H:uninstall+wait
3:install+wait C:upgrade+wait C:rollback+wait 3:uninstall+wait
H:install+client C:upgrade H:rollback C:uninstall
H:install+client H:upgrade C:rollback H:upgrade C:uninstall
C:install H:upgrade+client C:upgrade H:uninstall
3:install H:upgrade+server C:upgrade H:rollback=1 C:uninstall
H:install C:upgrade! H:upgrade C:uninstall
C:install H:upgrade! C:upgrade H:uninstall
C:install 3:upgrade! C:rollback=1 3:uninstall
3:install C:upgrade! 3:upgrade C:uninstall
H:install C:upgrade!+atomic H:upgrade C:uninstall
C:install H:upgrade!+atomic C:upgrade H:uninstall
C:install 3:upgrade!+atomic C:upgrade 3:uninstall
3:install C:upgrade!+atomic C:rollback=1 H:uninstall
H:install C:uninstall+keep H:rollback=1 C:upgrade H:uninstall
C:install H:uninstall+keep C:rollback=1 H:upgrade C:uninstall
3:install C:uninstall+keep 3:rollback=1 C:uninstall
C:install H:uninstall+keep C:install+replace H:upgrade C:uninstall
H:install C:uninstall+keep H:install+replace C:upgrade H:uninstall
3:install 3:uninstall+keep C:install+replace 3:upgrade C:uninstall
H:install! C:install+replace H:upgrade C:uninstall
3:install! C:upgrade 3:upgrade C:uninstall
C:install! H:upgrade C:uninstall
C:install!+atomic H:install C:uninstall
H:install C:upgrade+reuse H:upgrade+reuse C:rollback=1 H:uninstall
C:install H:upgrade+reuse C:upgrade+reuse H:uninstall
3:install C:upgrade+reuse 3:upgrade+reuse C:uninstall
C:install H:upgrade+reset-reuse C:upgrade+reset-reuse 3:upgrade+reset C:uninstall
C:install C:upgrade H:rollback=1 C:rollback=2 3:rollback=1 H:upgrade C:uninstall
3:install H:upgrade C:upgrade 3:upgrade H:rollback=2 C:rollback=3 H:uninstall
H:upgrade+install C:upgrade+install 3:upgrade+install C:uninstall
C:upgrade+install H:upgrade+install C:upgrade+install H:uninstall
H:install+no-hooks C:upgrade+no-hooks H:rollback+no-hooks C:uninstall+no-hooks
3:install+force C:upgrade+force 3:upgrade+force C:uninstall
H:install+client+force C:upgrade+force H:upgrade+client+force C:rollback+force H:uninstall
H:install C:upgrade+max2 H:upgrade+max2 C:upgrade+max2 H:uninstall
3:install+labels C:upgrade+labels H:upgrade C:upgrade 3:uninstall
C:install+description H:upgrade+description C:rollback+description 3:uninstall+keep C:uninstall
";

/// What a flag of the table is for a tool.
fn flag(word: &str, tool: Tool) -> Result<&'static [&'static str]> {
    Ok(match word {
        "wait" => &["--wait", "--timeout=1m"],
        "atomic" if tool == Tool::Helm4 => &["--rollback-on-failure"],
        "atomic" => &["--atomic"],
        "force" if tool == Tool::Helm4 => &["--force-replace"],
        "force" => &["--force"],
        "client" => &["--server-side=false"],
        "server" => &["--server-side=true"],
        "keep" => &["--keep-history"],
        "replace" => &["--replace"],
        "install" => &["--install"],
        "reuse" => &["--reuse-values"],
        "reset" => &["--reset-values"],
        "reset-reuse" => &["--reset-then-reuse-values"],
        "no-hooks" => &["--no-hooks"],
        "max2" => &["--history-max=2"],
        "labels" => &["--labels=team=blue"],
        "description" => &["--description=as we like it"],
        // Set in the environment: the other storage.
        "other" => &[],
        _ => bail!("no flag {word}"),
    })
}

/// A command of a sequence.
#[derive(Debug)]
struct Step<'a> {
    text: &'a str,
    tool: Tool,
    verb: &'a str,
    revision: Option<&'a str>,
    fails: bool,
    flags: Vec<&'a str>,
}

impl<'a> Step<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let (tool, rest) = text.split_once(':').context("a tool")?;
        let tool = match tool {
            "C" => Tool::Chartctl,
            "H" => Tool::Helm4,
            "3" => Tool::Helm3,
            _ => bail!("no tool {tool}"),
        };
        let mut words = rest.split('+');
        let verb = words.next().context("a verb")?;
        let (verb, revision) = verb.split_once('=').map_or((verb, None), |(v, r)| (v, Some(r)));
        let (verb, fails) = verb.strip_suffix('!').map_or((verb, false), |verb| (verb, true));
        Ok(Self { text, tool, verb, revision, fails, flags: words.collect() })
    }

    /// The arguments; what the chart renders is different in each step.
    fn args(&self, number: usize, chart: &str) -> Result<Vec<String>> {
        let mut args = vec![self.verb.to_owned(), "r".to_owned()];
        if ["install", "upgrade"].contains(&self.verb) {
            args.extend([chart.to_owned(), format!("--set=word=w{number}")]);
            if number % 2 == 1 {
                args.push("--set=extra=true".to_owned());
            }
            args.push(format!("--set=broken={}", self.fails));
        }
        args.extend(self.revision.map(str::to_owned));
        for word in &self.flags {
            args.extend(flag(word, self.tool)?.iter().map(ToString::to_string));
        }
        Ok(args)
    }

    /// Whether every object is server-side applied when it is done.
    fn applies(&self) -> bool {
        self.tool == Tool::Chartctl && self.verb != "uninstall" && !self.fails
    }
}

/// A hook, a Deployment, a Service, a ConfigMap that always is and one that sometimes is; an object that no server
/// takes, if asked for.
fn chart() -> Result<Chart> {
    let chart = Chart::new(
        "web",
        &[
            ("values.yaml", "word: none\nextra: false\nbroken: false\nlist: [1, 2]\nmap: {a: b}\n"),
            ("templates/NOTES.txt", "The word is {{ .Values.word }}.\n"),
            (
                "templates/settings.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  labels: {word: '{{ .Values.word }}'}\ndata:\n  word: {{ .Values.word }}\n  {{ .Values.word }}: here\n",
            ),
            (
                "templates/extra.yaml",
                "{{ if .Values.extra }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\n{{ end }}\n",
            ),
            (
                "templates/service.yaml",
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: web}\n  ports: [{name: http, port: 80}]\n",
            ),
            (
                "templates/broken.yaml",
                "{{ if .Values.broken }}\napiVersion: v1\nkind: Service\nmetadata:\n  name: zbroken\nspec:\n  ports: [{port: 99999}]\n{{ end }}\n",
            ),
        ],
    )?;
    chart.write("templates/web.yaml", DEPLOYMENT)?;
    chart.write("templates/hook.yaml", HOOK)?;
    Ok(chart)
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: example.com/web:{{ .Values.word }}
          env:
            - {name: WORD, value: '{{ .Values.word }}'}
";

const HOOK: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: hook
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,post-rollback,pre-delete
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
data:
  word: {{ .Values.word }}
";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_did_the_last_step_both_tell_the_same_and_can_do_the_next() -> Result<()> {
    let chart = chart()?;
    let path = chart.path();
    let sequences: Vec<&str> = SEQUENCES.lines().filter(|line| !line.is_empty()).collect();
    assert!(sequences.len() >= 30);
    let failures: Vec<String> = stream::iter(&sequences)
        .map(|sequence| check(sequence, &path))
        .buffer_unordered(AT_ONCE)
        .filter_map(async |outcome| outcome.err().map(|error| format!("{error:#}")))
        .collect()
        .await;
    println!("{} sequences, {} of them failed", sequences.len(), failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    Ok(())
}

async fn check(sequence: &str, chart: &str) -> Result<()> {
    let run = Run { session: Session::new("matrix").await?, other: sequence.contains("+other") };
    for (index, text) in sequence.split(' ').enumerate() {
        let step = Step::parse(text)?;
        run.step(&step, index + 1, chart)
            .await
            .with_context(|| format!("{sequence}: step {} ({})", index + 1, step.text))?;
    }
    ensure!(run.records().await? == 0, "{sequence}: records are left");
    let left = run.session.names("deployments,services,configmaps").await?;
    ensure!(left.is_empty(), "{sequence}: left: {left:?}");
    Ok(())
}

struct Run {
    session: Session,
    /// Whether records are ConfigMaps.
    other: bool,
}

impl Run {
    async fn step(&self, step: &Step<'_>, number: usize, chart: &str) -> Result<()> {
        let done = self.command(step.tool, &step.args(number, chart)?).await?;
        if step.fails {
            done.failure()?;
        } else {
            done.success()?;
        }
        let list = self.same(&["list"]).await?;
        if self.records().await? == 0 {
            return Ok(());
        }
        self.same(&["history", "r", "--show-rollback-revision"]).await?;
        self.same(&["get", "metadata", "r"]).await?;
        // Values and manifest among them.
        let all = self.same(&["get", "all", "r"]).await?;
        if list.contains("\tdeployed") {
            self.objects_are_recorded(step, &all).await?;
        }
        if step.applies() {
            self.one_owner().await?;
        }
        Ok(())
    }

    async fn command(&self, tool: Tool, args: &[impl AsRef<str>]) -> Result<e2e::Finished> {
        let args: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        let mut cli = tool.cli(self.session.cluster).await?.args(&args);
        if self.other {
            cli = cli.env("HELM_DRIVER", "configmap");
        }
        cli.namespace(self.session.ns.name()).run().await
    }

    /// Returns what both tools print, if that is the same.
    async fn same(&self, args: &[&str]) -> Result<String> {
        let (ours, theirs) =
            tokio::try_join!(self.command(Tool::Chartctl, args), self.command(Tool::Helm4, args))?;
        let (ours, theirs) = (ours.success()?.stdout, theirs.success()?.stdout);
        ensure!(ours == theirs, "{args:?}\n--- chartctl\n{ours}\n--- helm\n{theirs}");
        Ok(ours)
    }

    /// The objects that are there are those of the record.
    async fn objects_are_recorded(&self, step: &Step<'_>, record: &str) -> Result<()> {
        let ns = &self.session.ns;
        let data = ns.api::<ConfigMap>().get("settings").await?.data.unwrap_or_default();
        let word = data.get("word").context("a word")?;
        ensure!(record.contains(&format!("\n  word: {word}\n")), "{record}\nbut {word} is there");
        // Helm 3 leaves what a failed revision added: neither the deployed nor the new one has it.
        let alone = data.len() == 2 && data.contains_key(word);
        ensure!(alone || step.tool == Tool::Helm3, "{data:?} of more than one revision");
        let extra = ns.api::<ConfigMap>().get_opt("extra").await?.is_some();
        ensure!(record.contains("  name: extra\n") == extra, "{record}\nextra is there: {extra}");
        let web = ns.api::<Deployment>().get("web").await?;
        let containers = web.spec.and_then(|spec| spec.template.spec).map(|pod| pod.containers);
        let image = containers.into_iter().flatten().find_map(|container| container.image);
        ensure!(image == Some(format!("example.com/web:{word}")), "{image:?} runs");
        Ok(())
    }

    /// Every object has one owner of the name `helm`, which is by server-side apply.
    async fn one_owner(&self) -> Result<()> {
        let all = ListParams::default();
        let ns = &self.session.ns;
        let mut owners = Vec::new();
        for object in ns.api::<ConfigMap>().list(&all).await? {
            owners.push(helm_entries(&object, object.managed_fields()));
        }
        for object in ns.api::<Service>().list(&all).await? {
            owners.push(helm_entries(&object, object.managed_fields()));
        }
        for object in ns.api::<Deployment>().list(&all).await? {
            owners.push(helm_entries(&object, object.managed_fields()));
        }
        let stale: Vec<String> = owners
            .into_iter()
            .filter(|(name, entries)| {
                name != "kube-root-ca.crt"
                    && !name.starts_with("sh.helm.")
                    && entries.as_slice() != ["Apply"]
            })
            .map(|(name, entries)| format!("{name}: helm {entries:?}"))
            .collect();
        ensure!(stale.is_empty(), "owners: {}", stale.join("; "));
        Ok(())
    }

    /// How many there are.
    async fn records(&self) -> Result<usize> {
        let (ns, helms) = (&self.session.ns, ListParams::default().labels("owner=helm"));
        Ok(if self.other {
            ns.api::<ConfigMap>().list(&helms).await?.items.len()
        } else {
            ns.api::<Secret>().list(&helms).await?.items.len()
        })
    }
}

/// The operations by which `helm`, or whoever else applies charts, owns fields of an object.
fn helm_entries(
    object: &impl kube::Resource,
    fields: &[k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry],
) -> (String, Vec<String>) {
    let name = object.meta().name.clone().unwrap_or_default();
    let ours = fields.iter().filter(|entry| {
        entry.manager.as_deref() != Some("kube-controller-manager") && entry.subresource.is_none()
    });
    let operations = ours.map(|entry| entry.operation.clone().unwrap_or_default());
    (name, operations.collect())
}
