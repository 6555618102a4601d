//! What is the case, as far as it has to be asked for: stored revisions, chart, values.
//!
//! What the watches vouch for is not asked again, so that a look at a settled release makes no request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use api::{ChartStatus, HandledTokens, OperationInputs, SourceKind, reason};
use jiff::Timestamp;
use kube::ResourceExt as _;
use tokio::time::Instant;

use super::{Error, Look};
use crate::act::Material;
use crate::context::Known;
use crate::decide::{Circumstances, new_tokens, present_tokens};
use crate::failure;
use crate::index::{Key, Name};
use crate::inputs::{Desired, Fact, Mark};
use crate::observe::{Inputs, Missing};
use crate::reading::Reader;
use crate::source::{Asker, SourceError};
use crate::text::chain;
use crate::values::{self, Data, ValuesError};

impl<'a> Look<'a> {
    /// Notes what the watches have to look for.
    pub(super) fn register(&self) {
        let spec = &self.release.spec;
        let key = |kind, name: &str| Key {
            kind,
            namespace: self.name.namespace.clone(),
            name: name.to_owned(),
        };
        let mut keys: BTreeSet<Key> =
            values::sources(spec).iter().map(|source| key(source.kind, &source.name)).collect();
        let chart = &spec.chart;
        keys.extend(chart.config_map.iter().map(|file| key(SourceKind::ConfigMap, &file.name)));
        let secrets = chart.secret.iter().map(|file| &file.name);
        let secrets = secrets.chain(chart.secret_ref.iter().map(|secret| &secret.name));
        keys.extend(secrets.map(|name| key(SourceKind::Secret, name)));
        self.context.index.register(&self.name, keys, self.target());
    }

    pub(super) fn target(&self) -> Name {
        Name::new(self.release.target_namespace(), self.release.release_name())
    }

    pub(super) fn forget(&mut self) {
        self.context.forget(&self.name, &self.release.uid().unwrap_or_default());
    }

    pub(super) fn handled(&mut self) {
        let tokens = present_tokens(self.release);
        if new_tokens(self.release, self.status.handled.as_ref()).reset {
            self.status.failures = None;
        }
        if tokens != HandledTokens::default() {
            self.status.handled = Some(tokens);
        }
    }

    /// Returns what is known of the stored revisions. While the watch has seen nothing new, nothing is read; nor
    /// while an operation of ours runs, which notices by itself when others interfere.
    pub(super) async fn facts(&mut self) -> Result<Vec<Fact>, Error> {
        let target = self.target();
        let watched = self.context.index.records(&target);
        let own = self.memory.running.is_some() && self.status.operation.is_some();
        if let Some(known) = &self.memory.known
            && (own || watched.as_ref() == Some(&known.versions))
        {
            return Ok(sorted(known));
        }
        let storage = self.context.cluster.storage();
        let selector = format!("name={}", target.name);
        let metas = storage.list(Some(&target.namespace), Some(&selector)).await?;
        let before = self.memory.known.take().unwrap_or_default();
        let mut known = Known::default();
        let mut changed = Vec::new();
        for meta in metas {
            let secret = meta.key.object_name();
            known.versions.insert(secret.clone(), meta.resource_version.clone());
            match before.facts.get(&secret) {
                Some(fact) if before.versions.get(&secret) == Some(&meta.resource_version) => {
                    known.facts.insert(secret, fact.clone());
                }
                _ => changed.push(meta),
            }
        }
        for (meta, entry) in storage.read_all(&changed).await? {
            let fact = Fact::of(&entry, &self.context.key);
            known.facts.insert(meta.key.object_name(), fact);
        }
        let facts = sorted(&known);
        self.memory.known = Some(known);
        Ok(facts)
    }

    /// For how long the newest record has not changed since we first saw it so.
    pub(super) fn unchanged(&mut self, facts: &[Fact]) -> Duration {
        let newest = facts.last().map(|fact| fact.revision);
        let version = self.memory.known.as_ref().and_then(|known| {
            let (secret, _) = known.facts.iter().find(|(_, fact)| Some(fact.revision) == newest)?;
            Some(format!("{secret} {}", known.versions.get(secret)?))
        });
        let Some(version) = version else { return Duration::ZERO };
        match &self.memory.foreign {
            Some((seen, since)) if *seen == version => since.elapsed(),
            _ => {
                self.memory.foreign = Some((version, Instant::now()));
                Duration::ZERO
            }
        }
    }

    /// Finds out what the spec asks for.
    pub(super) async fn inputs(&mut self, rivalled: bool) -> Result<Inputs, Error> {
        if self.release.metadata.deletion_timestamp.is_some() || rivalled {
            return Ok(Inputs::Missing(missing(reason::WAITING, String::new())));
        }
        let chart = match self.load().await {
            Ok(chart) => chart,
            Err(error) if failure::is_outage(&error) => return Err(Error::Source(error)),
            Err(error) => match self.remembered_chart() {
                Some(chart) => chart,
                None => return Ok(Inputs::Missing(unsourced(&error))),
            },
        };
        let values_digest = match self.values_digest().await? {
            Ok(digest) => digest,
            Err(error) => {
                return Ok(Inputs::Missing(missing(reason::VALUES_FAILED, error.to_string())));
            }
        };
        let desired = Desired {
            chart_digest: chart.digest,
            chart: chart.name,
            version: chart.resolved,
            values_digest,
        };
        self.desired = Some(desired.clone());
        Ok(Inputs::Known(desired))
    }

    pub(super) fn reader(&self) -> Reader<'a> {
        // The namespace outlives the look, as it is the object's own.
        let namespace = self.release.metadata.namespace.as_deref().unwrap_or_default();
        Reader::new(&self.context.cluster, &self.context.index, namespace)
    }

    pub(super) async fn load(&mut self) -> Result<ChartStatus, SourceError> {
        if self.loaded.is_none() {
            let spec = &self.release.spec;
            let asker = Asker {
                name: &self.name,
                reader: self.reader(),
                fresh_for: spec.interval.get(),
                wake: &self.context.trigger,
            };
            self.loaded = Some(self.context.charts.load(&spec.chart, &asker).await?);
        }
        let loaded = self.loaded.as_ref().ok_or(SourceError::Nothing)?;
        let status = ChartStatus {
            name: loaded.chart.name().to_owned(),
            resolved: loaded.chart.version().to_owned(),
            digest: loaded.digest.to_string(),
            source: loaded.origin.clone(),
        };
        self.status.chart = Some(status.clone());
        Ok(status)
    }

    /// While an address does not answer, what it gave last is what the spec asks for.
    pub(super) fn remembered_chart(&self) -> Option<ChartStatus> {
        let (chart, spec) = (self.status.chart.clone()?, &self.release.spec.chart);
        let same = spec.url.as_ref() == Some(&chart.source)
            && spec.digest.as_ref().is_none_or(|digest| *digest == chart.digest);
        same.then_some(chart)
    }

    /// Returns the digest of the values. They are read only if a source has changed.
    pub(super) async fn values_digest(&mut self) -> Result<Result<String, ValuesError>, Error> {
        let reader = self.reader();
        let generation = self.release.metadata.generation.unwrap_or_default();
        let sources = values::sources(&self.release.spec);
        let versions: Option<Vec<_>> =
            sources.iter().map(|source| Some((source.clone(), reader.version(source)?))).collect();
        if let (Some(versions), Some((key, digest))) = (versions, &self.memory.values)
            && *key == (generation, versions)
        {
            return Ok(Ok(digest.clone()));
        }
        self.compose().await
    }

    /// Reads and composes the values.
    pub(super) async fn compose(&mut self) -> Result<Result<String, ValuesError>, Error> {
        let reader = self.reader();
        let (mut data, mut versions) = (Data::new(), Vec::new());
        for source in values::sources(&self.release.spec) {
            let read = reader.read(&source).await?;
            versions.push((source.clone(), read.as_ref().map(|read| read.version.clone())));
            if let Some(read) = read {
                data.insert(source, read.data);
            }
        }
        Ok(match values::compose(&self.release.spec, &data) {
            Ok(composed) => {
                let digest = self.context.key.values(&composed.values);
                let generation = self.release.metadata.generation.unwrap_or_default();
                self.memory.values = Some(((generation, versions), digest.clone()));
                self.composed = Some(composed);
                Ok(digest)
            }
            Err(error) => Err(error),
        })
    }

    /// Returns chart and values, read if need be.
    pub(super) async fn material(&mut self) -> Result<Option<Material>, Error> {
        if self.composed.is_none() {
            let before = self.desired.as_ref().map(|desired| desired.values_digest.clone());
            match self.compose().await? {
                Ok(digest) if before.is_none_or(|before| before == digest) => {}
                // They have changed since they were looked at; the next look sees it.
                _ => return Ok(None),
            }
        }
        Ok(self.loaded.as_ref().zip(self.composed.as_ref()).map(|(loaded, composed)| Material {
            chart: Arc::clone(&loaded.chart),
            values: composed.values.clone(),
            mask: composed.mask.clone(),
        }))
    }

    pub(super) fn circumstances<'b>(
        &'b self,
        facts: &'b [Fact],
        inputs: &'b Inputs,
    ) -> Circumstances<'b> {
        let blocked = self.memory.blocked.as_ref();
        Circumstances {
            release: self.release,
            status: &self.status,
            facts,
            inputs,
            tokens: new_tokens(self.release, self.status.handled.as_ref()),
            blocked: blocked
                .filter(|blocked| blocked.inputs == self.wanted())
                .filter(|blocked| !blocked.needs || self.context.index.needs(&self.name))
                .map(|blocked| blocked.until),
            now: Timestamp::now(),
        }
    }

    /// What an attempt is tried for, as a text to compare.
    pub(super) fn wanted(&self) -> String {
        let inputs = self.recorded_inputs();
        format!("{} {:?}", Mark(&inputs), self.release.spec.rollback_to)
    }

    pub(super) fn recorded_inputs(&self) -> OperationInputs {
        let generation = self.release.metadata.generation.unwrap_or_default();
        match &self.desired {
            Some(desired) => desired.recorded(generation),
            None => OperationInputs { generation, ..OperationInputs::default() },
        }
    }
}

pub(super) fn sorted(known: &Known) -> Vec<Fact> {
    let mut facts: Vec<_> = known.facts.values().cloned().collect();
    facts.sort_by_key(|fact| fact.revision);
    facts
}

fn missing(reason: &'static str, message: String) -> Missing {
    Missing { reason, stalled: None, message, retry: false }
}

/// Returns what it means that the chart is not to be had.
fn unsourced(error: &SourceError) -> Missing {
    let mismatch = match error {
        SourceError::DigestMismatch { .. } => true,
        SourceError::Earlier(earlier) => earlier.mismatch,
        _ => false,
    };
    let fetching = matches!(error, SourceError::Fetching);
    Missing {
        reason: if fetching { reason::WAITING } else { reason::SOURCE_FAILED },
        stalled: mismatch.then_some(reason::DIGEST_MISMATCH),
        message: chain(error),
        retry: matches!(error, SourceError::Earlier(_)) && !mismatch,
    }
}
