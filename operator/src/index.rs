//! Which Releases care about which ConfigMaps, Secrets and records, and what the watches know of those.
//!
//! Of an object only its `resourceVersion` is kept, and only while some Release names it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use api::SourceKind;
use repo::Digest;

/// A ConfigMap or Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which of both.
    pub kind: SourceKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A namespace and a name in it: of a Release, or of a Helm release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Name {
    /// Makes a name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// What a Release waits for that only the cluster as a whole can give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A namespace, by name.
    Namespace(String),
    /// Some kind that the API server does not serve.
    Kind,
}

/// The `resourceVersion`s of the records of one Helm release, by the name of the Secret.
pub type Versions = BTreeMap<String, String>;

/// The reverse index. All methods are short and never wait.
#[derive(Debug, Default)]
pub struct Index(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sources: BTreeMap<Name, BTreeSet<Key>>,
    readers: BTreeMap<Key, BTreeSet<Name>>,
    targets: BTreeMap<Name, Name>,
    owners: BTreeMap<Name, BTreeSet<Name>>,
    /// Present: known. `None`: known not to exist.
    versions: BTreeMap<Key, Option<String>>,
    digests: BTreeMap<(Key, String), (String, Digest)>,
    records: BTreeMap<Name, Versions>,
    /// Namespaces whose records have been listed; the empty name is all of them.
    listed: BTreeSet<String>,
    /// What each Release waits for.
    needs: BTreeMap<Name, Need>,
    /// When a definition of kinds last changed.
    kinds_changed: Option<Instant>,
}

impl Index {
    /// Notes what a Release names: sources, and the Helm release that it stands for.
    pub fn register(&self, release: &Name, sources: BTreeSet<Key>, target: Name) {
        let mut inner = self.lock();
        inner.unlink(release);
        for key in &sources {
            inner.readers.entry(key.clone()).or_default().insert(release.clone());
        }
        inner.owners.entry(target.clone()).or_default().insert(release.clone());
        inner.targets.insert(release.clone(), target);
        inner.sources.insert(release.clone(), sources);
        inner.tidy();
    }

    /// Forgets a Release; returns those that stand for the same Helm release.
    pub fn forget(&self, release: &Name) -> Vec<Name> {
        let mut inner = self.lock();
        let target = inner.targets.get(release).cloned();
        inner.unlink(release);
        inner.needs.remove(release);
        inner.tidy();
        let others = target.and_then(|target| inner.owners.get(&target).cloned());
        others.into_iter().flatten().collect()
    }

    /// Notes what a Release waits for; nothing is no longer waited for. To miss nothing, note it before asking.
    pub fn need(&self, release: &Name, need: Option<Need>) {
        let mut inner = self.lock();
        match need {
            Some(need) => inner.needs.insert(release.clone(), need),
            None => inner.needs.remove(release),
        };
    }

    /// Returns whether a Release still waits for what it needs.
    #[must_use]
    pub fn needs(&self, release: &Name) -> bool {
        self.lock().needs.contains_key(release)
    }

    /// Notes that something is there; returns the Releases to wake, which no longer wait for it.
    pub fn arrived(&self, need: &Need) -> Vec<Name> {
        let mut inner = self.lock();
        if *need == Need::Kind {
            inner.kinds_changed = Some(Instant::now());
        }
        inner.needs.extract_if(.., |_, of| of == need).map(|(name, _)| name).collect()
    }

    /// Returns how long ago a definition of kinds has changed.
    #[must_use]
    pub fn kinds_changed(&self) -> Option<Duration> {
        self.lock().kinds_changed.map(|at| at.elapsed())
    }

    /// Notes the version that a read has found. What a watch has told in the meantime is newer.
    pub fn read(&self, key: &Key, version: Option<String>) {
        let mut inner = self.lock();
        if inner.readers.contains_key(key) {
            inner.versions.entry(key.clone()).or_insert(version);
        }
    }

    /// Notes the version that a watch tells; returns the Releases to wake.
    pub fn watched(&self, key: &Key, version: Option<String>) -> Vec<Name> {
        let mut inner = self.lock();
        let Some(readers) = inner.readers.get(key).cloned() else { return Vec::new() };
        let before = inner.versions.insert(key.clone(), version.clone());
        if before == Some(version) { Vec::new() } else { readers.into_iter().collect() }
    }

    /// Notes that a list of one kind (in one namespace, or in all) is complete: what it did not name is gone.
    pub fn listed(
        &self,
        kind: SourceKind,
        namespace: Option<&str>,
        found: &BTreeSet<Key>,
    ) -> Vec<Name> {
        let inner = self.lock();
        let within = |key: &Key| {
            key.kind == kind && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        let gone: Vec<_> = inner
            .readers
            .keys()
            .filter(|key| within(key) && !found.contains(key))
            .cloned()
            .collect();
        drop(inner);
        let woken = gone.iter().flat_map(|key| self.watched(key, None));
        woken.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns what is known of a version.
    #[must_use]
    pub fn version(&self, key: &Key) -> Option<Option<String>> {
        self.lock().versions.get(key).cloned()
    }

    /// Keeps the digest of one key of an object at one version.
    pub fn remember(&self, key: &Key, entry: &str, version: &str, digest: &Digest) {
        let mut inner = self.lock();
        if inner.readers.contains_key(key) {
            let value = (version.to_owned(), digest.clone());
            inner.digests.insert((key.clone(), entry.to_owned()), value);
        }
    }

    /// Returns the digest of one key, if the object is still at the version it was taken at.
    #[must_use]
    pub fn digest(&self, key: &Key, entry: &str) -> Option<Digest> {
        let inner = self.lock();
        let now = inner.versions.get(key)?.as_deref()?;
        let (version, digest) = inner.digests.get(&(key.clone(), entry.to_owned()))?;
        (version == now).then(|| digest.clone())
    }

    /// Notes a record that the watch tells of (`None`: it is gone); returns the Releases to wake.
    pub fn record(&self, target: &Name, secret: &str, version: Option<&str>) -> Vec<Name> {
        let mut inner = self.lock();
        let records = inner.records.entry(target.clone()).or_default();
        let before = match version {
            Some(version) => records.insert(secret.to_owned(), version.to_owned()),
            None => records.remove(secret),
        };
        if records.is_empty() {
            inner.records.remove(target);
        }
        if before.as_deref() == version {
            return Vec::new();
        }
        inner.owners.get(target).into_iter().flatten().cloned().collect()
    }

    /// Notes that a list of records (in one namespace, or in all) is complete; returns the Releases to wake.
    pub fn records_listed(
        &self,
        namespace: Option<&str>,
        found: &BTreeMap<Name, Versions>,
    ) -> Vec<Name> {
        let mut inner = self.lock();
        let within =
            |target: &Name| namespace.is_none_or(|namespace| target.namespace == namespace);
        let before: BTreeMap<Name, Versions> = inner
            .records
            .iter()
            .filter(|(target, _)| within(target))
            .map(|(target, versions)| (target.clone(), versions.clone()))
            .collect();
        inner.records.retain(|target, _| !within(target));
        inner.records.extend(found.clone());
        inner.listed.insert(namespace.unwrap_or_default().to_owned());
        let changed = before
            .keys()
            .chain(found.keys())
            .filter(|target| before.get(*target) != found.get(*target))
            .collect::<BTreeSet<_>>();
        let woken = changed.into_iter().filter_map(|target| inner.owners.get(target)).flatten();
        woken.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns the versions of the records of a Helm release, if its namespace is watched and listed.
    #[must_use]
    pub fn records(&self, target: &Name) -> Option<Versions> {
        let inner = self.lock();
        let known = inner.listed.contains("") || inner.listed.contains(&target.namespace);
        known.then(|| inner.records.get(target).cloned().unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn unlink(&mut self, release: &Name) {
        for key in self.sources.remove(release).into_iter().flatten() {
            if let Some(readers) = self.readers.get_mut(&key) {
                readers.remove(release);
                if readers.is_empty() {
                    self.readers.remove(&key);
                }
            }
        }
        if let Some(target) = self.targets.remove(release)
            && let Some(owners) = self.owners.get_mut(&target)
        {
            owners.remove(release);
            if owners.is_empty() {
                self.owners.remove(&target);
            }
        }
    }

    /// Drops what nobody names any more.
    fn tidy(&mut self) {
        let readers = &self.readers;
        self.versions.retain(|key, _| readers.contains_key(key));
        self.digests.retain(|(key, _), _| readers.contains_key(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { kind: SourceKind::ConfigMap, namespace: "ns".to_owned(), name: name.to_owned() }
    }

    fn index() -> (Index, Name) {
        let (index, web) = (Index::default(), Name::new("ns", "web"));
        index.register(&web, [key("a"), key("b")].into(), Name::new("prod", "web"));
        (index, web)
    }

    #[test]
    fn a_change_of_a_named_object_wakes_its_releases() {
        let (index, web) = index();
        assert_eq!(index.watched(&key("other"), Some("1".to_owned())), []);
        assert_eq!(index.watched(&key("a"), Some("1".to_owned())), std::slice::from_ref(&web));
        assert_eq!(index.watched(&key("a"), Some("1".to_owned())), []);
        assert_eq!(index.watched(&key("a"), None), std::slice::from_ref(&web));
        index.forget(&web);
        assert_eq!(index.watched(&key("a"), Some("2".to_owned())), []);
        assert_eq!(index.version(&key("a")), None);
    }

    #[test]
    fn what_arrives_wakes_who_needs_it_once() {
        let (index, web) = index();
        let namespace = Need::Namespace("prod".to_owned());
        index.need(&web, Some(namespace.clone()));
        assert_eq!(index.arrived(&Need::Namespace("other".to_owned())), []);
        assert_eq!(index.arrived(&Need::Kind), []);
        assert!(index.needs(&web));
        assert_eq!(index.arrived(&namespace), std::slice::from_ref(&web));
        assert!(!index.needs(&web));
        assert_eq!(index.arrived(&namespace), []);
    }

    #[test]
    fn who_goes_leaves_its_target_to_the_others() {
        let (index, web) = index();
        let second = Name::new("ns", "second");
        index.register(&second, BTreeSet::new(), Name::new("prod", "web"));
        assert_eq!(index.forget(&web), std::slice::from_ref(&second));
        assert_eq!(index.forget(&second), []);
    }

    #[test]
    fn a_read_does_not_hide_a_newer_event() {
        let (index, _) = index();
        index.watched(&key("a"), Some("2".to_owned()));
        index.read(&key("a"), Some("1".to_owned()));
        assert_eq!(index.version(&key("a")), Some(Some("2".to_owned())));
        index.read(&key("b"), None);
        assert_eq!(index.version(&key("b")), Some(None));
    }

    #[test]
    fn digests_hold_for_one_version() {
        let (index, _) = index();
        let digest = Digest::of(b"chart");
        index.read(&key("a"), Some("1".to_owned()));
        index.remember(&key("a"), "chart.tgz", "1", &digest);
        assert_eq!(index.digest(&key("a"), "chart.tgz"), Some(digest));
        index.watched(&key("a"), Some("2".to_owned()));
        assert_eq!(index.digest(&key("a"), "chart.tgz"), None);
    }

    #[test]
    fn what_a_new_list_lacks_is_gone() {
        let (index, web) = index();
        index.watched(&key("a"), Some("1".to_owned()));
        index.watched(&key("b"), Some("1".to_owned()));
        let woken = index.listed(SourceKind::ConfigMap, None, &[key("b")].into());
        assert_eq!(woken, [web]);
        assert_eq!(index.version(&key("a")), Some(None));
        assert_eq!(index.listed(SourceKind::Secret, None, &BTreeSet::new()), []);
    }

    #[test]
    fn records_wake_the_release_of_their_name() {
        let (index, web) = index();
        let target = Name::new("prod", "web");
        assert_eq!(index.records(&target), None);
        assert_eq!(index.records_listed(None, &BTreeMap::new()), []);
        assert_eq!(index.records(&target), Some(Versions::new()));
        assert_eq!(index.record(&target, "v1", Some("1")), std::slice::from_ref(&web));
        assert_eq!(index.record(&target, "v1", Some("1")), []);
        assert_eq!(index.record(&Name::new("prod", "other"), "v1", Some("1")), []);
        let found = [(target.clone(), Versions::from([("v2".to_owned(), "9".to_owned())]))];
        assert_eq!(index.records_listed(None, &found.into()), [web]);
    }
}
