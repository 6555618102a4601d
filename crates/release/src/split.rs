//! Records that are too large for one Kubernetes object.
//!
//! Such a record is cut in two. Its *head* is a record as any other, small, under Helm's name and with Helm's
//! labels: it has all that changes in the life of a revision (state, times, description, what became of the
//! hooks), and enough of the chart for a list. Its *body* is everything else and never changes; it is compressed
//! as a whole and cut into *parts*, each in an object of its own. Where a record has its manifest, the head has a
//! [`Pointer`]: how many parts there are, and the digest of the body.
//!
//! The pointer is written as an object of a kind that no cluster has. Helm shows a head in its lists, and
//! refuses whatever needs the objects of the revision before it changes any: an upgrade from it, a rollback to
//! or from it, its uninstallation.

use std::fmt::Write as _;

use manifest::DeletePolicy;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use value::Value;

use crate::codec::{self, Limits};
use crate::{CodecError, HookRun, Info, Revision, StoredChart, StoredHook};

/// How many bytes a part may have; an object may have 1 MiB.
pub const PART_BYTES: usize = 1_000_000;

/// How many bytes all parts of a record may have together, compressed.
pub const MAX_COMPRESSED: usize = 64 << 20;

/// The key of an object's `data` (of a Secret) or `binaryData` (of a ConfigMap) that holds a part.
pub const PART_KEY: &str = "part";

/// The type of a Secret that holds a part.
pub const PART_TYPE: &str = "chartctl.dev/record-part.v1";

/// Value of the label `owner` of a part, by which it is told from a record.
pub const PART_OWNER: &str = "chartctl";

/// What stands before the release's name in the name of a part.
const PART_PREFIX: &str = "dev.chartctl.record.v1.";

/// The last lines of a pointer before what it says.
const MARK: &str = "\napiVersion: record.chartctl.dev/v1\nkind: HelmCannotReadThisRevision\nmetadata:\n  name: use-chartctl\n";

/// How long a pointer can be.
const LONGEST_POINTER: usize = 1024;

/// Values larger than this are not in the head.
const LARGEST_CONFIG: usize = 64 << 10;

/// The field of a head with the runs of the hooks.
const RUNS: &str = "chartctl_hooks";

/// Which parts a head belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The revision in whose name the parts are kept.
    pub version: u32,
    /// How many parts there are.
    pub parts: u32,
    /// Bytes of all parts together.
    pub bytes: u64,
    /// SHA-256 of the body before it was compressed, as 64 hexadecimal digits.
    pub digest: String,
}

/// A record in pieces.
#[derive(Clone, PartialEq, Eq)]
pub struct Split {
    /// The text of the head, to be stored as that of a whole record.
    pub head: Vec<u8>,
    /// Where its body is.
    pub pointer: Pointer,
    /// The parts in their order; none when they are stored already.
    pub parts: Vec<Vec<u8>>,
}

/// Shows where the body is; the pieces may hold secrets.
impl std::fmt::Debug for Split {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Split").field("pointer", &self.pointer).finish_non_exhaustive()
    }
}

impl Pointer {
    /// Returns the pointer of a head; nothing for a record that is whole.
    #[must_use]
    pub fn of(revision: &Revision) -> Option<Self> {
        Self::parse(&revision.manifest)
    }

    /// Returns the name of the object that holds a part, counted from zero.
    #[must_use]
    pub fn part_name(&self, release: &str, part: u32) -> String {
        let short = self.digest.get(..16).unwrap_or(&self.digest);
        format!("{PART_PREFIX}{release}.v{}.{short}.{part}", self.version)
    }

    /// Returns the names of all parts in their order.
    pub fn part_names(&self, release: &str) -> impl Iterator<Item = String> {
        (0..self.parts).map(|part| self.part_name(release, part))
    }

    fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_POINTER || !text.starts_with('#') {
            return None;
        }
        let (_, said) = text.split_once(MARK)?;
        let field =
            |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let pointer = Self {
            version: field("revision")?.parse().ok()?,
            parts: field("parts")?.parse().ok()?,
            bytes: field("bytes")?.parse().ok()?,
            digest: field("digest")?.strip_prefix("sha256:")?.to_owned(),
        };
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let sound = pointer.digest.len() == 64
            && pointer.digest.bytes().all(hex)
            && pointer.bytes <= MAX_COMPRESSED as u64
            && u64::from(pointer.parts) <= pointer.bytes;
        sound.then_some(pointer)
    }

    /// Returns what stands in place of the manifest.
    fn text(&self) -> String {
        format!(
            "# This revision does not fit into one Kubernetes object. chartctl keeps it in {parts} more, and reads,\n\
             # upgrades, rolls back and uninstalls it as any other. Helm cannot: use chartctl for this release.{MARK}\
             revision: {version}\nparts: {parts}\nbytes: {bytes}\ndigest: sha256:{digest}\n",
            version = self.version,
            parts = self.parts,
            bytes = self.bytes,
            digest = self.digest,
        )
    }
}

/// Cuts a record. The parts are left out when `stored` says that they are there already.
pub(crate) fn cut(revision: &Revision, stored: Option<&Pointer>) -> Result<Split, CodecError> {
    cut_within(revision, stored, MAX_COMPRESSED)
}

fn cut_within(
    revision: &Revision,
    stored: Option<&Pointer>,
    max: usize,
) -> Result<Split, CodecError> {
    let body = value::json::to_vec(&body_of(revision)).map_err(CodecError::Json)?;
    let digest = digest(&body);
    if let Some(pointer) = stored.filter(|pointer| pointer.digest == digest) {
        let head = codec::encode_small(&head_of(revision, pointer))?;
        return Ok(Split { head, pointer: pointer.clone(), parts: Vec::new() });
    }
    let compressed = codec::compress(&body).map_err(CodecError::Compress)?;
    if compressed.len() > max || body.len() as u64 > Limits::default().decompressed {
        return Err(codec::too_large(revision, compressed.len(), max));
    }
    let parts: Vec<Vec<u8>> = compressed.chunks(PART_BYTES).map(<[u8]>::to_vec).collect();
    let pointer = Pointer {
        version: revision.version,
        parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
        bytes: compressed.len() as u64,
        digest,
    };
    let head = codec::encode_small(&head_of(revision, &pointer))?;
    Ok(Split { head, pointer, parts })
}

/// What changes about a hook when it runs.
#[derive(Default, Serialize, Deserialize)]
struct Ran {
    #[serde(default)]
    last_run: HookRun,
    #[serde(default)]
    delete_policies: Vec<DeletePolicy>,
}

impl Ran {
    fn of(hook: &StoredHook) -> Self {
        Self { last_run: hook.last_run.clone(), delete_policies: hook.delete_policies.clone() }
    }
}

/// Puts a record together again from its head and its parts, in their order. Parts that are not those of the
/// head are an error.
pub fn join(head: Revision, parts: &[Vec<u8>], limits: &Limits) -> Result<Revision, CodecError> {
    let pointer = Pointer::of(&head).ok_or(CodecError::NotSplit)?;
    let bytes: usize = parts.iter().map(Vec::len).sum();
    if parts.len() as u64 != u64::from(pointer.parts) || bytes as u64 != pointer.bytes {
        return Err(CodecError::Torn { parts: pointer.parts, bytes: pointer.bytes });
    }
    let json = codec::decompress(&parts.concat(), *limits)?;
    if digest(&json) != pointer.digest {
        return Err(CodecError::Digest);
    }
    let mut revision: Revision = serde_json::from_slice(&json).map_err(CodecError::Json)?;
    drop(json);
    let Info { notes, extra, .. } = std::mem::take(&mut revision.info);
    revision.info = Info { notes, extra, ..head.info };
    revision.name = head.name;
    revision.namespace = head.namespace;
    revision.version = head.version;
    revision.apply_method = head.apply_method;
    let ran = head.extra.get(RUNS).map(value::json::to_string).unwrap_or_default();
    let ran: Vec<Ran> = serde_json::from_str(&ran).unwrap_or_default();
    for (hook, Ran { last_run, delete_policies }) in revision.hooks.iter_mut().zip(ran) {
        hook.last_run = last_run;
        hook.delete_policies = delete_policies;
    }
    Ok(revision)
}

/// What changes in the life of a revision, and what a list shows.
fn head_of(revision: &Revision, pointer: &Pointer) -> Revision {
    let named = |key: &&str| revision.chart.metadata.get(key).is_some();
    let metadata: Value = ["name", "version", "appVersion", "apiVersion", "type"]
        .iter()
        .filter(|key| named(key))
        .map(|key| (*key, revision.chart.metadata.get(key).cloned().unwrap_or_default()))
        .collect();
    let small = value::json::to_string(&revision.config).len() <= LARGEST_CONFIG;
    let ran: Vec<Ran> = revision.hooks.iter().map(Ran::of).collect();
    let ran = serde_json::to_value(&ran).and_then(serde_json::from_value).ok();
    Revision {
        name: revision.name.clone(),
        info: Info {
            notes: String::new(),
            extra: std::collections::BTreeMap::new(),
            ..revision.info.clone()
        },
        chart: StoredChart {
            metadata: if revision.chart.metadata.is_null() { Value::Null } else { metadata },
            ..StoredChart::default()
        },
        config: if small { revision.config.clone() } else { Value::Null },
        manifest: pointer.text(),
        hooks: Vec::new(),
        version: revision.version,
        namespace: revision.namespace.clone(),
        apply_method: revision.apply_method.clone(),
        extra: ran.map(|ran| (RUNS.to_owned(), ran)).into_iter().collect(),
    }
}

/// What never changes, and what is too large for the head.
fn body_of(revision: &Revision) -> Revision {
    let mut body = revision.clone();
    let Info { notes, extra, .. } = std::mem::take(&mut body.info);
    body.info = Info { notes, extra, ..Info::default() };
    body.name.clear();
    body.namespace.clear();
    body.version = 0;
    body.apply_method = None;
    for hook in &mut body.hooks {
        hook.last_run = HookRun::default();
        hook.delete_policies.retain(|policy| *policy != DeletePolicy::BeforeHookCreation);
    }
    body
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ok = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
