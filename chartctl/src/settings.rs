//! Helm's environment: the variables that `env` prints and that plugins are given, and the flags behind them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cluster::{ConnectOptions, KubeconfigFiles};

use crate::cli::Environment;
use crate::pflag;

/// Flags about files that Helm keeps for itself. Repositories and registries are not built yet.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct FileFlags {
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    registry_config: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    repository_config: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    repository_cache: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    content_cache: Option<String>,
}

/// Flags of the logging library of Kubernetes' own tools, which Helm takes without showing them. They change
/// nothing: `--debug` tells more.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct KlogFlags {
    #[arg(short, long, global = true, hide = true, value_name = "LEVEL", value_parser = pflag::integer)]
    v: Option<i64>,
    #[arg(long, global = true, hide = true, value_name = "LEVELS")]
    vmodule: Option<String>,
    #[arg(long, global = true, hide = true)]
    alsologtostderr: bool,
    #[arg(long, global = true, hide = true)]
    logtostderr: bool,
    #[arg(long, global = true, hide = true, value_name = "FOLDER")]
    log_dir: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    log_file: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "MB", value_parser = pflag::integer)]
    log_file_max_size: Option<i64>,
    #[arg(long, global = true, hide = true, value_name = "PLACE")]
    log_backtrace_at: Option<String>,
    #[arg(long, global = true, hide = true, value_name = "LEVEL")]
    stderrthreshold: Option<String>,
    #[arg(long, global = true, hide = true)]
    legacy_stderr_threshold_behavior: bool,
    #[arg(long, global = true, hide = true)]
    add_dir_header: bool,
    #[arg(long, global = true, hide = true)]
    one_output: bool,
    #[arg(long, global = true, hide = true)]
    skip_headers: bool,
    #[arg(long, global = true, hide = true)]
    skip_log_headers: bool,
}

/// What flags say about Helm's environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// `--burst-limit`.
    pub(crate) burst_limit: Option<i64>,
    /// `--qps`.
    pub(crate) qps: Option<f32>,
    /// Where files are.
    pub(crate) files: FileFlags,
}

/// The three folders that Helm keeps files in: its variable, the desktop's, and below the home folder.
#[derive(Clone, Copy)]
struct Home {
    own: &'static str,
    xdg: &'static str,
    below: &'static str,
}

#[cfg(target_os = "macos")]
const HOMES: [Home; 3] = [
    Home { own: "HELM_CACHE_HOME", xdg: "XDG_CACHE_HOME", below: "Library/Caches" },
    Home { own: "HELM_CONFIG_HOME", xdg: "XDG_CONFIG_HOME", below: "Library/Preferences" },
    Home { own: "HELM_DATA_HOME", xdg: "XDG_DATA_HOME", below: "Library" },
];
#[cfg(not(target_os = "macos"))]
const HOMES: [Home; 3] = [
    Home { own: "HELM_CACHE_HOME", xdg: "XDG_CACHE_HOME", below: ".cache" },
    Home { own: "HELM_CONFIG_HOME", xdg: "XDG_CONFIG_HOME", below: ".config" },
    Home { own: "HELM_DATA_HOME", xdg: "XDG_DATA_HOME", below: ".local/share" },
];

impl Home {
    fn path(self, env: &Environment) -> PathBuf {
        if let Some(path) = env.get(self.own) {
            return PathBuf::from(path);
        }
        let home = || env.get("HOME").map(PathBuf::from).or_else(std::env::home_dir);
        let below = || home().unwrap_or_default().join(self.below);
        let base = env.get(self.xdg).map_or_else(below, PathBuf::from);
        base.join("helm")
    }
}

impl Settings {
    /// Returns the variables but those that need more than flags and environment.
    pub(crate) fn variables(
        &self,
        env: &Environment,
        connect: &ConnectOptions,
    ) -> BTreeMap<String, String> {
        let [cache, config, data] = HOMES.map(|home| home.path(env));
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let or = |flag: &Option<String>, name: &str, default: PathBuf| {
            let flag = flag.as_deref().filter(|text| !text.is_empty());
            flag.or_else(|| env.get(name)).map_or_else(|| shown(&default), str::to_owned)
        };
        let files = &self.files;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut variables: BTreeMap<String, String> = [
            ("HELM_BIN", std::env::current_exe().map(|path| shown(&path)).unwrap_or_default()),
            ("HELM_BURST_LIMIT", self.burst_limit(env).to_string()),
            ("HELM_CACHE_HOME", shown(&cache)),
            ("HELM_CONFIG_HOME", shown(&config)),
            (
                "HELM_CONTENT_CACHE",
                or(&files.content_cache, "HELM_CONTENT_CACHE", cache.join("content")),
            ),
            ("HELM_DATA_HOME", shown(&data)),
            ("HELM_KUBEAPISERVER", text(&connect.apiserver)),
            ("HELM_KUBEASGROUPS", connect.as_groups.join(",")),
            ("HELM_KUBEASUSER", text(&connect.as_user)),
            ("HELM_KUBECAFILE", connect.ca_file.as_deref().map(shown).unwrap_or_default()),
            ("HELM_KUBECONTEXT", text(&connect.context)),
            ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", connect.insecure_skip_tls_verify.to_string()),
            ("HELM_KUBETLS_SERVER_NAME", text(&connect.tls_server_name)),
            ("HELM_KUBETOKEN", text(&connect.token)),
            ("HELM_PLUGINS", Self::plugins(env)),
            ("HELM_QPS", format!("{:.2}", self.qps(env))),
            (
                "HELM_REGISTRY_CONFIG",
                or(
                    &files.registry_config,
                    "HELM_REGISTRY_CONFIG",
                    config.join("registry/config.json"),
                ),
            ),
            (
                "HELM_REPOSITORY_CACHE",
                or(&files.repository_cache, "HELM_REPOSITORY_CACHE", cache.join("repository")),
            ),
            (
                "HELM_REPOSITORY_CONFIG",
                or(
                    &files.repository_config,
                    "HELM_REPOSITORY_CONFIG",
                    config.join("repositories.yaml"),
                ),
            ),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if let KubeconfigFiles::File(path) = &connect.kubeconfig {
            variables.insert("KUBECONFIG".to_owned(), shown(path));
        }
        variables
    }

    /// Returns the folders of plugins, as `PATH` holds folders.
    pub(crate) fn plugins(env: &Environment) -> String {
        let [.., data] = HOMES;
        env.get("HELM_PLUGINS").map_or_else(
            || data.path(env).join("plugins").to_string_lossy().into_owned(),
            str::to_owned,
        )
    }

    fn burst_limit(&self, env: &Environment) -> i64 {
        let given = || env.get("HELM_BURST_LIMIT").and_then(|text| text.parse().ok());
        self.burst_limit.or_else(given).unwrap_or(100)
    }

    fn qps(&self, env: &Environment) -> f32 {
        let given = || env.get("HELM_QPS").and_then(|text| text.parse().ok());
        self.qps.or_else(given).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use cluster::ConnectOptions;

    use super::Settings;
    use crate::cli::Environment;

    #[test]
    fn variables_are_flags_then_environment_then_helms_defaults() {
        let check = |env: &[(&str, &str)], name: &str, expected: &str| {
            let settings = Settings { qps: Some(3.256), ..Settings::default() };
            let variables = settings.variables(&Environment::of(env), &ConnectOptions::default());
            assert_eq!(variables.get(name).map(String::as_str), Some(expected), "{name}");
        };
        check(&[], "HELM_BURST_LIMIT", "100");
        check(&[("HELM_BURST_LIMIT", "7")], "HELM_BURST_LIMIT", "7");
        check(&[("HELM_BURST_LIMIT", "many")], "HELM_BURST_LIMIT", "100");
        check(&[("HELM_QPS", "1")], "HELM_QPS", "3.26");
        check(&[("XDG_CACHE_HOME", "/c")], "HELM_CONTENT_CACHE", "/c/helm/content");
        check(&[("HELM_CONFIG_HOME", "/h")], "HELM_REPOSITORY_CONFIG", "/h/repositories.yaml");
        check(&[("HELM_DATA_HOME", "/d")], "HELM_PLUGINS", "/d/plugins");
        check(&[("HELM_PLUGINS", "/a:/b")], "HELM_PLUGINS", "/a:/b");
        check(&[], "HELM_KUBEINSECURE_SKIP_TLS_VERIFY", "false");
    }
}
