//! Help and version.

use crate::run::Folder;

#[test]
fn the_short_help_names_every_command() {
    let text = Folder::with(&[]).run("-h").ok();
    insta::assert_snapshot!(text.lines().take_while(|line| !line.starts_with("Global flags")).collect::<Vec<_>>().join("\n"), @r"
    Installs, upgrades and rolls back applications on Kubernetes

    Usage: chartctl [flags] COMMAND

    Commands:
      apply-plan  Carry out a plan that install or upgrade has saved with --save-plan
      completion  Print a script that completes chartctl's commands and flags in a shell
      dag         Show the batches in which a chart's objects are deployed
      dependency  Look after the charts that a chart depends on [aliases: dep, dependencies]
      diff        Show what an upgrade or a rollback would change, or what differs between revisions and
                  releases
      drift       Show what others have changed in the objects of a release
      env         Print the environment that chartctl and Helm share, with what flags say about it
      explain     Say where the values of a chart come from
      get         Show what is stored about a release: values, manifest, hooks, notes, metadata
      history     Show the revisions of a release, oldest first [alias: hist]
      install     Install a chart as a new release
      lint        Look for mistakes in a chart
      list        List the releases of a namespace, or of all namespaces [alias: ls]
      package     Pack charts into .tgz archives
      rollback    Go back to an earlier revision of a release
      show        Show what a chart says about itself: metadata, values, readme, crds [alias: inspect]
      status      Show the state of a release and of its objects in the cluster
      template    Render a chart and print its objects
      test        Run the tests of a release
      uninstall   Uninstall releases: delete their objects and their history [aliases: del, delete, un]
      upgrade     Upgrade a release to another chart or other values
      version     Print the version
      help        Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version
    ");
}

#[test]
fn every_command_has_help_with_its_usage() {
    let folder = Folder::with(&[]);
    for command in [
        "completion",
        "dag",
        "dependency",
        "dependency list",
        "dep ls",
        "apply-plan",
        "diff",
        "diff upgrade",
        "diff rollback",
        "diff revision",
        "diff release",
        "env",
        "explain",
        "explain values",
        "get",
        "get all",
        "get hooks",
        "get manifest",
        "get metadata",
        "get notes",
        "get values",
        "history",
        "hist",
        "install",
        "lint",
        "list",
        "ls",
        "package",
        "rollback",
        "show",
        "show all",
        "show chart",
        "show crds",
        "show readme",
        "show values",
        "inspect",
        "status",
        "template",
        "uninstall",
        "del",
        "delete",
        "un",
        "upgrade",
        "version",
    ] {
        for flag in ["-h", "--help"] {
            let text = folder.run(&format!("{command} {flag}")).ok();
            assert!(text.contains("Usage: chartctl "), "{command}: {text}");
            assert!(!text.contains("--debug["), "{command} shows how pflag is imitated: {text}");
        }
    }
}

#[test]
fn a_command_that_only_groups_others_prints_its_help() {
    let folder = Folder::with(&[]);
    assert!(folder.run("").ok().contains("Usage: chartctl [flags] COMMAND"));
    assert!(folder.run("get").ok().contains("Usage: chartctl get COMMAND RELEASE_NAME [flags]"));
}

#[test]
fn the_version_can_be_read_by_plugins() {
    let folder = Folder::with(&[]);
    let line = folder.run("version").ok();
    assert!(line.starts_with("version.BuildInfo{Version:\"v4.3.1\", "), "{line}");
    assert_eq!(folder.run("version --short").ok(), "v4.3.1\n");
    let template = ["version", "--template", "{{ .Version }}|{{.GitTreeState}}"];
    assert_eq!(folder.run_with(&template, "", &[]).ok(), "v4.3.1|clean");
    assert!(folder.run("--version").ok().starts_with("chartctl "));
}
