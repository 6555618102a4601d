//! The chart that a command was given: a folder, an archive, or the address of one.

use chart::{Chart, Limits};
use repo::{FetchOptions, Fetcher, Reference};

use crate::error::CliError;
use crate::failure;

/// Where a chart is.
#[derive(Clone, Debug)]
pub(crate) struct Source(Reference);

impl Source {
    /// Reads what a person named; what is on this machine must exist.
    pub(crate) fn locate(reference: &str) -> Result<Self, CliError> {
        Reference::parse(reference).map(Self).map_err(|error| failure::of(&error))
    }

    /// Returns whether it is on this machine.
    pub(crate) const fn is_local(&self) -> bool {
        matches!(self.0, Reference::Path(_))
    }

    /// Loads the chart. Only one from elsewhere needs the network, and with it a runtime.
    pub(crate) fn load(&self) -> Result<Chart, CliError> {
        match &self.0 {
            Reference::Path(path) => chart::load(path).map_err(|error| failure::of(&error)),
            Reference::Url(_) => crate::cli::block_on(self.fetch()),
        }
    }

    /// Loads the chart, with what it depends on and lies in folders beside it if `update` says so.
    pub(crate) fn load_whole(&self, update: bool) -> Result<Chart, CliError> {
        let chart = self.load()?;
        if !update {
            return Ok(chart);
        }
        let folder = match &self.0 {
            Reference::Path(path) => Some(path.as_path()).filter(|path| path.is_dir()),
            Reference::Url(_) => None,
        };
        super::dependency::local::complete(chart, folder)
    }

    async fn fetch(&self) -> Result<Chart, CliError> {
        // On a laptop a chart may come from the local network, as with Helm.
        let fetcher = Fetcher::new(FetchOptions::default()).map_err(|error| failure::of(&error))?;
        let loaded = repo::load(&self.0, &fetcher, None, &Limits::default()).await;
        Ok(loaded.map_err(|error| failure::of(&error))?.chart)
    }
}

/// Helm's flags about charts from elsewhere.
///
/// Of a chart on this machine they say nothing, in Helm neither. What they would change about a download is
/// not built yet, and is refused.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of Helm's")]
pub(crate) struct DownloadFlags {
    /// Take this version of a chart that is downloaded
    #[arg(long, hide = true, value_name = "VERSION")]
    version: Option<String>,
    /// Take versions that are not released, too
    #[arg(long, hide = true)]
    devel: bool,
    /// Take the chart from this repository
    #[arg(long, hide = true, value_name = "URL")]
    repo: Option<String>,
    /// Check the chart's signature
    #[arg(long, hide = true)]
    verify: bool,
    /// The keys that signatures are checked with
    #[arg(long, hide = true, value_name = "FILE")]
    keyring: Option<String>,
    /// Sign in with this name
    #[arg(long, hide = true, value_name = "NAME")]
    username: Option<String>,
    /// Sign in with this password
    #[arg(long, hide = true, value_name = "PASSWORD")]
    password: Option<String>,
    /// Identify with this certificate
    #[arg(long, hide = true, value_name = "FILE")]
    cert_file: Option<String>,
    /// The key of that certificate
    #[arg(long, hide = true, value_name = "FILE")]
    key_file: Option<String>,
    /// Trust the certificate authorities in this file
    #[arg(long, hide = true, value_name = "FILE")]
    ca_file: Option<String>,
    /// Do not check the certificate of the server
    #[arg(long, hide = true)]
    insecure_skip_tls_verify: bool,
    /// Download without encryption
    #[arg(long, hide = true)]
    plain_http: bool,
    /// Send name and password to all servers
    #[arg(long, hide = true)]
    pass_credentials: bool,
}

impl DownloadFlags {
    /// Finds the chart, once the flags say nothing that cannot be done.
    pub(crate) fn locate(&self, chart: &str) -> Result<Source, CliError> {
        self.check_repository()?;
        let source = Source::locate(chart)?;
        self.check(&source)?;
        Ok(source)
    }

    /// Returns an error for a flag that would change what is loaded and cannot yet.
    fn check(&self, source: &Source) -> Result<(), CliError> {
        if self.verify {
            return Err(unsupported("--verify", "signatures cannot be checked"));
        }
        match self.about_downloads() {
            Some(flag) if !source.is_local() => {
                Err(unsupported(flag, "charts are downloaded as their address names them"))
            }
            _ => Ok(()),
        }
    }

    /// Returns an error for `--repo`, with which the chart is no path.
    fn check_repository(&self) -> Result<(), CliError> {
        match self.repo.as_deref() {
            None | Some("") => Ok(()),
            Some(_) => Err(unsupported("--repo", "charts are not looked up in repositories")
                .hint("give the https:// address of the chart's .tgz")),
        }
    }

    /// Returns the first flag that says something about downloads.
    fn about_downloads(&self) -> Option<&'static str> {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let flags = [
            ("--version", given(&self.version)),
            ("--devel", self.devel),
            ("--keyring", given(&self.keyring)),
            ("--username", given(&self.username)),
            ("--password", given(&self.password)),
            ("--cert-file", given(&self.cert_file)),
            ("--key-file", given(&self.key_file)),
            ("--ca-file", given(&self.ca_file)),
            ("--insecure-skip-tls-verify", self.insecure_skip_tls_verify),
            ("--pass-credentials", self.pass_credentials),
        ];
        flags.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }
}

/// Returns the error of a flag of Helm's that does nothing yet.
pub(crate) fn unsupported(flag: &str, why: &str) -> CliError {
    CliError::input(format!("{flag} is not supported yet: {why}"))
}
