//! The program from its command line to its exit code: global flags, the environment, logging.
//!
//! This is the only place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use cluster::{Cluster, ConnectOptions, KubeconfigFiles};

use crate::commands::Command;
use crate::error::{CliError, Kind};
use crate::settings::{FileFlags, KlogFlags, Settings};
use crate::ui::{ColorChoice, Ui};
use crate::{driver, memory, pflag, report};

/// Installs, upgrades and rolls back applications on Kubernetes
///
/// chartctl takes charts, renders them and keeps the cluster's objects in step with them. Releases are stored
/// as Helm stores them: what Helm installed, chartctl can upgrade and roll back, and the other way round.
/// Commands, flags and output are Helm's too.
#[derive(Debug, Parser)]
#[command(
    name = "chartctl",
    version,
    disable_help_subcommand = false,
    subcommand_required = true,
    arg_required_else_help = true,
    override_usage = "chartctl [flags] COMMAND",
    after_long_help = "\
Examples:
  chartctl install web ./web -n prod --create-namespace
  chartctl upgrade --install web ./web -n prod -f prod.yaml --rollback-on-failure
  chartctl history web -n prod
  chartctl rollback web 3 -n prod --wait

Environment:
  KUBECONFIG, HELM_NAMESPACE, HELM_KUBECONTEXT, HELM_KUBEAPISERVER, HELM_KUBETOKEN, HELM_KUBECAFILE,
  HELM_KUBEASUSER, HELM_KUBEASGROUPS, HELM_KUBETLS_SERVER_NAME, HELM_KUBEINSECURE_SKIP_TLS_VERIFY
                          where to connect and as whom; flags win
  HELM_MAX_HISTORY        how many revisions of a release are kept (10)
  HELM_DEBUG              the same as --debug
  HELM_PLUGINS            where plugins are; 'chartctl env' prints all of Helm's variables
  HELM_COLOR, NO_COLOR, CLICOLOR_FORCE
                          colour of output"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: GlobalFlags,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Global flags")]
struct GlobalFlags {
    /// Work in this namespace [default: that of the kubeconfig's context] [env: HELM_NAMESPACE]
    #[arg(short, long, global = true, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Read connection settings from this kubeconfig file [env: KUBECONFIG]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    kubeconfig: Option<String>,
    /// Use this context of the kubeconfig [env: HELM_KUBECONTEXT]
    #[arg(long, global = true, value_name = "CONTEXT")]
    kube_context: Option<String>,
    /// Connect to this address of the API server [env: HELM_KUBEAPISERVER]
    #[arg(long, global = true, value_name = "URL")]
    kube_apiserver: Option<String>,
    /// Sign in with this bearer token [env: HELM_KUBETOKEN]
    #[arg(long, global = true, value_name = "TOKEN")]
    kube_token: Option<String>,
    /// Trust the certificate authorities in this file [env: HELM_KUBECAFILE]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    kube_ca_file: Option<String>,
    /// Act as this user [env: HELM_KUBEASUSER]
    #[arg(long, global = true, value_name = "USER")]
    kube_as_user: Option<String>,
    /// Act as a member of this group; may be repeated [env: HELM_KUBEASGROUPS]
    #[arg(long, global = true, value_name = "GROUP")]
    kube_as_group: Vec<String>,
    /// Expect this name in the API server's certificate [env: HELM_KUBETLS_SERVER_NAME]
    #[arg(long, global = true, value_name = "NAME")]
    kube_tls_server_name: Option<String>,
    /// Do not check the API server's certificate: insecure [env: HELM_KUBEINSECURE_SKIP_TLS_VERIFY]
    #[arg(long, global = true)]
    kube_insecure_skip_tls_verify: bool,
    /// Accepted and without effect: no limit holds requests back
    #[arg(long, global = true, value_name = "COUNT", hide_short_help = true, value_parser = pflag::integer)]
    burst_limit: Option<i64>,
    /// Accepted and without effect, as --burst-limit
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true, value_parser = pflag::float)]
    qps: Option<f32>,
    #[command(flatten)]
    files: FileFlags,
    #[command(flatten)]
    klog: KlogFlags,
    /// When to use colour: never, auto or always [env: HELM_COLOR]
    #[arg(long, visible_alias = "colour", global = true, value_name = "WHEN")]
    color: Option<ColorChoice>,
    /// Tell on stderr what is being done, requests included [env: HELM_DEBUG]
    #[arg(long, global = true)]
    debug: bool,
}

/// The environment variables of this process, read once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    fn read() -> Self {
        let text = |text: OsString| text.into_string().ok();
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
        )
    }

    /// Returns an environment of these variables alone.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        Self(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// Returns a variable; an empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns a boolean variable; what Go cannot read as one is false.
    fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(|text| pflag::boolean(text).ok()).unwrap_or_default()
    }
}

/// What every command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where output goes.
    pub(crate) ui: Ui,
    /// Whether `--debug` is on.
    pub(crate) debug: bool,
    env: Environment,
    connect: ConnectOptions,
    driver: driver::Chosen,
    settings: Settings,
}

impl Context {
    fn new(flags: GlobalFlags, env: Environment) -> Self {
        let ui = Ui::new(flags.color, &env);
        let debug = flags.debug || env.flag("HELM_DEBUG");
        let settings =
            Settings { burst_limit: flags.burst_limit, qps: flags.qps, files: flags.files.clone() };
        let connect = connect_options(flags, &env);
        let driver = driver::Chosen::from_env(&env);
        Self { ui, debug, env, connect, driver, settings }
    }

    /// Returns what Helm's environment says, which plugins and post-renderers are given too.
    pub(crate) fn helm_variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.settings.variables(&self.env, &self.connect);
        let more = [
            ("HELM_DEBUG", self.debug.to_string()),
            ("HELM_MAX_HISTORY", self.max_history().to_string()),
            ("HELM_NAMESPACE", self.namespace_or_default()),
        ];
        variables.extend(more.map(|(name, value)| (name.to_owned(), value)));
        variables
    }

    /// Returns the folders below which plugins are.
    pub(crate) fn plugin_folders(&self) -> Vec<PathBuf> {
        if self.env.get("HELM_NO_PLUGINS") == Some("1") {
            return Vec::new();
        }
        let folders = Settings::plugins(&self.env);
        std::env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty()).collect()
    }

    /// Returns a variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.get(name)
    }

    /// Returns the namespace that was asked for by flag or environment.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.connect.namespace.as_deref()
    }

    /// Returns the namespace of a command that asks no cluster: the one asked for, or that of the kubeconfig's
    /// context, or `default`.
    pub(crate) fn namespace_or_default(&self) -> String {
        cluster::connect::namespace(&self.connect).unwrap_or_else(|| "default".to_owned())
    }

    /// Returns the variables of the environment, empty where they are not set.
    pub(crate) fn variables(&self) -> render::Variables {
        let env = self.env.clone();
        Arc::new(move |name| env.get(name).unwrap_or_default().to_owned())
    }

    /// Returns how many revisions are kept where no flag says so; 0 is all.
    pub(crate) fn max_history(&self) -> i64 {
        self.env.get("HELM_MAX_HISTORY").and_then(|text| text.parse().ok()).unwrap_or(10)
    }

    /// Connects to the cluster, with its records where the environment says.
    pub(crate) async fn connect(&self) -> Result<Cluster, CliError> {
        let driver = self.driver.open()?;
        let connected = cluster::connect::connect(&self.connect).await;
        connected
            .map(|cluster| cluster.with_driver(driver))
            .map_err(|error| crate::failure::of(&error))
    }
}

/// Runs a command that talks to the network.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    memory::use_small_pages();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::input(format!("starting the runtime: {error}")))?;
    let result = runtime.block_on(work);
    // Threads that still render or resolve names must not hold up the exit.
    runtime.shutdown_background();
    result
}

fn connect_options(flags: GlobalFlags, env: &Environment) -> ConnectOptions {
    let or_env = |flag: Option<String>, name: &str| {
        flag.filter(|text| !text.is_empty()).or_else(|| env.get(name).map(str::to_owned))
    };
    let groups = if flags.kube_as_group.is_empty() {
        let groups = env.get("HELM_KUBEASGROUPS").unwrap_or_default();
        groups.split(',').filter(|group| !group.is_empty()).map(str::to_owned).collect()
    } else {
        flags.kube_as_group
    };
    ConnectOptions {
        kubeconfig: kubeconfig_files(flags.kubeconfig, env),
        context: or_env(flags.kube_context, "HELM_KUBECONTEXT"),
        namespace: or_env(flags.namespace, "HELM_NAMESPACE"),
        apiserver: or_env(flags.kube_apiserver, "HELM_KUBEAPISERVER"),
        token: or_env(flags.kube_token, "HELM_KUBETOKEN"),
        ca_file: or_env(flags.kube_ca_file, "HELM_KUBECAFILE").map(PathBuf::from),
        as_user: or_env(flags.kube_as_user, "HELM_KUBEASUSER"),
        as_groups: groups,
        tls_server_name: or_env(flags.kube_tls_server_name, "HELM_KUBETLS_SERVER_NAME"),
        insecure_skip_tls_verify: flags.kube_insecure_skip_tls_verify
            || env.flag("HELM_KUBEINSECURE_SKIP_TLS_VERIFY"),
        requests: cluster::Requests::default(),
    }
}

/// Returns where the kubeconfig is: the flag's file, else those of `KUBECONFIG`, else `~/.kube/config`.
fn kubeconfig_files(flag: Option<String>, env: &Environment) -> KubeconfigFiles {
    if let Some(file) = flag.filter(|file| !file.is_empty()) {
        return KubeconfigFiles::File(PathBuf::from(file));
    }
    KubeconfigFiles::Search(match env.get("KUBECONFIG") {
        Some(paths) => {
            std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty()).collect()
        }
        None => {
            std::env::home_dir().map(|home| home.join(".kube").join("config")).into_iter().collect()
        }
    })
}

/// The exit code of `diff --detailed-exitcode` when something differs, as helm-diff's.
const CHANGED: u8 = 2;

/// Runs the program.
pub(crate) fn main(line: &[OsString]) -> ExitCode {
    let env = Environment::read();
    // Until the flags are read, the environment alone decides over colour.
    let mut ui = Ui::new(None, &env);
    match parse(line, ui).and_then(|cli| match cli {
        None => Ok(()),
        Some(cli) => {
            let context = Context::new(cli.global, env);
            ui = context.ui;
            start_logging(&context);
            let result = cli.command.run(&context);
            let requests = context.connect.requests.count();
            if context.debug && requests > 0 {
                ui.note(&format!("{requests} requests to the API server\n"));
            }
            result
        }
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == Kind::ClosedPipe => ExitCode::SUCCESS,
        Err(error) => {
            ui.note(&report::render(&error, ui.stderr_paint()));
            if error.kind() == Kind::Differences {
                ExitCode::from(CHANGED)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Reads the command line; `None` when it asked for help, which is printed.
fn parse(line: &[OsString], ui: Ui) -> Result<Option<Cli>, CliError> {
    let whole = Cli::command();
    let alone = alone(&whole, line).map(|root| root.try_get_matches_from(line));
    let parsed = match alone {
        Some(Ok(matches)) => Ok(matches),
        // Of help, mistakes and suggestions all commands are to know.
        _ => pflag::adapt(whole).try_get_matches_from(line),
    };
    let error = match parsed {
        Ok(matches) => {
            return Cli::from_arg_matches(&matches)
                .map(Some)
                .map_err(|error| CliError::usage(error.to_string()));
        }
        Err(error) => error,
    };
    if !is_help(&error) {
        let words: Vec<String> =
            line.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        return Err(pflag::usage_error(&error, &Cli::command(), &words));
    }
    // Help is shown as the plain command has it, without the odd forms that pflag accepts.
    let plain = match Cli::command().try_get_matches_from(line) {
        Err(plain) if is_help(&plain) => plain,
        _ => error,
    };
    let text = plain.render();
    let coloured = ui.stdout_paint() != crate::ui::Paint::OFF;
    ui.data(&if coloured { text.ansi().to_string() } else { text.to_string() })?;
    Ok(None)
}

/// Returns the program with the command alone that the line begins with: to prepare the others takes longer than
/// to read the line.
fn alone(whole: &clap::Command, line: &[OsString]) -> Option<clap::Command> {
    let command = whole.find_subcommand(line.get(1)?)?.clone();
    let root = clap::Command::new(whole.get_name().to_owned()).subcommand(command);
    Some(pflag::adapt(<GlobalFlags as clap::Args>::augment_args(root)))
}

fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// Sends the libraries' log lines to stderr: with `--debug` what they do, else only what our own
/// libraries warn of.
fn start_logging(context: &Context) {
    let filter = if context.debug {
        "info,actions=debug,cluster=debug,repo=debug,chartctl=debug"
    } else {
        "off,actions=warn,cluster=warn,repo=warn"
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(context.ui.stderr_paint() != crate::ui::Paint::OFF)
        .with_target(false)
        .without_time()
        .try_init()
        // Somebody else's subscriber would do as well.
        .ok();
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::{Context, Environment, GlobalFlags};

    #[test]
    fn flags_win_over_the_environment() {
        let env = Environment::of(&[
            ("HELM_NAMESPACE", "from-env"),
            ("HELM_KUBETOKEN", "secret"),
            ("HELM_KUBEASGROUPS", "a,b"),
            ("HELM_DEBUG", "1"),
            ("HELM_MAX_HISTORY", "3"),
        ]);
        let flags =
            GlobalFlags { namespace: Some("from-flag".to_owned()), ..GlobalFlags::default() };
        let context = Context::new(flags, env.clone());
        assert_eq!(context.namespace(), Some("from-flag"));
        assert_eq!(context.connect.token.as_deref(), Some("secret"));
        assert_eq!(context.connect.as_groups, ["a", "b"]);
        assert!(context.debug);
        assert_eq!(context.max_history(), 3);
        assert_eq!(Context::new(GlobalFlags::default(), env).namespace(), Some("from-env"));
    }

    #[test]
    fn the_environment_is_read_as_go_reads_it() {
        let env = Environment::of(&[
            ("HELM_DEBUG", "yes"),
            ("HELM_NAMESPACE", ""),
            ("HELM_MAX_HISTORY", "many"),
        ]);
        let context = Context::new(GlobalFlags::default(), env);
        assert!(!context.debug);
        assert_eq!(context.namespace(), None);
        assert_eq!(context.max_history(), 10);
    }

    #[test]
    fn a_command_alone_reads_what_all_read() {
        let whole = super::Cli::command();
        for line in [
            "chartctl template web ./web -n prod --set a=b --set c=d --debug=false -f x.yaml",
            "chartctl template --namespace=a web ./web -n b --color never --kube-as-group g --qps 1",
            "chartctl ls -A --kube-context here",
            "chartctl dep list ./web --debug",
            "chartctl get values web --revision 3 -n prod",
            "chartctl version",
        ] {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let read = |root: clap::Command| {
                let matches = root.try_get_matches_from(&line).expect("a line that is in order");
                format!("{:?}", super::Cli::from_arg_matches(&matches).expect("flags that fit"))
            };
            let alone = super::alone(&whole, &line).expect("a command");
            assert_eq!(read(alone), read(crate::pflag::adapt(super::Cli::command())), "{line:?}");
        }
        for line in [&["chartctl"][..], &["chartctl", "-n", "a", "ls"], &["chartctl", "help", "ls"]]
        {
            let line: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(super::alone(&whole, &line).is_none(), "{line:?}");
        }
    }

    #[test]
    fn the_definition_of_all_commands_is_sound() {
        super::Cli::command().debug_assert();
        crate::pflag::adapt(super::Cli::command()).debug_assert();
    }
}
