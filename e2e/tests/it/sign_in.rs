//! The ways to sign in, and users with few rights.

use anyhow::Result;
use e2e::{SignIn, User};

use crate::session::{Chart, Session};

#[tokio::test]
async fn certificate_token_and_exec_plugin_all_work() -> Result<()> {
    let session = Session::new("sign-in").await?;
    for way in [SignIn::Certificate, SignIn::Token, SignIn::Exec] {
        let kubeconfig = session.cluster.kubeconfig_by(User::Admin, way);
        let list = session.cli(&["list"]).await?.kubeconfig(&kubeconfig).run().await?.success()?;
        assert!(list.stdout.starts_with("NAME"), "{way:?}: {}", list.stdout);
    }
    Ok(())
}

#[tokio::test]
async fn a_service_account_installs_with_the_rights_it_has() -> Result<()> {
    let session = Session::new("account").await?;
    let client = session.cluster.client().await?;
    let account = session.cluster.service_account(session.ns.name(), "deployer").await?;
    let everything = e2e::rule(&["*"], &["*"], &["*"]);
    e2e::grant(&client, &account.subject, session.ns.name(), &[everything]).await?;
    let chart = Chart::web()?;
    let cli = session.cli(&["install", "web", &chart.path(), "--wait"]).await?;
    cli.kubeconfig(&account.kubeconfig).run().await?.success()?;
    Ok(())
}

#[tokio::test]
async fn a_user_without_rights_is_told_which_right_is_missing() -> Result<()> {
    let session = Session::new("limited").await?;
    let chart = Chart::plain("hello")?;
    let kubeconfig = session.cluster.kubeconfig(User::Limited);
    for args in [&["list"][..], &["install", "plain", &chart.path()]] {
        let cli = session.cli(args).await?.kubeconfig(&kubeconfig);
        let error = cli.run().await?.failure()?.stderr;
        assert!(error.contains("secrets") && error.contains("list"), "{error}");
    }
    Ok(())
}
