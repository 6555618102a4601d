//! Who may take a lease, by our own clock.

use super::*;

fn elector() -> Elector {
    let config = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let client = Client::try_from(config).unwrap();
    Elector::new(client, "ops", "lease", "me")
}

fn lease(holder: Option<&str>, version: &str) -> Lease {
    let metadata =
        ObjectMeta { resource_version: Some(version.to_owned()), ..ObjectMeta::default() };
    let spec = LeaseSpec {
        holder_identity: holder.map(str::to_owned),
        lease_duration_seconds: Some(15),
        // Far in the future by the clock of another machine, which must not matter.
        renew_time: Some(MicroTime("2099-01-01T00:00:00Z".parse().unwrap())),
        ..LeaseSpec::default()
    };
    Lease { metadata, spec: Some(spec) }
}

#[tokio::test]
async fn a_lease_of_nobody_or_of_ours_is_taken() {
    let (mut elector, now) = (elector(), Instant::now());
    for holder in [None, Some(""), Some("me")] {
        assert_eq!(elector.judge(&lease(holder, "1"), now), Verdict::Take, "{holder:?}");
    }
}

#[tokio::test]
async fn a_lease_runs_out_when_it_has_not_changed_for_its_duration() {
    let (mut elector, start) = (elector(), Instant::now());
    let after = |seconds| start + Duration::from_secs(seconds);
    assert_eq!(elector.judge(&lease(Some("other"), "1"), start), Verdict::Leave);
    assert_eq!(elector.judge(&lease(Some("other"), "1"), after(14)), Verdict::Leave);
    assert_eq!(elector.judge(&lease(Some("other"), "2"), after(14)), Verdict::Leave);
    assert_eq!(elector.judge(&lease(Some("other"), "2"), after(29)), Verdict::Leave);
    assert_eq!(elector.judge(&lease(Some("other"), "2"), after(30)), Verdict::Take);
}

#[tokio::test(start_paused = true)]
async fn leadership_ends_by_itself_when_it_is_not_renewed() {
    let elector = elector();
    let leadership = elector.leadership();
    assert!(!leadership.is_held());
    leadership.set(Term::Until(Instant::now() + RENEW_DEADLINE));
    assert!(leadership.is_held());
    tokio::time::advance(RENEW_DEADLINE).await;
    assert!(!leadership.is_held());
    assert!(Leadership::always().is_held());
}
