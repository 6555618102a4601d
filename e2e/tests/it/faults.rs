//! Processes that die, answers that are lost, commands that meet: the next command works, history tells what
//! happened, and nothing is lost or left behind.

use anyhow::Result;
use e2e::faults::{self, Fault, Strike};
use e2e::{Cluster, Fate, Proxy, Signal};
use futures::future::try_join_all;

use crate::session::{Chart, Session};

/// How many namespaces have faults at once.
const LANES: usize = 8;

const HOOK: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: hook
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-rollback,pre-delete
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: work
          image: example.com/work:v1
";

/// A Deployment, a hook, a ConfigMap that stays and one that only this version has.
fn version(number: u32) -> Result<Chart> {
    let chart = Chart::web()?;
    chart.write("templates/hook.yaml", HOOK)?;
    chart.write(&format!("templates/only{number}.yaml"), &config_map(&format!("only{number}")))?;
    chart.write(
        "values.yaml",
        &format!("word: v{number}\nreplicas: 1\ntag: v{number}\nbehaviour: none\napp: web\n"),
    )?;
    Ok(chart)
}

fn config_map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

/// Kills a command when the API server has carried out its first request that `request` matches, then runs
/// another one; checks what history and objects are then. No history: the release is gone.
struct Kill {
    command: &'static str,
    request: (&'static str, &'static str),
    then: &'static str,
    history: &'static [&'static str],
    only: u32,
}

const KILLS: [Kill; 10] = [
    Kill {
        command: "install",
        request: ("POST", "/secrets"),
        then: "uninstall",
        history: &[],
        only: 0,
    },
    Kill {
        command: "install",
        request: ("PATCH", "/jobs/hook"),
        then: "upgrade",
        history: &["1 failed", "2 deployed"],
        only: 2,
    },
    Kill {
        command: "install",
        request: ("PATCH", "/deployments/web"),
        then: "uninstall",
        history: &[],
        only: 0,
    },
    Kill {
        command: "upgrade",
        request: ("PATCH", "/configmaps/"),
        then: "rollback",
        history: &["1 superseded", "2 failed", "3 deployed"],
        only: 1,
    },
    Kill {
        command: "upgrade",
        request: ("DELETE", "/configmaps/only1"),
        then: "upgrade",
        history: &["1 superseded", "2 failed", "3 deployed"],
        only: 2,
    },
    Kill {
        command: "upgrade",
        request: ("PUT", "web.v1"),
        then: "upgrade",
        history: &["1 superseded", "2 deployed"],
        only: 2,
    },
    Kill {
        command: "rollback",
        request: ("PATCH", "/deployments/web"),
        then: "upgrade",
        history: &["1 superseded", "2 superseded", "3 failed", "4 deployed"],
        only: 2,
    },
    Kill {
        command: "uninstall",
        request: ("PUT", "web.v1"),
        then: "uninstall",
        history: &[],
        only: 0,
    },
    Kill {
        command: "uninstall",
        request: ("DELETE", "/deployments/web"),
        then: "uninstall",
        history: &[],
        only: 0,
    },
    Kill {
        command: "uninstall",
        request: ("DELETE", "/configmaps/only1"),
        then: "rollback",
        history: &["1 uninstalling", "2 deployed"],
        only: 1,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_command_is_killed_the_next_one_works() -> Result<()> {
    let (one, two) = (version(1)?, version(2)?);
    try_join_all(KILLS.iter().map(|kill| check_kill(kill, &one, &two))).await?;
    Ok(())
}

async fn check_kill(kill: &Kill, one: &Chart, two: &Chart) -> Result<()> {
    let Kill { command, request: (method, path), then, history, only } = *kill;
    let what = format!("{command} killed at {method} {path}, then {then}");
    let session = Session::new("kill").await?;
    let (first, second) = (one.path(), two.path());
    if command != "install" {
        session.chartctl(&["install", "web", &first]).await?;
    }
    if command == "rollback" {
        session.chartctl(&["upgrade", "web", &second]).await?;
    }
    let args = |verb| match verb {
        "install" => vec!["install", "web", &first],
        "upgrade" => vec!["upgrade", "--install", "web", &second],
        "rollback" => vec!["rollback", "web", "1"],
        _ => vec!["uninstall", "web"],
    };

    let fatal = move |line: &str| {
        let target = line.split(['?', ' ']).nth(1).unwrap_or_default();
        line.starts_with(method) && target.contains(path)
    };
    let rule = move |_, line: &str| if fatal(line) { Fate::Freeze } else { Fate::Pass };
    let proxy = Proxy::start(session.cluster, rule).await?;
    let mut running = proxy.before(session.cli(&args(command)).await?).spawn().await?;
    proxy.reached().await?;
    running.signal(Signal::Kill).await?;
    running.finish().await?;

    let next = if (command, then) == ("uninstall", "rollback") {
        vec!["rollback", "web", "1"]
    } else {
        args(then)
    };
    session.chartctl(&next).await?;
    if history.is_empty() {
        assert!(
            session.refused(&["history", "web"]).await?.contains("release: not found"),
            "{what}"
        );
        assert_eq!(session.records().await?, "", "{what}");
        assert_eq!(session.names("deployments,configmaps").await?, Vec::<String>::new(), "{what}");
    } else {
        assert_eq!(session.history("web").await?, history, "{what}");
        let objects = session.names("configmaps,deployments").await?;
        assert_eq!(objects, [&format!("only{only}"), "web-settings", "web"], "{what}");
    }
    Ok(())
}

/// Some of all; `cargo run -p e2e --bin faults` does the others too.
#[tokio::test(flavor = "multi_thread")]
async fn faults_at_calls_all_over_a_command_are_got_over() -> Result<()> {
    let cluster = Cluster::shared().await?;
    let counts = faults::count(cluster).await?;
    let some = |strike: &Strike| {
        let turn = Fault::ALL.iter().position(|fault| *fault == strike.fault).unwrap_or_default();
        strike.call % 14 == 2 * turn + usize::from(strike.waiting)
    };
    let outcomes = faults::run(cluster, &counts, LANES, some, |_| ()).await?;
    let wrong: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| Some(format!("{:?}: {}", outcome.strike, outcome.wrong.as_ref()?)))
        .collect();
    println!("{} runs, {} of them wrong", outcomes.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_stutters_is_put_up_with() -> Result<()> {
    let session = Session::new("stutter").await?;
    let (one, two) = (version(1)?, version(2)?);
    let rule = |number: usize, line: &str| match number % 5 {
        1 => Fate::Refuse(503),
        3 => Fate::Refuse(429),
        4 if !line.starts_with("GET ") => Fate::LoseAnswer,
        _ => Fate::Pass,
    };
    let proxy = Proxy::start(session.cluster, rule).await?;
    let run = async |args: &[&str]| proxy.before(session.cli(args).await?).run().await?.success();
    run(&["install", "web", &one.path(), "--wait"]).await?;
    run(&["upgrade", "web", &two.path(), "--wait"]).await?;
    assert_eq!(session.names("configmaps").await?, ["only2", "web-settings"]);
    run(&["rollback", "web", "--wait"]).await?;
    assert_eq!(session.history("web").await?, ["1 superseded", "2 superseded", "3 deployed"]);
    assert_eq!(session.names("configmaps").await?, ["only1", "web-settings"]);
    run(&["uninstall", "web", "--wait"]).await?;
    assert_eq!(session.names("deployments,configmaps,secrets").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn an_uninstallation_gives_way_to_an_upgrade_that_began_meanwhile() -> Result<()> {
    let session = Session::new("give-way").await?;
    let chart = Chart::plain("one")?;
    session.chartctl(&["install", "r", &chart.path()]).await?;
    let rule = |_, line: &str| if line.starts_with("PUT ") { Fate::Hold } else { Fate::Pass };
    let proxy = Proxy::start(session.cluster, rule).await?;
    let uninstalling = proxy.before(session.cli(&["uninstall", "r"]).await?).spawn().await?;
    proxy.reached().await?;
    session.chartctl(&["upgrade", "r", &chart.path(), "--new-revision"]).await?;
    // The mark is refused, written, and taken back.
    (0..3).for_each(|_| proxy.release());
    let error = uninstalling.finish().await?.failure()?.stderr;
    assert!(
        error.contains("another operation (install/upgrade/rollback) is in progress"),
        "{error}"
    );
    assert_eq!(session.history("r").await?, ["1 superseded", "2 deployed"]);
    assert_eq!(session.names("configmaps").await?, ["plain"]);
    Ok(())
}

#[tokio::test]
async fn an_upgrade_gives_way_to_an_uninstallation_that_began_meanwhile() -> Result<()> {
    let session = Session::new("give-way").await?;
    let chart = Chart::plain("one")?;
    session.chartctl(&["install", "r", &chart.path()]).await?;
    let at = |method: &'static str| {
        move |_, line: &str| if line.starts_with(method) { Fate::Hold } else { Fate::Pass }
    };
    let (before, between) = (
        Proxy::start(session.cluster, at("POST ")).await?,
        Proxy::start(session.cluster, at("DELETE ")).await?,
    );
    let upgrade = session.cli(&["upgrade", "r", &chart.path(), "--new-revision"]).await?;
    let upgrading = before.before(upgrade).spawn().await?;
    before.reached().await?;
    let uninstalling = between.before(session.cli(&["uninstall", "r"]).await?).spawn().await?;
    between.reached().await?;
    before.release();
    let error = upgrading.finish().await?.failure()?.stderr;
    assert!(
        error.contains("another operation (install/upgrade/rollback) is in progress"),
        "{error}"
    );
    (0..2).for_each(|_| between.release());
    uninstalling.finish().await?.success()?;
    assert_eq!(session.names("configmaps,secrets").await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_upgrades_at_once_make_one_linear_history() -> Result<()> {
    let session = Session::new("five").await?;
    let chart = Chart::plain("hello")?;
    session.chartctl(&["install", "r", &chart.path()]).await?;
    let path = chart.path();
    let run = async || session.cli(&["upgrade", "r", &path, "--new-revision"]).await?.run().await;
    let done = try_join_all((0..5).map(|_| run())).await?;
    let succeeded = done.iter().filter(|done| done.status.success()).count();
    for refused in done.iter().filter(|done| !done.status.success()) {
        assert!(refused.stderr.contains("another operation"), "{refused}");
    }
    let history = session.history("r").await?;
    assert_eq!(history.len(), 1 + succeeded, "{history:?}");
    assert_eq!(history.last(), Some(&format!("{} deployed", 1 + succeeded)));
    Ok(())
}
