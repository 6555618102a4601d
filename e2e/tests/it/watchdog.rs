//! Children end with the process that started them, however it ends.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Watchdog;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

const LIMIT: Duration = Duration::from_secs(20);
/// Set for the process that plays the one that dies; its only test then starts a child.
const PLAY: &str = "E2E_WATCHDOG_PLAY";

/// Starts a child that never ends by itself, and which holds our standard output open.
fn start_child(watchdog: &Watchdog) -> Result<std::process::Child> {
    let mut child = std::process::Command::new("sh");
    child.args(["-c", "echo child $$; while :; do sleep 1; done"]).stdin(Stdio::null());
    watchdog.adopt(&mut child);
    child.spawn().context("starting the child")
}

/// Runs in the process that is killed.
#[test]
fn plays_the_process_that_is_killed() -> Result<()> {
    if std::env::var_os(PLAY).is_none() {
        return Ok(());
    }
    let watchdog = Watchdog::start()?;
    println!("folder {}", watchdog.folder().display());
    let mut child = start_child(&watchdog)?;
    child.wait().context("waiting for a child that does not end")?;
    Ok(())
}

#[tokio::test]
async fn children_and_folder_are_gone_after_a_kill() -> Result<()> {
    let mut parent = Command::new(std::env::current_exe()?)
        .args(["--exact", "--nocapture", "watchdog::plays_the_process_that_is_killed"])
        .env(PLAY, "yes")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut output = BufReader::new(parent.stdout.take().context("no output")?);
    let (mut folder, mut line) = (String::new(), String::new());
    while !line.starts_with("child ") {
        line.clear();
        let read = tokio::time::timeout(LIMIT, output.read_line(&mut line)).await??;
        anyhow::ensure!(read > 0, "the process ended before its child was there");
        // The test runner writes the name of the test in front of what it says first.
        if let Some((_, path)) = line.trim().split_once("folder ") {
            path.clone_into(&mut folder);
        }
    }
    assert!(std::path::Path::new(&folder).is_dir(), "{folder:?}");

    parent.start_kill()?;
    let status = tokio::time::timeout(LIMIT, parent.wait()).await??;
    assert_eq!(status.signal(), Some(9));
    // The child holds the other end of this pipe; it ends when the child is gone.
    let mut rest = Vec::new();
    tokio::time::timeout(LIMIT, output.read_to_end(&mut rest)).await.context("it lives on")??;
    let gone = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while std::path::Path::new(&folder).exists() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(LIMIT, gone).await.context("the folder is still there")?;
    Ok(())
}

#[tokio::test]
async fn children_and_folder_are_gone_after_a_drop() -> Result<()> {
    let watchdog = Watchdog::start()?;
    let folder = watchdog.folder().to_owned();
    let mut child = std::process::Command::new("sleep");
    child.arg("1000");
    watchdog.adopt(&mut child);
    let mut child = child.spawn()?;
    // Waits beside the drop, as whoever started the child would.
    let status = std::thread::spawn(move || child.wait());
    drop(watchdog);
    let status = status.join().map_err(|_| anyhow::anyhow!("the waiting failed"))??;
    assert_eq!(status.signal(), Some(9));
    assert!(!folder.exists());
    Ok(())
}
