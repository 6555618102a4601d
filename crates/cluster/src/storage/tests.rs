//! The records against a scripted server.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use release::{Entry, Marks, Revision, Status, codec};
use value::Value;

mod split;

use super::*;
use crate::testing::{Server, status};

fn revision(version: u32) -> Revision {
    Revision {
        name: "web".to_owned(),
        namespace: "prod".to_owned(),
        version,
        ..Revision::default()
    }
    .deployed("Install complete")
}

/// A Secret as the server has it.
fn secret(revision: &Revision, version: &str) -> Value {
    let data = STANDARD.encode(codec::encode(revision, None).unwrap().text());
    value::json::from_str(&format!(
        r#"{{"type":"helm.sh/release.v1","data":{{"release":"{data}","other":"eA=="}},
            "metadata":{{"name":"sh.helm.release.v1.web.v{number}","namespace":"prod","uid":"u","resourceVersion":"{version}",
              "labels":{{"name":"web","owner":"helm","status":"deployed","version":"{number}","createdAt":"1","team":"a"}},
              "annotations":{{"foreign":"kept"}},"finalizers":["f/f"],"managedFields":[{{"manager":"x"}}]}}}}"#,
        number = revision.version
    ))
    .unwrap()
}

fn text(value: &Value) -> String {
    value::json::to_string(value)
}

fn labels(value: &Value) -> String {
    text(value.at(&["metadata", "labels"]).unwrap())
}

fn now() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap()
}

fn key(version: u32) -> RecordKey {
    RecordKey::new("prod", "web", version)
}

fn marks() -> Marks {
    Marks { operation: Some("op1".to_owned()), ..Marks::default() }
}

#[tokio::test]
async fn a_new_record_is_what_helm_writes() {
    let answer = text(&secret(&revision(1), "9"));
    let server = Server::replying([(200, list(&[])), (201, answer)]);
    let custom = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
    let storage = server.cluster().storage();
    assert!(storage.history("prod", "web").await.unwrap().is_empty());
    let stored = storage.create(&revision(1), &custom, &marks(), now()).await.unwrap();
    assert_eq!((stored.resource_version.as_str(), stored.parts()), ("9", None));
    // No parts were seen, so none are looked for.
    let [_, asked] = server.asked().try_into().unwrap();
    assert_eq!(asked.line, "POST /api/v1/namespaces/prod/secrets?fieldManager=helm");
    let body = asked.json();
    assert_eq!(body.str_at(&["type"]), Some("helm.sh/release.v1"));
    assert_eq!(body.str_at(&["metadata", "name"]), Some("sh.helm.release.v1.web.v1"));
    let expected = r#"{"createdAt":"1700000000","name":"web","owner":"helm","status":"deployed","team":"a","version":"1"}"#;
    assert_eq!(labels(&body), expected);
    let annotations = text(body.at(&["metadata", "annotations"]).unwrap());
    assert_eq!(annotations, r#"{"chartctl.dev/operation":"op1"}"#);
    let data = STANDARD.decode(body.str_at(&["data", "release"]).unwrap()).unwrap();
    let decoded = codec::decode(&data, &codec::Limits::default()).unwrap();
    assert_eq!(decoded, revision(1));
}

#[tokio::test]
async fn a_second_writer_is_told() {
    let server = Server::replying([status(409, "AlreadyExists", "exists")]);
    let storage = server.cluster().storage();
    let error = storage.create(&revision(1), &BTreeMap::new(), &marks(), now()).await.unwrap_err();
    assert_eq!(error.to_string(), "release: already exists");
}

#[tokio::test(start_paused = true)]
async fn a_record_whose_answer_was_lost_is_recognised() {
    let mut ours = secret(&revision(1), "2");
    ours.set(&["metadata", "annotations"], Value::map());
    ours.set(&["metadata", "annotations", "chartctl.dev/operation"], "op1".into());
    let server = Server::replying([
        (0, "connection reset".to_owned()),
        status(409, "AlreadyExists", "exists"),
        (200, text(&ours)),
        (200, list(&[])),
    ]);
    let storage = server.cluster().storage();
    let stored = storage.create(&revision(1), &BTreeMap::new(), &marks(), now()).await.unwrap();
    assert_eq!(stored.resource_version, "2");
}

#[tokio::test]
async fn an_update_keeps_what_others_wrote_and_names_the_version() {
    let server = Server::replying([
        (200, text(&secret(&revision(1), "2"))),
        (200, text(&secret(&revision(1), "3"))),
    ]);
    let storage = server.cluster().storage();
    let mut stored = storage.read(&key(1)).await.unwrap();
    assert_eq!(stored.revision, revision(1));
    stored.revision = stored.revision.superseded();
    let stored = storage.update(&stored, now()).await.unwrap();
    assert_eq!(stored.resource_version, "3");
    let asked = server.asked();
    let path = "/api/v1/namespaces/prod/secrets/sh.helm.release.v1.web.v1";
    assert_eq!(asked[0].line, format!("GET {path}"));
    assert_eq!(asked[1].line, format!("PUT {path}?fieldManager=helm"));
    let body = asked[1].json();
    let expected = r#"{"modifiedAt":"1700000000","name":"web","owner":"helm","status":"superseded","team":"a","version":"1"}"#;
    assert_eq!(labels(&body), expected);
    assert_eq!(body.str_at(&["metadata", "annotations", "foreign"]), Some("kept"));
    assert_eq!(body.str_at(&["metadata", "resourceVersion"]), Some("2"));
    assert_eq!(body.list_at(&["metadata", "finalizers"]).len(), 1);
    assert_eq!(body.str_at(&["data", "other"]), Some("eA=="));
    assert_eq!(body.at(&["metadata", "managedFields"]), None);
    assert_eq!(body.str_at(&["kind"]), Some("Secret"));
}

#[tokio::test]
async fn an_update_over_somebody_elses_is_refused() {
    let server = Server::replying([
        (200, text(&secret(&revision(1), "2"))),
        status(409, "Conflict", "the object has been modified"),
    ]);
    let storage = server.cluster().storage();
    let stored = storage.read(&key(1)).await.unwrap();
    let error = storage.update(&stored, now()).await.unwrap_err();
    assert!(matches!(error, StorageError::Changed { .. }), "{error:?}");
}

fn list(items: &[Value]) -> String {
    text(&[("items", Value::from(items.to_vec()))].into_iter().collect::<Value>())
}

#[tokio::test]
async fn a_history_is_sorted_and_shows_damage() {
    let mut broken = secret(&revision(2), "2");
    broken.set(&["data", "release"], "!".into());
    let mut renamed = secret(&revision(3), "2");
    renamed.set(&["metadata", "name"], "sh.helm.release.v1.web.v4".into());
    let mut foreign = secret(&revision(5), "2");
    foreign.set(&["metadata", "name"], "something".into());
    let items = [renamed, broken, secret(&revision(1), "1"), foreign];
    let shown = |history: &History| -> Vec<String> {
        let entries = history.entries().iter();
        entries
            .map(|entry| match entry {
                Entry::Good(record) => format!("{} {}", entry.version(), record.labels["team"]),
                Entry::Damaged(damaged) => {
                    format!("{} {}: {}", damaged.version, damaged.status, damaged.why)
                }
                Entry::Closed(closed) => format!("{} closed", closed.version),
            })
            .collect()
    };
    let expected = [
        "1 a",
        "2 deployed: Invalid symbol 33, offset 0.",
        "4 deployed: it says that it is revision 3 of web",
    ];

    let server = Server::replying([(200, list(&items))]);
    let history = server.cluster().storage().heads("prod", "web").await.unwrap();
    let line =
        "GET /api/v1/namespaces/prod/secrets?labelSelector=name%3Dweb%2Cowner%3Dhelm&limit=500";
    assert_eq!(server.one().line, line);
    assert_eq!(shown(&history), expected);

    let [renamed, broken, first, _] = &items;
    let replies = [list(&items), text(renamed), text(broken), text(broken), text(first)];
    let server = Server::replying(replies.map(|reply| (200, reply)));
    let history = server.cluster().storage().history("prod", "web").await.unwrap();
    let asked = server.asked();
    let line = "GET /api/v1/namespaces/prod/secrets?labelSelector=name%3Dweb%2Cowner%20in%20%28helm%2Cchartctl%29&limit=500";
    assert_eq!(asked[0].line, line);
    assert!(asked[0].accept.contains("PartialObjectMetadataList"));
    assert_eq!(history.entries().len(), 3);
}

#[tokio::test]
async fn a_list_asks_for_metadata_and_knows_the_newest() {
    let items: Vec<Value> = [(1, "prod"), (3, "prod"), (2, "prod"), (1, "test")]
        .into_iter()
        .map(|(version, namespace)| {
            let mut item = secret(&revision(version), "1");
            item.set(&["metadata", "namespace"], namespace.into());
            item
        })
        .collect();
    let list = text(&[("items", Value::from(items))].into_iter().collect::<Value>());
    let server = Server::replying([(200, list)]);
    let found = server.cluster().storage().list(None, Some("team=a")).await.unwrap();
    assert_eq!(found.len(), 4);
    assert_eq!(found[0].status, Status::Deployed);
    let newest: Vec<_> = newest(found).iter().map(|record| record.key.to_string()).collect();
    assert_eq!(newest, ["prod/web revision 3", "test/web revision 1"]);
    let asked = server.one();
    let line = "GET /api/v1/secrets?labelSelector=owner%3Dhelm%2Cteam%3Da&limit=500";
    assert_eq!(asked.line, line);
    assert!(asked.accept.contains("PartialObjectMetadataList"));
}

#[tokio::test]
async fn annotations_are_merged_under_the_version() {
    let server = Server::replying([(200, text(&secret(&revision(1), "7")))]);
    let changes = BTreeMap::from([("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)]);
    let storage = server.cluster().storage();
    let meta = storage.annotate(&key(1), Some("6"), &changes).await.unwrap();
    assert_eq!(meta.resource_version, "7");
    let asked = server.one();
    assert_eq!(asked.content_type, "application/merge-patch+json");
    let body = r#"{"metadata":{"annotations":{"a":"1","b":null},"resourceVersion":"6"}}"#;
    assert_eq!(asked.body, body);
}

#[tokio::test]
async fn deleting_what_is_gone_is_no_error() {
    let server =
        Server::replying([(200, "{}".to_owned()), (200, list(&[])), status(404, "NotFound", "")]);
    let storage = server.cluster().storage();
    assert!(storage.delete(&key(1)).await.unwrap());
    assert!(!storage.delete(&key(1)).await.unwrap());
}

#[tokio::test]
async fn errors_are_worded_as_helms() {
    let server = Server::replying([
        status(404, "NotFound", ""),
        status(403, "Forbidden", "secrets is forbidden: User \"jane\" cannot list"),
    ]);
    let storage = server.cluster().storage();
    assert_eq!(storage.read(&key(1)).await.unwrap_err().to_string(), "release: not found");
    let error = storage.history("prod", "web").await.unwrap_err();
    assert_eq!(error.to_string(), "query: failed to query with labels");
    assert!(error.api().is_some_and(|error| error.to_string().contains("jane")));
}

#[tokio::test]
async fn a_record_is_followed_by_its_metadata() {
    let meta = |version: &str, beat: &str| {
        format!(
            r#"{{"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata","metadata":{{"name":"sh.helm.release.v1.web.v1","namespace":"prod","resourceVersion":"{version}","annotations":{{"beat":"{beat}"}}}}}}"#
        )
    };
    let list = format!(
        r#"{{"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadataList","metadata":{{"resourceVersion":"5"}},"items":[{}]}}"#,
        meta("4", "a")
    );
    let events = format!(
        "{{\"type\":\"MODIFIED\",\"object\":{}}}\n{{\"type\":\"DELETED\",\"object\":{}}}\n",
        meta("6", "b"),
        meta("7", "b")
    );
    let server = Server::replying([(200, list), (200, events)]);
    let mut watch = server.cluster().storage().watch_record(&key(1));
    let mut beats = Vec::new();
    for _ in 0..3 {
        let record = watch.changed().await.unwrap();
        beats.push(record.map(|record| record.annotations["beat"].clone()));
    }
    assert_eq!(beats, [Some("a".to_owned()), Some("b".to_owned()), None]);
    let asked = server.asked();
    assert!(asked[0].line.contains("fieldSelector=metadata.name%3Dsh.helm.release.v1.web.v1"));
    assert!(asked[0].accept.contains("PartialObjectMetadata"));
}
