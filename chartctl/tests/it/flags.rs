//! Flags of install, upgrade, rollback and uninstall in both dialects, as far as no cluster is needed.

use crate::run::{Folder, web};

/// Splits a line at blanks outside of single quotes.
fn words(line: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').unwrap(),
            None => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

#[test]
fn command_lines_get_helms_words() {
    let folder = web();
    for case in include_str!("../cases/flags.txt").split("\n$ ").skip(1) {
        let (line, expected) = case.split_once('\n').unwrap();
        let said = folder.run_with(&words(line), "", &[]).stderr;
        let expected: Vec<&str> = expected.trim_end().lines().collect();
        let found: Vec<&str> = said.lines().take(expected.len()).collect();
        assert_eq!(found, expected, "{line}\n{said}");
    }
}

#[test]
fn the_name_can_be_a_template() {
    let folder = web();
    let line = ["install", "--name-template", "{{ \"A\" | lower }}-1", "web", "--dry-run=client"];
    assert!(folder.run_with(&line, "", &[]).ok().starts_with("NAME: a-1\n"));
}

#[test]
fn secrets_are_hidden_in_a_dry_run_only() {
    let folder = Folder::with(&[
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        (
            "c/templates/s.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  a: hush\n",
        ),
    ]);
    let shown = folder.run("install r c --dry-run=client --hide-secret").ok();
    assert!(shown.contains("# HIDDEN: The Secret output has been suppressed"), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
    let refused = folder.run("install r c --hide-secret").failed();
    let expected = "Error: INSTALLATION FAILED: hiding Kubernetes secrets requires a dry-run mode";
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn charts_in_folders_beside_are_put_in_when_asked_for() {
    let folder = Folder::with(&[
        (
            "app/Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n\
             - {name: lib, version: 1.x, repository: 'file://../lib'}\n",
        ),
        ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.2.0\n"),
        ("lib/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: of-lib\n"),
        (
            "far/Chart.yaml",
            "apiVersion: v2\nname: far\nversion: 1.0.0\ndependencies:\n\
             - {name: lib, version: 1.x, repository: 'https://example.com'}\n",
        ),
        (
            "old/Chart.yaml",
            "apiVersion: v2\nname: old\nversion: 1.0.0\ndependencies:\n\
             - {name: lib, version: 2.x, repository: 'file://../lib'}\n",
        ),
    ]);
    let missing = folder.run("install r app --dry-run=client").failed();
    assert!(
        missing.contains("found in Chart.yaml, but missing in charts/ directory: lib"),
        "{missing}"
    );
    let found = folder.run("install r app --dry-run=client --dependency-update").ok();
    assert!(found.contains("# Source: app/charts/lib/templates/a.yaml"), "{found}");
    let far = folder.run("install r far --dry-run=client --dependency-update").failed();
    assert!(far.contains("cannot fetch \"lib\" from \"https://example.com\" yet"), "{far}");
    let old = folder.run("install r old --dry-run=client --dependency-update").failed();
    assert!(old.contains("can't get a valid version for dependency lib"), "{old}");
}

#[test]
fn the_environment_is_helms() {
    let folder = Folder::with(&[]);
    let text = folder.run("env -n prod --kube-as-user ann").ok();
    let text = text.replace(folder.path().to_str().unwrap(), "~");
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("HELM_BIN=")).collect();
    #[cfg(not(target_os = "macos"))]
    insta::assert_snapshot!(text.join("\n"), @r#"
    HELM_BURST_LIMIT="100"
    HELM_CACHE_HOME="~/.cache/helm"
    HELM_CONFIG_HOME="~/.config/helm"
    HELM_CONTENT_CACHE="~/.cache/helm/content"
    HELM_DATA_HOME="~/.local/share/helm"
    HELM_DEBUG="false"
    HELM_KUBEAPISERVER=""
    HELM_KUBEASGROUPS=""
    HELM_KUBEASUSER="ann"
    HELM_KUBECAFILE=""
    HELM_KUBECONTEXT=""
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY="false"
    HELM_KUBETLS_SERVER_NAME=""
    HELM_KUBETOKEN=""
    HELM_MAX_HISTORY="10"
    HELM_NAMESPACE="prod"
    HELM_PLUGINS="~/.local/share/helm/plugins"
    HELM_QPS="0.00"
    HELM_REGISTRY_CONFIG="~/.config/helm/registry/config.json"
    HELM_REPOSITORY_CACHE="~/.cache/helm/repository"
    HELM_REPOSITORY_CONFIG="~/.config/helm/repositories.yaml"
    "#);
    assert_eq!(folder.run("env HELM_NAMESPACE -n prod").ok(), "prod\n");
    assert_eq!(folder.run("env NOTHING").ok(), "\n");
}

#[cfg(unix)]
mod post_rendering {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::run::{Folder, Run};

    const PLUGIN: &str = "apiVersion: v1\nname: shout\ntype: postrenderer/v1\nruntime: subprocess\nversion: 0.1.0\n\
                          runtimeConfig:\n  platformCommand:\n  - command: ${HELM_PLUGIN_DIR}/run\n    args: [$WORD]\n";

    /// A chart, a program, and a plugin made of it. The program takes orders.
    fn folder() -> Folder {
        let program = "#!/bin/sh\ncase \"$*\" in\n*fail*) echo broken >&2; exit 3;;\n*empty*) exit 0;;\nesac\n\
                       cat\nprintf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: new, labels: {args: \"%s\"}}\\n' \"$*\"\n";
        let folder = Folder::with(&[
            ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            ("c/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"),
            (
                "c/templates/h.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: test\n",
            ),
            ("plugins/shout/plugin.yaml", PLUGIN),
            ("plugins/shout/run", program),
            ("bin/tool", program),
        ]);
        for file in ["plugins/shout/run", "bin/tool"] {
            let file = folder.path().join(file);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    fn run(folder: &Folder, line: &str) -> Run {
        let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
        let env = [("HELM_PLUGINS", "plugins"), ("PATH", &path), ("WORD", "word")];
        folder.run_with(&line.split(' ').collect::<Vec<_>>(), "", &env)
    }

    #[test]
    fn plugins_and_programs_get_all_manifests_and_make_others() {
        let folder = folder();
        let flags = "--post-renderer-args x";
        let text = run(&folder, &format!("template r c --post-renderer shout {flags}")).ok();
        let new = "---\n# Source: generated-by-postrender-2.yaml\napiVersion: v1\nkind: ConfigMap\n\
                   metadata: {name: new, labels: {args: \"word x\"}}\n";
        let old = "---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n\n";
        let hook = "---\n# Source: c/templates/h.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: h\n  annotations:\n    helm.sh/hook: test\n\n";
        assert_eq!(text, format!("{old}{new}{hook}"));
        for (name, args) in [("shout", "word x"), ("tool", "x"), ("bin/tool", "x")] {
            let line =
                format!("install r c --post-renderer {name} {flags} --dry-run=client -o json");
            let json = run(&folder, &line).ok();
            let new = format!("name: new, labels: {{args: \\\"{args}\\\"");
            assert!(json.contains("generated-by-postrender-2.yaml"), "{name}: {json}");
            assert!(json.contains(&new), "{name}: {json}");
        }
    }

    #[test]
    fn template_takes_plugins_only_as_helm_4_does() {
        let said = run(&folder(), "template r c --post-renderer bin/tool").failed();
        let text = "Error: invalid argument \"bin/tool\" for \"--post-renderer\" flag: plugin: \
                    {Name:bin/tool Type:postrenderer/v1} not found\n";
        assert!(said.starts_with(text), "{said}");
    }

    #[test]
    fn failures_are_told_with_what_the_program_wrote() {
        let folder = folder();
        let check = |line: &str, expected: &str| {
            let said = run(&folder, line).failed();
            assert!(said.starts_with(expected), "{line}: {said}");
        };
        check(
            "install r c --dry-run=client --post-renderer shout --post-renderer-args fail",
            "Error: INSTALLATION FAILED: error while running post render on files: failed to invoke post-renderer plugin \
             \"shout\": plugin \"shout\" exited with error\n  broken\n",
        );
        check(
            "install r c --dry-run=client --post-renderer tool --post-renderer-args empty",
            "Error: INSTALLATION FAILED: error while running post render on files: post-renderer ",
        );
        check(
            "template r c --post-renderer shout --post-renderer shout",
            "Error: invalid argument \"shout\" for \"--post-renderer\" flag: cannot specify --post-renderer flag more than once",
        );
    }
}
