//! Lists of many records: their metadata first, and of their contents only what a list shows.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use release::codec::Limits;
use release::labels::{DATA_KEY, OWNER};
use release::{Skimmed, Status, skim};
use value::Value;

use super::kind::Kind;
use super::objects::{Objects, api, blocking};
use super::{Doing, RecordKey, RecordMeta, StorageError, protobuf};
use crate::address;
use crate::call::{Call, Verb};
use crate::error::ApiError;
use crate::send::{Ask, LIST_LIMIT, Raw, no_json, send_raw};

/// Asks for the metadata of a collection, in binary form where the server has it.
const META_LIST: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, \
                         application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/// Asks for whole objects, in binary form where the server has it.
const WHOLE: &str = "application/vnd.kubernetes.protobuf, application/json";
/// Records per page without their contents.
const META_PAGE: &str = "500";
/// Records per page with their contents: some megabytes.
const PAGE: &str = "25";
/// Records read one by one at the same time.
const CONCURRENCY: usize = 8;
/// Below this many records a list is not worth it.
const FEW: usize = 8;
/// A list is worth it when at least one in so many of what it brings is wanted.
const WORTH: usize = 4;

/// What is known of a record that is shown in a list; the inner error says why it cannot be read.
pub type Glance = (RecordMeta, Result<Skimmed, String>);

impl Objects {
    pub(super) async fn list(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Vec<RecordMeta>, StorageError> {
        let own = format!("owner={OWNER}");
        let selector = match selector.filter(|selector| !selector.is_empty()) {
            Some(more) => format!("{own},{more}"),
            None => own,
        };
        let mut pages = Pages::new(self, namespace, &selector, META_PAGE, META_LIST);
        let mut records = Vec::new();
        while let Some(page) = pages.next().await? {
            if page.restarted {
                records.clear();
            }
            records.extend(metas(&page.raw, &pages.call)?);
        }
        Ok(records)
    }

    /// Reads what a list shows of `shown`, in that order. One that is gone is left out. `known` says how many
    /// records there are in each state: what most of a state is wanted of is read by one list.
    pub(super) async fn glance(
        &self,
        namespace: Option<&str>,
        shown: &[RecordMeta],
        known: &BTreeMap<Status, usize>,
    ) -> Result<Vec<Glance>, StorageError> {
        let mut found = BTreeMap::new();
        let states = worth_listing(shown, known);
        if !states.is_empty() {
            let words: Vec<&str> = states.iter().map(|status| status.as_str()).collect();
            let selector = format!("owner={OWNER},status in ({})", words.join(","));
            let wanted: BTreeSet<RecordKey> = shown.iter().map(|meta| meta.key.clone()).collect();
            self.glance_at_list(namespace, &selector, wanted, &mut found).await?;
        }
        let missing: Vec<RecordMeta> =
            shown.iter().filter(|meta| !found.contains_key(&meta.key)).cloned().collect();
        let read: Vec<Option<Glance>> = stream::iter(missing)
            .map(|meta| self.glance_at(meta))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        found.extend(read.into_iter().flatten().map(|(meta, seen)| (meta.key, seen)));
        let with = |meta: &RecordMeta| Some((meta.clone(), found.remove(&meta.key)?));
        Ok(shown.iter().filter_map(with).collect())
    }

    async fn glance_at_list(
        &self,
        namespace: Option<&str>,
        selector: &str,
        wanted: BTreeSet<RecordKey>,
        found: &mut BTreeMap<RecordKey, Result<Skimmed, String>>,
    ) -> Result<(), StorageError> {
        let wanted = std::sync::Arc::new(wanted);
        let mut pages = Pages::new(self, namespace, selector, PAGE, WHOLE);
        while let Some(page) = pages.next().await? {
            let (kind, wanted, call) = (self.kind, wanted.clone(), pages.call.clone());
            let skimmed = blocking(move || skim_page(kind, &page.raw, &wanted, &call)).await;
            let skimmed = skimmed.map_err(|why| {
                let key = RecordKey::new(namespace.unwrap_or_default(), "", 0);
                StorageError::Damaged { key, why }
            })?;
            found.extend(skimmed?);
        }
        Ok(())
    }

    async fn glance_at(&self, meta: RecordMeta) -> Result<Option<Glance>, StorageError> {
        let id = self.named(&meta.key.namespace, &meta.key.object_name());
        let path = address::object(&self.resource, &id, "");
        let call = self.call(Verb::Get, &id);
        let ask = Ask::get(call.clone(), path).accepting(WHOLE);
        let raw = match send_raw(self.cluster.client(), &ask).await {
            Ok(raw) => raw,
            Err(ApiError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(api(Doing::Read(meta.key.object_name()), error)),
        };
        let seen = if raw.protobuf {
            let object = protobuf::object(&raw.body).unwrap_or_default();
            skim_data(protobuf::data(object, DATA_KEY))
        } else {
            let object: Value = json(&raw, &call)?;
            skim_object(self.kind, &object)
        };
        Ok(Some((meta, seen)))
    }
}

/// Returns the states of which so many records are shown that a list of them all is less work than reading those
/// one by one.
fn worth_listing(shown: &[RecordMeta], known: &BTreeMap<Status, usize>) -> BTreeSet<Status> {
    let mut wanted: BTreeMap<Status, usize> = BTreeMap::new();
    for meta in shown {
        *wanted.entry(meta.status).or_default() += 1;
    }
    let known = |status: &Status| known.get(status).copied().unwrap_or(usize::MAX);
    let worth = wanted.iter().filter(|(status, count)| {
        **status != Status::Unknown && **count > FEW && count.saturating_mul(WORTH) >= known(status)
    });
    worth.map(|(status, _)| *status).collect()
}

/// What is seen of a record, or why nothing is.
type Seen = Result<Skimmed, String>;

fn skim_page(
    kind: Kind,
    raw: &Raw,
    wanted: &BTreeSet<RecordKey>,
    call: &Call,
) -> Result<Vec<(RecordKey, Seen)>, StorageError> {
    if raw.protobuf {
        let list = protobuf::list(&raw.body).ok_or_else(|| broken(raw, call))?;
        let items = list.items.into_iter().filter_map(|item| {
            let key = protobuf::record(item)?.key;
            wanted.contains(&key).then(|| (key, skim_data(protobuf::data(item, DATA_KEY))))
        });
        return Ok(items.collect());
    }
    let list: Value = json(raw, call)?;
    let items = list.list_at(&["items"]).iter().filter_map(|item| {
        let key = RecordMeta::read(item.get("metadata")?)?.key;
        wanted.contains(&key).then(|| (key, skim_object(kind, item)))
    });
    Ok(items.collect())
}

fn skim_object(kind: Kind, object: &Value) -> Seen {
    skim_data(Some(&kind.unpack(object)?))
}

fn skim_data(text: Option<&[u8]>) -> Seen {
    let text = text.ok_or("it has no data under \"release\"")?;
    skim(text, &Limits::default()).map_err(|error| crate::error::chain(&error))
}

fn metas(raw: &Raw, call: &Call) -> Result<Vec<RecordMeta>, StorageError> {
    if raw.protobuf {
        let list = protobuf::list(&raw.body).ok_or_else(|| broken(raw, call))?;
        return Ok(list.items.into_iter().filter_map(protobuf::record).collect());
    }
    let list: Value = json(raw, call)?;
    let items = list.list_at(&["items"]).iter();
    Ok(items.filter_map(|item| RecordMeta::read(item.get("metadata")?)).collect())
}

fn json(raw: &Raw, call: &Call) -> Result<Value, StorageError> {
    serde_json::from_slice(&raw.body).map_err(|_secret| broken(raw, call))
}

fn broken(raw: &Raw, call: &Call) -> StorageError {
    api(Doing::List, no_json(call, raw.code))
}

/// The pages of a list, as they come.
struct Pages<'a> {
    objects: &'a Objects,
    call: Call,
    path: String,
    selector: &'a str,
    size: &'static str,
    accept: &'static str,
    /// The token of the next page, empty for the first.
    next: Option<String>,
}

struct Page {
    raw: Raw,
    /// Whether the pages before it do not count: the list had to be begun anew.
    restarted: bool,
}

impl<'a> Pages<'a> {
    fn new(
        objects: &'a Objects,
        namespace: Option<&str>,
        selector: &'a str,
        size: &'static str,
        accept: &'static str,
    ) -> Self {
        let resource = &objects.resource;
        let call = Call::over(Verb::List, &resource.gvk, &resource.plural, namespace);
        let path = address::collection(resource, namespace);
        Self { objects, call, path, selector, size, accept, next: Some(String::new()) }
    }

    async fn next(&mut self) -> Result<Option<Page>, StorageError> {
        let Some(mut token) = self.next.take() else { return Ok(None) };
        let mut restarted = false;
        loop {
            let page = Some(token.as_str()).filter(|token| !token.is_empty());
            let query = [
                ("labelSelector", Some(self.selector)),
                ("limit", Some(self.size)),
                ("continue", page),
            ];
            let ask = Ask::get(self.call.clone(), address::with_query(&self.path, &query))
                .accepting(self.accept)
                .within(LIST_LIMIT);
            let raw = match send_raw(self.objects.cluster.client(), &ask).await {
                // The token of the next page has expired: everything from the start.
                Err(ApiError::Other { code: 410, .. }) if page.is_some() => {
                    restarted = true;
                    token.clear();
                    continue;
                }
                raw => raw.map_err(|error| api(Doing::List, error))?,
            };
            let next = next_of(&raw);
            self.next = (!next.is_empty()).then_some(next);
            return Ok(Some(Page { raw, restarted }));
        }
    }
}

fn next_of(raw: &Raw) -> String {
    if raw.protobuf {
        return protobuf::list(&raw.body).map(|list| list.next).unwrap_or_default();
    }
    let list: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
    list.str_at(&["metadata", "continue"]).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use release::{Revision, codec};

    use super::*;
    use crate::testing::Server;

    fn meta(name: &str, status: Status) -> RecordMeta {
        RecordMeta {
            key: RecordKey::new("prod", name, 1),
            status,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            resource_version: String::new(),
            uid: String::new(),
        }
    }

    fn shown(count: usize, status: Status) -> Vec<RecordMeta> {
        (0..count).map(|at| meta(&format!("r{at}"), status)).collect()
    }

    #[test]
    fn a_list_is_worth_it_when_much_of_it_is_wanted() {
        let check = |shown: &[RecordMeta], known: usize, worth: bool| {
            let known = BTreeMap::from([(Status::Deployed, known)]);
            assert_eq!(
                !worth_listing(shown, &known).is_empty(),
                worth,
                "{} of {known:?}",
                shown.len()
            );
        };
        check(&shown(200, Status::Deployed), 200, true);
        check(&shown(200, Status::Deployed), 800, true);
        check(&shown(200, Status::Deployed), 801, false);
        check(&shown(8, Status::Deployed), 8, false);
        check(&shown(9, Status::Deployed), 9, true);
        check(&shown(9, Status::Superseded), 9, false);
        check(&shown(9, Status::Unknown), 9, false);
    }

    /// The JSON of a Secret with a record.
    fn secret(name: &str) -> String {
        let mut revision = Revision { name: name.to_owned(), version: 1, ..Revision::default() };
        revision.info.description = format!("of {name}");
        let encoded = codec::encode(&revision, None).unwrap();
        let data = Kind::Secret.pack(encoded.text());
        format!(
            r#"{{"metadata":{{"name":"{}","namespace":"prod"}},"data":{{"release":"{data}"}}}}"#,
            codec::key(name, 1)
        )
    }

    #[tokio::test]
    async fn many_are_read_by_a_list_and_what_it_lacks_one_by_one() {
        let items: Vec<String> = (0..9).map(|at| secret(&format!("r{at}"))).collect();
        let page = |next: &str, items: &[String]| {
            format!(r#"{{"metadata":{{"continue":"{next}"}},"items":[{}]}}"#, items.join(","))
        };
        let server = Server::replying([
            (200, page("more", &items[..4])),
            (200, page("", &items[4..8])),
            (200, items[8].clone()),
        ]);
        let all = shown(9, Status::Deployed);
        let known = BTreeMap::from([(Status::Deployed, 9)]);
        let found = server.cluster().storage().glance(None, &all, &known).await.unwrap();
        let said: Vec<String> =
            found.iter().map(|(_, seen)| seen.as_ref().unwrap().info.description.clone()).collect();
        assert_eq!(said, (0..9).map(|at| format!("of r{at}")).collect::<Vec<_>>());
        let list = "GET /api/v1/secrets?labelSelector=owner%3Dhelm%2Cstatus%20in%20%28deployed%29&limit=25";
        let one = "GET /api/v1/namespaces/prod/secrets/sh.helm.release.v1.r8.v1";
        assert_eq!(
            server.lines(),
            [list.to_owned(), format!("{list}&continue=more"), one.to_owned()]
        );
    }
}
