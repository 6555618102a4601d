use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::codec::{Encoded, decode, encode};
use crate::{ApplyMethod, HookPhase, Status, StoredFile};

/// Returns bytes that do not compress.
fn noise(length: usize, mut state: u64) -> Arc<[u8]> {
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn revision(bytes: usize) -> Revision {
    let hook = StoredHook {
        name: "h".to_owned(),
        manifest: "kind: Job\n".to_owned(),
        ..StoredHook::default()
    };
    let metadata = r#"{"name":"app","version":"1.0.0","appVersion":"2","description":"long"}"#;
    Revision {
        name: "web".to_owned(),
        namespace: "prod".to_owned(),
        version: 3,
        manifest: "---\n# Source: app/templates/a.yaml\nkind: A\n".to_owned(),
        info: Info {
            status: Status::Deployed,
            notes: "hello\n".to_owned(),
            last_deployed: Timestamp::from_second(1_700_000_000).ok(),
            ..Info::default()
        },
        chart: StoredChart {
            metadata: value::json::from_str(metadata).unwrap(),
            files: vec![StoredFile {
                name: "a.bin".to_owned(),
                data: noise(bytes, 1),
                ..StoredFile::default()
            }],
            ..StoredChart::default()
        },
        config: value::json::from_str(r#"{"a":1}"#).unwrap(),
        hooks: vec![hook],
        apply_method: Some(ApplyMethod::ServerSide),
        ..Revision::default()
    }
}

fn split(revision: &Revision) -> Split {
    match encode(revision, None).unwrap() {
        Encoded::Split(split) => split,
        Encoded::Whole(_) => panic!("it should be split"),
    }
}

fn head(split: &Split) -> Revision {
    decode(&split.head, &Limits::default()).unwrap()
}

#[test]
fn a_record_at_helms_limit_is_whole_and_one_beyond_is_split() {
    // Where the limit is, is found by halving.
    let whole = |bytes| matches!(encode(&revision(bytes), None).unwrap(), Encoded::Whole(_));
    let (mut fits, mut over) = (770_000, 790_000);
    while over - fits > 16 {
        let middle = usize::midpoint(fits, over);
        if whole(middle) { fits = middle } else { over = middle }
    }
    let Encoded::Whole(text) = encode(&revision(fits), None).unwrap() else {
        panic!("it should be whole");
    };
    assert!(text.len() <= 1_048_576 && text.len() > 1_048_500, "{}", text.len());
    let parts = split(&revision(over));
    assert_eq!(join(head(&parts), &parts.parts, &Limits::default()).unwrap(), revision(over));
}

#[test]
fn a_head_shows_the_release_and_nothing_that_could_be_applied() {
    let split = split(&revision(2_500_000));
    let head = head(&split);
    assert_eq!(head.info.status, Status::Deployed);
    assert_eq!((head.chart.name(), head.chart.app_version()), ("app", "2"));
    assert_eq!(head.config, revision(0).config);
    assert!(head.hooks.is_empty() && head.chart.files.is_empty());
    let objects = head.objects().unwrap();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].id.gvk.kind, "HelmCannotReadThisRevision");
    assert!(split.head.len() < 2000, "{}", split.head.len());
    assert_eq!(Pointer::of(&head), Some(split.pointer.clone()));
    assert_eq!(Pointer::of(&revision(1)), None);
    let digest = split.pointer.digest.get(..16).unwrap();
    assert_eq!(
        split.pointer.part_name("web", 2),
        format!("dev.chartctl.record.v1.web.v3.{digest}.2")
    );
    assert_eq!(codec::parse_key(&split.pointer.part_name("web", 2)), None);
}

#[test]
fn what_happens_to_a_revision_does_not_touch_its_parts() {
    let before = split(&revision(2_500_000));
    let mut later = revision(2_500_000).superseded();
    later.info.description = "other".to_owned();
    later.hooks[0].begin(Timestamp::from_second(5).unwrap());
    later.hooks[0].finish(HookPhase::Succeeded, Timestamp::from_second(6).unwrap());
    let Encoded::Split(after) = encode(&later, Some(&before.pointer)).unwrap() else {
        panic!("it stays split");
    };
    assert_eq!(after.pointer, before.pointer);
    assert!(after.parts.is_empty());
    assert_eq!(join(head(&after), &before.parts, &Limits::default()).unwrap(), later);

    later.manifest.push_str("---\nkind: B\n");
    let Encoded::Split(other) = encode(&later, Some(&before.pointer)).unwrap() else {
        panic!("it stays split");
    };
    assert_ne!(other.pointer.digest, before.pointer.digest);
    assert_eq!(other.parts.len(), 3);
}

#[test]
fn a_head_that_helm_has_written_anew_still_has_its_parts() {
    let before = split(&revision(1_500_000));
    let mut rewritten = head(&before);
    rewritten.extra.clear();
    rewritten.info.status = Status::Uninstalling;
    let joined = join(rewritten, &before.parts, &Limits::default()).unwrap();
    let mut expected = revision(1_500_000);
    expected.info.status = Status::Uninstalling;
    assert_eq!(joined, expected);
}

#[test]
fn torn_records_are_told() {
    let split = split(&revision(2_500_000));
    let check = |parts: &[Vec<u8>], expected: &str| {
        let error = join(head(&split), parts, &Limits::default()).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    check(&[], "the record is torn: it should have 3 parts of");
    check(&split.parts[..2], "the record is torn: it should have 3 parts of");
    let mut swapped = split.parts.clone();
    swapped.swap(0, 1);
    check(&swapped, "decompressing the record");
    let mut other = split.parts.clone();
    other[1][500] ^= 1;
    check(&other, "");
    let whole = join(revision(1), &split.parts, &Limits::default()).unwrap_err();
    assert_eq!(whole.to_string(), "the record is not split");
    let small = Limits { decompressed: 1000 };
    let bomb = join(head(&split), &split.parts, &small).unwrap_err();
    assert!(matches!(bomb, CodecError::Bomb { limit: 1000 }));
}

#[test]
fn a_pointer_says_nothing_impossible() {
    let good = split(&revision(1_500_000)).pointer;
    let check = |from: &str, to: &str| {
        let text = good.text().replacen(from, to, 1);
        assert_ne!(text, good.text(), "{from}");
        assert_eq!(Pointer::parse(&text), None, "{to}");
    };
    check("digest: sha256:", "digest: sha256:0");
    check("digest: sha256:", "digest: md5:");
    check("parts: ", "parts: 99999999");
    check("bytes: ", "bytes: 99999999");
    check("revision: ", "revision: -");
    check("HelmCannotReadThisRevision", "ConfigMap");
    check("# This", "---\n# This");
    assert_eq!(Pointer::parse(&good.text()), Some(good));
}

#[test]
fn what_is_beyond_all_bounds_is_refused_before_it_is_written() {
    assert!(codec::check_size(&revision(1_000_000)).is_ok());
    let error = cut_within(&revision(1_000_000), None, 1_000_000).unwrap_err();
    assert!(matches!(error, CodecError::TooLarge { limit: 1_000_000, .. }), "{error}");
    assert!(error.to_string().contains("most of it is a.bin"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn any_size_comes_back_whole(bytes in 0..2_500_000_usize, seed in any::<u64>()) {
        let mut revision = revision(0);
        revision.chart.files[0].data = noise(bytes, seed);
        let read = match encode(&revision, None).unwrap() {
            Encoded::Whole(text) => decode(&text, &Limits::default()).unwrap(),
            Encoded::Split(split) => join(head(&split), &split.parts, &Limits::default()).unwrap(),
        };
        prop_assert!(read == revision);
    }

    #[test]
    fn any_damage_is_told(part in 0..2_usize, at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let split = split(&revision(1_500_000));
        let mut parts = split.parts.clone();
        let at = at.index(parts[part].len());
        parts[part][at] ^= 1 << bit;
        let joined = join(head(&split), &parts, &Limits::default());
        // A bit of gzip's own header may not matter; what comes out is never something else.
        prop_assert!(joined.is_err() || joined.unwrap() == revision(1_500_000));
    }
}
