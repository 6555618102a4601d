use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use manifest::DeletePolicy;
use proptest::prelude::*;
use value::Value;

use super::*;
use crate::{ApplyMethod, HookPhase, HookRun, Info, Status, StoredChart, StoredFile, StoredHook};

/// A record with something in every field, in Helm's order and spelling.
const RECORD: &str = concat!(
    r#"{"name":"web","info":{"first_deployed":"2026-11-20T03:12:53.25079101Z","#,
    r#""last_deployed":"2026-11-21T03:12:53Z","deleted":"2026-11-22T00:00:00.5Z","#,
    r#""description":"Rollback to 1","status":"deployed","rollback_revision":1,"notes":"hello\n"},"#,
    r#""chart":{"metadata":{"name":"app","version":"0.1.0+b1","maintainers":[{"name":"me","url":"u"}],"#,
    r#""apiVersion":"v2","annotations":{"a":"b"},"#,
    r#""dependencies":[{"name":"sub","version":"0.x","repository":"","condition":"sub.enabled","enabled":true}]},"#,
    r#""lock":{"generated":"2026-11-20T00:00:00Z","digest":"sha256:0","dependencies":[]},"#,
    r#""templates":[{"name":"templates/a.yaml","data":"aGkK","modtime":"2026-11-20T00:00:00Z"}],"#,
    r#""values":{"foo":"\u003cbar\u003e \u0026 baz","sub":{"global":{},"x":1}},"#,
    r#""schema":"e30=","schemamodtime":"2026-11-20T00:00:00Z","#,
    r#""files":[{"name":"README.md","data":"aGkK"}],"modtime":"2026-11-20T00:00:00Z"},"#,
    r#""config":{"a":{"b":1.5,"n":null},"big":12345678901},"#,
    r#""manifest":"---\n# Source: app/templates/a.yaml\nkind: A\n","#,
    r#""hooks":[{"name":"h","kind":"Job","path":"app/templates/h.yaml","manifest":"kind: Job\n","#,
    r#""events":["pre-install","post-upgrade"],"#,
    r#""last_run":{"started_at":"2026-11-21T03:12:53Z","completed_at":"2026-11-21T03:12:54Z","phase":"Succeeded"},"#,
    r#""weight":-5,"delete_policies":["before-hook-creation"],"output_log_policies":["hook-failed"]}],"#,
    r#""version":3,"namespace":"prod","apply_method":"ssa"}"#,
);

/// The least that is ever written.
const EMPTY: &str = concat!(
    r#"{"info":{"status":"unknown"},"chart":{"metadata":null,"lock":null,"templates":null,"values":null,"#,
    r#""schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null}}"#,
);

fn read(json: &str) -> Revision {
    decode(STANDARD.encode(json).as_bytes(), &Limits::default()).unwrap()
}

fn written(revision: &Revision) -> String {
    String::from_utf8(value::json::to_vec(revision).unwrap()).unwrap()
}

#[test]
fn records_are_written_byte_for_byte_as_helm_writes_them() {
    assert_eq!(written(&read(RECORD)), RECORD);
    assert_eq!(written(&Revision::default()), EMPTY);
}

#[test]
fn every_field_is_read() {
    let revision = read(RECORD);
    assert_eq!(revision.info.status, Status::Deployed);
    assert_eq!(revision.info.rollback_revision, 1);
    assert_eq!(revision.chart.name(), "app");
    assert_eq!(revision.chart.templates[0].data.as_ref(), b"hi\n");
    assert_eq!(revision.chart.schema.as_deref(), Some(&b"{}"[..]));
    assert_eq!(revision.hooks[0].last_run.phase, HookPhase::Succeeded);
    assert_eq!(revision.hooks[0].weight, -5);
    assert_eq!(revision.apply_method, Some(ApplyMethod::ServerSide));
    assert!(revision.extra.is_empty(), "{:?}", revision.extra);
}

#[test]
fn what_other_versions_wrote_is_read_tolerantly() {
    let check = |json: &str, expected: &str| assert_eq!(written(&read(json)), expected, "{json}");
    check("{}", EMPTY);
    check(
        r#"{"info":null,"chart":null,"config":null,"hooks":null,"manifest":null,"name":null}"#,
        EMPTY,
    );
    check(r#"{"config":{},"version":0,"apply_method":"","namespace":""}"#, EMPTY);
    let old =
        r#"{"info":{"first_deployed":"","last_deployed":null,"deleted":"0001-01-01T00:00:00Z"}}"#;
    check(old, EMPTY);
    let chart = r#"{"chart":{"templates":[],"files":[],"schemamodtime":""}}"#;
    check(chart, EMPTY);
    let offset = read(r#"{"info":{"deleted":"2026-11-21T04:12:53.25+01:00"}}"#);
    assert_eq!(offset.info.deleted, Some("2026-11-21T03:12:53.25Z".parse().unwrap()));
    let hook = read(r#"{"hooks":[{"last_run":{"started_at":"","completed_at":"","phase":""}}]}"#);
    assert_eq!(hook.hooks[0].last_run, HookRun::default());
    assert!(written(&hook).contains(r#""hooks":[{"last_run":{"phase":""}}]"#));
}

#[test]
fn unknown_fields_survive_at_every_level() {
    let json = r#"{"info":{"status":"failed","resources":{"v1/Pod":[null]},"x":1},"chart":{"metadata":{"name":"a","x":1},"lock":null,"templates":[{"name":"t","data":"","x":1}],"values":null,"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null,"x":[1.5]},"hooks":[{"last_run":{"phase":"","x":1},"x":1}],"apply_method":"new","x":null}"#;
    assert_eq!(written(&read(json)), json);
}

#[test]
fn what_is_encoded_is_gzip_in_base64() {
    let text = encode_small(&read(RECORD)).unwrap();
    let bytes = STANDARD.decode(&text).unwrap();
    // No flags, no time, best compression: the same record gives the same bytes everywhere.
    assert_eq!(bytes.get(..9), Some(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2][..]));
    assert_eq!(decode(&text, &Limits::default()).unwrap(), read(RECORD));
}

#[test]
fn what_is_no_record_is_refused_with_the_reason() {
    let check = |text: &[u8], expected: &str| {
        assert_eq!(decode(text, &Limits::default()).unwrap_err().to_string(), expected);
    };
    check(b"{}", "reading the record as base64");
    check(STANDARD.encode(b"\x1f\x8b\x08junk").as_bytes(), "decompressing the record");
    check(STANDARD.encode("[1").as_bytes(), "reading the record as JSON");
    check(b"", "reading the record as JSON");
    check(
        STANDARD.encode(r#"{"info":{"deleted":"today"}}"#).as_bytes(),
        "reading the record as JSON",
    );
}

#[test]
fn a_record_does_not_decompress_beyond_the_limit() {
    let limits = Limits { decompressed: 1000 };
    let at_limit = |length: usize| {
        let json = format!("{}{}", EMPTY, " ".repeat(length - EMPTY.len()));
        decode(STANDARD.encode(compress(json.as_bytes()).unwrap()).as_bytes(), &limits)
    };
    assert!(at_limit(1000).is_ok());
    assert!(matches!(at_limit(1001), Err(CodecError::Bomb { limit: 1000 })));
}

/// Returns bytes that do not compress.
fn noise(length: usize) -> Arc<[u8]> {
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_record_too_large_for_a_secret_is_explained() {
    let file = |name: &str, length| StoredFile {
        name: name.to_owned(),
        data: noise(length),
        ..StoredFile::default()
    };
    let mut revision = Revision { name: "web".to_owned(), version: 2, ..Revision::default() };
    revision.chart.files = vec![file("a.bin", 500_000), file("b.bin", 400_000)];
    revision.manifest = "x".repeat(10_000);
    let CodecError::TooLarge { name, version, size, limit, biggest } =
        encode_small(&revision).unwrap_err()
    else {
        panic!("it should be too large");
    };
    assert_eq!((name.as_str(), version, limit), ("web", 2, 786_432));
    assert!(size > limit);
    let biggest: Vec<_> = biggest.iter().map(|(what, size)| (what.as_str(), *size)).collect();
    assert_eq!(biggest, [("a.bin", 500_000), ("b.bin", 400_000), ("the manifest", 10_000)]);
}

#[test]
fn keys_are_split_on_the_last_v() {
    let check = |key, expected| assert_eq!(parse_key(key), expected, "{key}");
    check("sh.helm.release.v1.web.v1", Some(("web", 1)));
    check("sh.helm.release.v1.a.v2.v10", Some(("a.v2", 10)));
    check("sh.helm.release.v1.web", None);
    check("sh.helm.release.v1..v1", None);
    check("sh.helm.release.v1.web.v", None);
    check("sh.helm.release.v1.web.v+1", None);
    check("sh.helm.release.v1.web.v99999999999", None);
    check("other", None);
    assert_eq!(key("a.v2", 10), "sh.helm.release.v1.a.v2.v10");
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |f| f.is_finite() && f.fract() != 0.0)
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(Value::from_iter),
        ]
    })
}

fn extra() -> impl Strategy<Value = BTreeMap<String, Value>> {
    prop::collection::btree_map("x-[a-z]{0,4}", json(), 0..3)
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    prop::option::of((0..4_000_000_000_i64, 0..1_000_000_000_i32))
        .prop_map(|time| time.and_then(|(second, nano)| Timestamp::new(second, nano).ok()))
}

prop_compose! {
    fn file()(name in ".{0,8}", data in prop::collection::vec(any::<u8>(), 0..64), modified in time(),
        extra in extra()) -> StoredFile {
        StoredFile { name, data: Arc::from(data), modified, extra }
    }
}

prop_compose! {
    fn hook()(name in "[a-z]{0,8}", manifest in ".{0,32}", weight in any::<i64>(), started_at in time(),
        policy in "[a-z-]{0,20}", events in prop::collection::vec("[a-z-]{1,12}", 0..3), extra in extra(),
        run in extra()) -> StoredHook {
        StoredHook {
            name,
            kind: "Job".to_owned(),
            path: "app/templates/h.yaml".to_owned(),
            manifest,
            events,
            last_run: HookRun { started_at, completed_at: None, phase: HookPhase::Running, extra: run },
            weight,
            delete_policies: vec![DeletePolicy::from(policy)],
            output_log_policies: Vec::new(),
            extra,
        }
    }
}

prop_compose! {
    fn chart()(metadata in json(), lock in json(), values in json(), modified in time(),
        templates in prop::collection::vec(file(), 0..3), files in prop::collection::vec(file(), 0..3),
        schema in prop::option::of(prop::collection::vec(any::<u8>(), 0..16)), extra in extra())
        -> StoredChart {
        StoredChart {
            metadata, lock, templates, values, schema: schema.map(Arc::from), schema_modified: modified,
            files, modified, extra,
        }
    }
}

prop_compose! {
    fn info()(first_deployed in time(), deleted in time(), description in any::<String>(),
        status in prop::sample::select(&Status::ALL[..]), rollback_revision in any::<u32>(),
        extra in extra()) -> Info {
        Info {
            first_deployed, last_deployed: first_deployed, deleted, description, status, rollback_revision,
            notes: String::new(), extra,
        }
    }
}

prop_compose! {
    fn revision()(name in any::<String>(), info in info(), chart in chart(),
        config in json().prop_map(|config| if crate::tolerant::is_empty(&config) { Value::Null } else { config }),
        manifest in any::<String>(), hooks in prop::collection::vec(hook(), 0..3), version in any::<u32>(),
        method in prop::option::of("[a-z]{1,3}"), extra in extra()) -> Revision {
        Revision {
            name, info, chart, config, manifest, hooks, version, namespace: "prod".to_owned(),
            apply_method: method.map(ApplyMethod::from), extra,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_is_encoded_is_decoded_again(revision in revision()) {
        let decoded = decode(encode(&revision, None).unwrap().text(), &Limits::default()).unwrap();
        prop_assert_eq!(written(&decoded), written(&revision));
        prop_assert!(decoded == revision);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let limits = Limits { decompressed: 1 << 20 };
        let refused = |text: &[u8]| decode(text, &limits).is_err();
        refused(&bytes);
        refused(STANDARD.encode(&bytes).as_bytes());
        refused(STANDARD.encode([&GZIP[..], &bytes].concat()).as_bytes());
        prop_assert!(refused(STANDARD.encode(compress(&bytes).unwrap()).as_bytes()));
    }

    #[test]
    fn keys_are_taken_apart_again(name in "[a-z.]{1,20}", version in any::<u32>()) {
        let key = key(&name, version);
        prop_assert_eq!(parse_key(&key), Some((name.as_str(), version)));
    }
}
