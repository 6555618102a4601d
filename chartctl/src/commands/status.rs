//! `chartctl status`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use manifest::ready::{self, Readiness, Rules};
use manifest::{Object, ObjectId};
use plan::LiveObject;
use release::Revision;
use value::Value;

use super::{describe, records};
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::error::CliError;
use crate::flags::OutputFlag;
use crate::output::{self, Cell, Format, Table};
use crate::ui::{Paint, Tone};
use crate::{failure, pflag};

const USAGE: &str = "chartctl status RELEASE_NAME [flags]";

/// Show the state of a release and of its objects in the cluster
#[derive(Debug, clap::Args)]
#[command(
    override_usage = USAGE,
    after_long_help = "\
Examples:
  chartctl status web -n prod
  chartctl status web --revision 3 -o json"
)]
pub(crate) struct Args {
    /// The release
    #[arg(value_name = "RELEASE_NAME")]
    name: Option<String>,
    /// Show this revision; 0 is the newest
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = pflag::integer)]
    revision: i64,
    /// Show the objects in the cluster, which is the default
    #[arg(long, hide_short_help = true)]
    show_resources: bool,
    /// Show the description, which is the default
    #[arg(long, hide_short_help = true)]
    show_desc: bool,
    #[command(flatten)]
    output: OutputFlag,
    #[command(flatten)]
    extra: Extra,
}

/// The release's objects as they are in the cluster.
type Live = BTreeMap<ObjectId, LiveObject>;

impl Args {
    /// Prints the state.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        let [name] = arity::exactly(USAGE, [self.name.clone()], &self.extra)?;
        let (revision, objects, live) = cli::block_on(self.look(context, &name))?;
        let paint = context.ui.stdout_paint();
        context.ui.data(&match self.output.output {
            Format::Table => {
                let resources = table(&objects, &live, Timestamp::now(), paint);
                let parts = describe::Parts {
                    resources: Some(resources).filter(|text| !text.is_empty()),
                    everything: context.debug,
                    ..describe::Parts::default()
                };
                describe::block(&revision, &parts, paint)?
            }
            Format::Json => output::json(&document(&revision, &live)?)?,
            Format::Yaml => output::yaml(&document(&revision, &live)?)?,
        })
    }

    /// Reads the record and its objects.
    async fn look(
        &self,
        context: &Context,
        name: &str,
    ) -> Result<(Revision, Vec<ObjectId>, Live), CliError> {
        let revision = records::record(context, name, self.revision).await?.revision;
        let cluster = context.connect().await?.with_default_namespace(&revision.namespace);
        let objects: Vec<ObjectId> = revision
            .objects()
            .map_err(|error| failure::of(&error))?
            .iter()
            .map(|object: &Object| object.id.clone())
            .collect();
        let live = cluster.snapshot(&objects).await.map_err(|error| failure::of(&error))?;
        Ok((revision, objects, live))
    }
}

/// Returns Helm's heading of an object's group: `v1/Deployment`.
fn group(id: &ObjectId) -> String {
    format!("{}/{}", id.gvk.version, id.gvk.kind)
}

/// Returns the objects by kind, each with what `--wait` would say about it; empty when there are none.
fn table(objects: &[ObjectId], live: &Live, now: Timestamp, paint: Paint) -> String {
    let mut groups: Vec<(String, Table)> = Vec::new();
    for id in objects {
        let found = live.get(id).map(|object| &object.value);
        let (state, tone) = state(found);
        let row = [
            id.name.as_str().into(),
            Cell::toned(state, tone),
            found.and_then(|object| age(object, now)).unwrap_or_else(|| "-".to_owned()).into(),
        ];
        let heading = group(id);
        let at = groups.iter().position(|(known, _)| *known == heading).unwrap_or_else(|| {
            groups.push((heading, Table::with_heads(&["NAME", "STATE", "AGE"])));
            groups.len() - 1
        });
        if let Some((_, table)) = groups.get_mut(at) {
            table.row(row);
        }
    }
    groups.iter().fold(String::new(), |mut out, (heading, table)| {
        let _ok = writeln!(out, "==> {heading}\n{}", table.render(paint));
        out
    })
}

fn state(live: Option<&Value>) -> (String, Tone) {
    let Some(live) = live else { return ("missing".to_owned(), Tone::Bad) };
    match ready::check(live, &Rules::default()) {
        Readiness::Ready => ("ready".to_owned(), Tone::Good),
        Readiness::Pending(why) => (why, Tone::Warn),
        Readiness::Failed(why) => (format!("failed: {why}"), Tone::Bad),
    }
}

/// Returns how long an object exists, as kubectl shows it.
fn age(object: &Value, now: Timestamp) -> Option<String> {
    let created: Timestamp = object.str_at(&["metadata", "creationTimestamp"])?.parse().ok()?;
    let seconds = now.duration_since(created).as_secs().max(0);
    Some(match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    })
}

/// Returns Helm's JSON: the record without its chart, with the live objects in `info.resources`.
fn document(revision: &Revision, live: &Live) -> Result<Value, CliError> {
    let text = output::json(revision)?;
    let mut document = value::json::from_str(&text).map_err(|error| failure::of(&error))?;
    if let Some(map) = document.as_map_mut() {
        map.remove("chart");
    }
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, object) in live {
        groups.entry(group(id)).or_default().push(object.value.clone());
    }
    if !groups.is_empty() {
        let resources =
            groups.into_iter().map(|(group, objects)| (group, Value::from(objects))).collect();
        document.set(&["info", "resources"], resources);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use manifest::{Gvk, ObjectId};
    use plan::LiveObject;
    use release::Revision;
    use value::Value;

    use super::{Live, document, table};
    use crate::ui::Paint;

    fn id(kind: &str, name: &str) -> ObjectId {
        ObjectId::new(Gvk::new("", "v1", kind), None, name)
    }

    fn live() -> Live {
        let value: Value = value::json::from_str(
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"env","creationTimestamp":"2026-11-21T03:00:00Z"}}"#,
        )
        .unwrap();
        [(id("ConfigMap", "env"), LiveObject { value })].into()
    }

    #[test]
    fn objects_are_shown_by_kind_with_their_state() {
        let now: Timestamp = "2026-11-21T03:05:00Z".parse().unwrap();
        let objects = [id("ConfigMap", "env"), id("Secret", "keys"), id("ConfigMap", "gone")];
        assert_eq!(
            table(&objects, &live(), now, Paint::OFF),
            "==> v1/ConfigMap\nNAME\tSTATE  \tAGE\nenv \tready  \t5m \ngone\tmissing\t-  \n\n\
             ==> v1/Secret\nNAME\tSTATE  \tAGE\nkeys\tmissing\t-  \n\n"
        );
    }

    #[test]
    fn json_has_the_objects_and_no_chart() {
        let document = document(&Revision::default(), &live()).unwrap();
        assert!(document.get("chart").is_none());
        let objects = document.list_at(&["info", "resources", "v1/ConfigMap"]);
        assert_eq!(objects.len(), 1);
    }
}
