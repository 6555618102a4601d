//! `chartctl diff revision` and `chartctl diff release`: what records say, without a look at the cluster's objects.

use std::collections::BTreeMap;

use manifest::{Hook, HookEvent, Object, ObjectId};
use plan::diff::{Difference, Secrets, compare};
use release::Revision;

use super::flags::{DiffFlags, Hooks};
use super::report;
use crate::arity::{self, Extra};
use crate::cli::{self, Context};
use crate::commands::records;
use crate::error::CliError;
use crate::failure;

const OF_REVISIONS: &str = "chartctl diff revision RELEASE REVISION [REVISION] [flags]";
const OF_RELEASES: &str = "chartctl diff release RELEASE RELEASE [flags]";

/// Show what differs between two revisions of a release
///
/// With one REVISION, between it and the newest one.
#[derive(Debug, clap::Args)]
#[command(name = "revision", override_usage = OF_REVISIONS)]
pub(super) struct OfRevisions {
    /// The release
    #[arg(value_name = "RELEASE")]
    name: Option<String>,
    /// The revision to start from
    #[arg(value_name = "REVISION")]
    first: Option<String>,
    /// The revision to compare with [default: the newest]
    #[arg(value_name = "REVISION")]
    second: Option<String>,
    #[command(flatten)]
    flags: DiffFlags,
    #[command(flatten)]
    extra: Extra,
}

/// Show what differs between two releases, which may be in different namespaces
///
/// Name a release of another namespace as NAMESPACE/RELEASE.
#[derive(Debug, clap::Args)]
#[command(name = "release", override_usage = OF_RELEASES)]
pub(super) struct OfReleases {
    /// The release to start from
    #[arg(value_name = "RELEASE")]
    first: Option<String>,
    /// The release to compare with
    #[arg(value_name = "RELEASE")]
    second: Option<String>,
    #[command(flatten)]
    flags: DiffFlags,
    #[command(flatten)]
    extra: Extra,
}

impl OfRevisions {
    /// Prints the differences.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        arity::at_most(OF_REVISIONS, 3, &self.extra)?;
        let [name, first] =
            arity::exactly(OF_REVISIONS, [self.name.clone(), self.first.clone()], &self.extra)?;
        let how = self.flags.how(context)?;
        let numbers = [Some(first.as_str()), self.second.as_deref()].map(|text| text.map(number));
        let [first, second] = numbers.map(Option::transpose);
        let (first, second) = (first?.unwrap_or(0), second?.unwrap_or(0));
        let (old, new) = cli::block_on(async {
            let old = records::record(context, &name, first).await?.revision;
            let new = records::record(context, &name, second).await?.revision;
            // As in helm-diff the older one comes first, however they are given.
            Ok(if second != 0 && old.version > new.version { (new, old) } else { (old, new) })
        })?;
        let found = differences(&old, &new, self.flags.hooks(), how.secrets)?;
        report::print(context, &how, &new.namespace, found)
    }
}

impl OfReleases {
    /// Prints the differences.
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let names =
            arity::exactly(OF_RELEASES, [self.first.clone(), self.second.clone()], &self.extra)?;
        let how = self.flags.how(context)?;
        let [old, new] = cli::block_on(async {
            let [first, second] = &names;
            Ok([newest(context, first).await?, newest(context, second).await?])
        })?;
        let found = differences(&old, &new, self.flags.hooks(), how.secrets)?;
        report::print(context, &how, &new.namespace, found)
    }
}

fn number(text: &str) -> Result<i64, CliError> {
    text.parse().map_err(|_| {
        CliError::input(format!(
            "failed to parse revision: strconv.ParseInt: parsing {text:?}: invalid syntax"
        ))
    })
}

/// Returns the newest revision of a release, which may name its namespace.
async fn newest(context: &Context, name: &str) -> Result<Revision, CliError> {
    let cluster = context.connect().await?;
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (namespace, name),
        None => (cluster.default_namespace(), name),
    };
    let history =
        cluster.storage().history(namespace, name).await.map_err(|error| failure::of(&error))?;
    let newest = history.last_good().map(|record| record.revision.clone());
    newest.ok_or_else(|| records::not_found(name, namespace))
}

/// Returns what differs between two recorded revisions.
pub(super) fn differences(
    old: &Revision,
    new: &Revision,
    hooks: Hooks,
    secrets: Secrets,
) -> Result<Vec<Difference>, CliError> {
    let told = |error: manifest::ManifestError| failure::of(&error);
    let mut found =
        of_objects(&old.objects().map_err(told)?, &new.objects().map_err(told)?, secrets);
    found.extend(of_hooks(
        &old.runnable_hooks().map_err(told)?,
        &new.runnable_hooks().map_err(told)?,
        hooks,
        secrets,
    ));
    Ok(found)
}

/// Returns what differs between the hooks of two revisions.
pub(super) fn of_hooks(
    old: &[Hook],
    new: &[Hook],
    which: Hooks,
    secrets: Secrets,
) -> Vec<Difference> {
    let wanted = |hook: &&Hook| match which {
        Hooks::None => false,
        Hooks::NoTests => hook.events != [HookEvent::Test],
        Hooks::All => true,
    };
    let objects = |hooks: &[Hook]| -> Vec<Object> {
        hooks.iter().filter(wanted).map(|hook| hook.object.clone()).collect()
    };
    of_objects(&objects(old), &objects(new), secrets)
}

/// Returns what differs between two lists of objects.
pub(super) fn of_objects(old: &[Object], new: &[Object], secrets: Secrets) -> Vec<Difference> {
    let mut pairs: BTreeMap<&ObjectId, (Option<&Object>, Option<&Object>)> = BTreeMap::new();
    for object in old {
        pairs.entry(&object.id).or_default().0 = Some(object);
    }
    for object in new {
        pairs.entry(&object.id).or_default().1 = Some(object);
    }
    let compared = pairs.into_iter().map(|(id, (old, new))| {
        let (old, new) = (old.map(|one| &one.value), new.map(|one| &one.value));
        compare(id, old, new, secrets, Vec::new())
    });
    compared.flatten().collect()
}
