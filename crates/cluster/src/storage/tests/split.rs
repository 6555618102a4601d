//! Records of several objects, against a server that keeps what it is given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use kube::client::Body;
use release::{Entry, Marks, Revision, StoredFile};
use value::Value;

use super::super::*;
use super::{now, text};
use crate::Cluster;

/// A server that keeps objects by their paths, and what it was asked.
#[derive(Clone, Default)]
struct Keeper {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    asked: Vec<String>,
    version: u64,
}

impl Keeper {
    fn storage(&self, driver: Driver) -> Storage {
        let keeper = self.clone();
        let service = tower::service_fn(move |request| keeper.clone().answer(request));
        Cluster::from_client(kube::Client::new(service, "d"), "d").with_driver(driver).storage()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of all objects, the digests in them left out.
    fn names(&self) -> Vec<String> {
        let state = self.state();
        let name = |path: &String| {
            let name = path.rsplit('/').next().unwrap();
            let short = |part: &&str| part.len() != 16;
            name.split('.').filter(short).collect::<Vec<_>>().join(".")
        };
        state.objects.keys().map(name).collect()
    }

    /// What was asked since the last look, without names and queries.
    fn asked(&self) -> String {
        let asked = std::mem::take(&mut self.state().asked);
        asked.join(" ")
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        let (_, object) = state.objects.iter_mut().find(|(path, _)| path.contains(name)).unwrap();
        change(object);
    }

    fn remove(&self, name: &str) {
        self.state().objects.retain(|path, _| !path.contains(name));
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (code, answer) = self.state().answer(head.method.as_str(), &head.uri, body);
        Ok(Response::builder().status(code).body(Body::from(text(&answer).into_bytes())).unwrap())
    }
}

impl State {
    fn answer(&mut self, method: &str, uri: &http::Uri, mut body: Value) -> (u16, Value) {
        let failed = |code: i64, reason: &str| {
            let mut status = Value::map();
            status.set(&["status"], "Failure".into());
            status.set(&["code"], code.into());
            status.set(&["reason"], reason.into());
            (u16::try_from(code).unwrap(), status)
        };
        let path = uri.path().to_owned();
        let one = path.split('/').count() == 7;
        self.asked.push(match (method, path.contains(".record.")) {
            ("GET", false) if !one => "LIST".to_owned(),
            ("POST", _) => {
                let part = body.str_at(&["metadata", "labels", "owner"]) == Some("chartctl");
                if part { "POST-part".to_owned() } else { "POST".to_owned() }
            }
            (method, true) => format!("{method}-part"),
            (method, false) => method.to_owned(),
        });
        self.version += 1;
        match method {
            "GET" if one => match self.objects.get(&path) {
                Some(object) => (200, object.clone()),
                None => failed(404, "NotFound"),
            },
            "GET" => {
                let parts = uri.query().unwrap_or_default().contains("chartctl");
                let wanted = |object: &&Value| {
                    parts || object.str_at(&["metadata", "labels", "owner"]) == Some("helm")
                };
                let items: Vec<Value> = self.objects.values().filter(wanted).cloned().collect();
                (200, [("items", Value::from(items))].into_iter().collect())
            }
            "DELETE" => match self.objects.remove(&path) {
                Some(_) => (200, Value::map()),
                None => failed(404, "NotFound"),
            },
            "POST" => {
                let path = format!("{path}/{}", body.str_at(&["metadata", "name"]).unwrap());
                if self.objects.contains_key(&path) {
                    return failed(409, "AlreadyExists");
                }
                body.set(&["metadata", "resourceVersion"], self.version.to_string().into());
                body.set(&["metadata", "creationTimestamp"], Timestamp::now().to_string().into());
                self.objects.insert(path, body.clone());
                (201, body)
            }
            _ => {
                let version = ["metadata", "resourceVersion"];
                let known = self.objects.get(&path).and_then(|known| known.str_at(&version));
                if known != body.str_at(&version) {
                    return failed(409, "Conflict");
                }
                body.set(&version, self.version.to_string().into());
                self.objects.insert(path, body.clone());
                (200, body)
            }
        }
    }
}

/// A revision of two parts when `large`.
fn revision(version: u32, large: bool) -> Revision {
    let mut state = u64::from(version) + 7;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let data = (0..if large { 1_200_000 } else { 10 }).map(|_| next()).collect();
    let mut revision = Revision {
        name: "web".to_owned(),
        namespace: "prod".to_owned(),
        version,
        manifest: "kind: A\n".to_owned(),
        ..Revision::default()
    };
    revision.chart.files = vec![StoredFile { data, ..StoredFile::default() }];
    revision.deployed("Install complete")
}

async fn create(storage: &Storage, revision: &Revision) -> Result<Stored, StorageError> {
    storage.create(revision, &BTreeMap::new(), &Marks::default(), now()).await
}

fn key(version: u32) -> RecordKey {
    RecordKey::new("prod", "web", version)
}

const HEAD: &str = "sh.helm.release.v1.web.v1";
const PARTS: [&str; 2] = ["dev.chartctl.record.v1.web.v1.0", "dev.chartctl.record.v1.web.v1.1"];

async fn lives(driver: Driver) {
    let keeper = Keeper::default();
    let storage = keeper.storage(driver);
    let mut stored = create(&storage, &revision(1, true)).await.unwrap();
    assert_eq!(stored.parts(), Some(2));
    assert_eq!(keeper.asked(), "POST-part POST-part POST LIST");
    assert_eq!(keeper.names(), [PARTS[0], PARTS[1], HEAD]);
    assert!(storage.read(&key(1)).await.unwrap().revision == revision(1, true));
    assert_eq!(keeper.asked(), "GET GET-part GET-part");

    // Whatever becomes of it, only its head is written.
    stored.revision = stored.revision.failed("no");
    let stored = storage.update(&stored, now()).await.unwrap();
    assert_eq!(keeper.asked(), "PUT");
    let mut head = storage.read_head(&key(1)).await.unwrap();
    assert_eq!(
        (head.resource_version.as_str(), head.parts()),
        (&*stored.resource_version, Some(2))
    );
    head.revision = head.revision.superseded();
    storage.update(&head, now()).await.unwrap();
    assert_eq!(keeper.asked(), "GET PUT");
    let read = storage.read(&key(1)).await.unwrap();
    assert!(read.revision == revision(1, true).failed("no").superseded());

    let history = storage.history("prod", "web").await.unwrap();
    assert!(history.last_good().unwrap().revision == read.revision);
    assert_eq!(history.entries().len(), 1);
    keeper.asked();
    assert!(storage.delete(&key(1)).await.unwrap());
    assert_eq!(keeper.asked(), "DELETE LIST DELETE-part DELETE-part");
    assert_eq!(keeper.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_large_record_lives_in_secrets() {
    lives(Driver::Secrets).await;
}

#[tokio::test]
async fn a_large_record_lives_in_config_maps() {
    lives(Driver::ConfigMaps).await;
}

#[tokio::test]
async fn torn_records_are_told_and_passed_over() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    create(&storage, &revision(1, true)).await.unwrap();
    keeper.change(".1", |object| object.set(&["data", "part"], "AAAA".into()));
    let error = storage.read(&key(1)).await.unwrap_err().to_string();
    assert!(error.contains("the record is torn: it should have 2 parts of"), "{error}");
    keeper.remove("dev.chartctl");
    let error = storage.read(&key(1)).await.unwrap_err().to_string();
    let expected =
        "get: failed to decode data \"sh.helm.release.v1.web.v1\": part 1 of 2 is missing";
    assert_eq!(error, expected);
    let history = storage.history("prod", "web").await.unwrap();
    assert!(
        matches!(&history.entries()[0], Entry::Damaged(damaged) if damaged.why.contains("missing"))
    );
    let heads = storage.heads("prod", "web").await.unwrap();
    assert_eq!(heads.last_good().unwrap().revision.info.description, "Install complete");
}

#[tokio::test]
async fn what_helm_left_is_taken_away_by_the_next_command() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    create(&storage, &revision(1, true)).await.unwrap();
    keeper.remove(HEAD);
    assert_eq!(keeper.names(), PARTS);
    storage.history("prod", "web").await.unwrap();
    create(&storage, &revision(1, false)).await.unwrap();
    assert_eq!(keeper.names(), [HEAD]);
}

#[tokio::test]
async fn parts_that_may_be_getting_their_head_are_left_alone() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    create(&storage, &revision(2, true)).await.unwrap();
    keeper.remove("sh.helm");
    create(&storage, &revision(1, false)).await.unwrap();
    assert_eq!(keeper.names().len(), 3);
    for object in keeper.state().objects.values_mut() {
        if object.at(&["data", "part"]).is_some() {
            object.set(&["metadata", "creationTimestamp"], "2020-01-01T00:00:00Z".into());
        }
    }
    create(&storage, &revision(3, false)).await.unwrap();
    assert_eq!(keeper.names(), [HEAD, "sh.helm.release.v1.web.v3"]);
}

#[tokio::test]
async fn a_head_that_helm_has_written_keeps_its_parts() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    create(&storage, &revision(1, true)).await.unwrap();
    keeper.change(HEAD, |object| object.set(&["metadata", "annotations"], Value::map()));
    create(&storage, &revision(2, false)).await.unwrap();
    assert!(storage.read(&key(1)).await.unwrap().revision == revision(1, true));
    storage.delete_all("prod", "web", &[1, 2]).await.unwrap();
    assert_eq!(keeper.names(), Vec::<String>::new());
}

#[tokio::test]
async fn the_second_writer_takes_back_what_is_not_the_firsts() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    create(&storage, &revision(1, true)).await.unwrap();
    // The same record: its parts are the first writer's.
    assert!(matches!(
        create(&storage, &revision(1, true)).await,
        Err(StorageError::AlreadyExists { .. })
    ));
    assert!(storage.read(&key(1)).await.is_ok());
    let mut other = revision(1, true);
    other.manifest = "kind: B\n".to_owned();
    assert!(matches!(create(&storage, &other).await, Err(StorageError::AlreadyExists { .. })));
    assert_eq!(keeper.names(), [PARTS[0], PARTS[1], HEAD]);
    assert!(storage.read(&key(1)).await.unwrap().revision == revision(1, true));
}

#[tokio::test]
async fn a_record_that_outgrows_its_object_is_split() {
    let keeper = Keeper::default();
    let storage = keeper.storage(Driver::Secrets);
    let mut stored = create(&storage, &revision(1, false)).await.unwrap();
    stored.revision = revision(1, true);
    let mut stored = storage.update(&stored, now()).await.unwrap();
    assert_eq!(stored.parts(), Some(2));
    stored.revision.manifest = "kind: B\n".to_owned();
    storage.update(&stored, now()).await.unwrap();
    assert_eq!(keeper.names(), [PARTS[0], PARTS[1], HEAD]);
    assert_eq!(storage.read(&key(1)).await.unwrap().revision.manifest, "kind: B\n");
}
