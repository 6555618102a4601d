//! Charts of other people, where this machine has them; `cargo run -p e2e --bin charts` takes all.

use anyhow::{Context as _, Result};
use e2e::charts::{self, Entry};
use e2e::{Cluster, Tool};

/// Quick ones: one with tests, one with hooks, one with definitions.
const SOME: [&str; 3] = ["vault", "ingress-nginx", "keda"];

#[tokio::test(flavor = "multi_thread")]
async fn real_charts_take_their_course_and_leave_only_what_they_keep_on_purpose() -> Result<()> {
    let Some(folder) = charts::folder() else {
        println!("there is no folder ../shared/charts: nothing to try");
        return Ok(());
    };
    // Alone, since all objects of the cluster are compared.
    let cluster = Cluster::own().await?;
    if cluster.control_plane().is_none() {
        return Ok(());
    }
    for name in SOME {
        let entry: &Entry =
            charts::all().iter().find(|entry| entry.name == name).context("a chart")?;
        let report = charts::run(&cluster, &folder, entry, Tool::Chartctl).await?;
        report.outcome.with_context(|| format!("{name} failed"))?;
    }
    Ok(())
}
