//! The ways to sign in, and users with few rights.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use e2e::{SignIn, User};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::session::{Chart, Session};
use crate::tunnel::Tunnel;

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

#[tokio::test]
async fn acting_as_another_user_and_group_has_their_rights() -> Result<()> {
    let session = Session::new("acting").await?;
    let user = session.cli(&["list", "--kube-as-user", "nobody"]).await?.run().await?.failure()?;
    assert!(user.stderr.contains("User \"nobody\" cannot list"), "{}", user.stderr);
    let group = ["list", "--kube-as-user", "nobody", "--kube-as-group", "system:masters"];
    session.cli(&group).await?.run().await?.success()?;
    let by_environment = session.cli(&["list"]).await?.env("HELM_KUBEASUSER", "nobody");
    by_environment.run().await?.failure()?;
    Ok(())
}

#[tokio::test]
async fn a_token_is_read_from_its_file() -> Result<()> {
    let account = Account::new("token-file").await?;
    let token = account.folder.path().join("token");
    let kubeconfig = account.kubeconfig("changed", |config| {
        let user = config.pointer_mut("/users/0/user").context("no user")?;
        fs::write(&token, user["token"].as_str().context("no token")?)?;
        *user = json!({"tokenFile": token});
        Ok(())
    })?;
    let cli = account.session.cli(&["list"]).await?.kubeconfig(&kubeconfig);
    cli.run().await?.success()?;
    fs::write(&token, "another")?;
    let cli = account.session.cli(&["list"]).await?.kubeconfig(&kubeconfig);
    assert!(cli.run().await?.failure()?.stderr.contains("Unauthorized"));
    Ok(())
}

#[tokio::test]
async fn several_files_make_one_kubeconfig() -> Result<()> {
    let account = Account::new("files").await?;
    let without = |name: &str, key: &str| {
        account.kubeconfig(name, |config| {
            config.as_object_mut().context("no map")?.remove(key);
            Ok(())
        })
    };
    let files = [without("users", "clusters")?, without("clusters", "users")?];
    let all = std::env::join_paths(&files)?;
    let cli = account.session.cli(&["list"]).await?.env("KUBECONFIG", &all);
    cli.run().await?.success()?;
    let cli = account.session.cli(&["list"]).await?.kubeconfig(&files[0]);
    cli.run().await?.failure()?;
    Ok(())
}

#[tokio::test]
async fn a_proxy_is_used_where_the_kubeconfig_names_one() -> Result<()> {
    let account = Account::new("proxy").await?;
    let tunnel = Tunnel::start().await?;
    let kubeconfig = account.kubeconfig("proxied", |config| {
        let cluster = config.pointer_mut("/clusters/0/cluster").context("no cluster")?;
        cluster["proxy-url"] = json!(tunnel.url());
        Ok(())
    })?;
    let chart = Chart::plain("hello")?;
    for args in [&["install", "plain", &chart.path()][..], &["list"], &["uninstall", "plain"]] {
        let before = tunnel.opened();
        let cli = account.session.cli(args).await?.kubeconfig(&kubeconfig);
        cli.run().await?.success()?;
        assert!(tunnel.opened() > before, "{args:?} went another way");
    }
    Ok(())
}

/// A service account that may do everything in its namespace, and changed forms of its kubeconfig.
struct Account {
    session: Session,
    folder: TempDir,
    config: Value,
}

impl Account {
    async fn new(prefix: &str) -> Result<Self> {
        let session = Session::new(prefix).await?;
        let client = session.cluster.client().await?;
        let account = session.cluster.service_account(session.ns.name(), "deployer").await?;
        let everything = e2e::rule(&["*"], &["*"], &["*"]);
        e2e::grant(&client, &account.subject, session.ns.name(), &[everything]).await?;
        let config = serde_json::from_slice(&fs::read(&account.kubeconfig)?)?;
        Ok(Self { session, folder: TempDir::new()?, config })
    }

    fn kubeconfig(
        &self,
        name: &str,
        change: impl FnOnce(&mut Value) -> Result<()>,
    ) -> Result<PathBuf> {
        let mut config = self.config.clone();
        change(&mut config)?;
        let path = self.folder.path().join(name);
        fs::write(&path, config.to_string())?;
        Ok(path)
    }
}
