//! The sentences Helm writes into `info.description`.

/// Of a pending install.
pub const INSTALLING: &str = "Initial install underway";
/// Of a finished install.
pub const INSTALLED: &str = "Install complete";
/// Of a pending upgrade.
pub const UPGRADING: &str = "Preparing upgrade";
/// Of a finished upgrade.
pub const UPGRADED: &str = "Upgrade complete";
/// While an uninstall deletes, and after it could not.
pub const UNINSTALLING: &str = "Deletion in progress (or silently failed)";
/// Of an uninstalled release that is kept on record.
pub const UNINSTALLED: &str = "Uninstallation complete";
/// Of a record that an install under the same name replaces.
pub const REPLACED: &str = "superseded by new release";
/// Of a dry run.
pub const DRY_RUN: &str = "Dry run complete";

/// Returns what a rollback to `version` says while it runs and when it is done.
#[must_use]
pub fn rolling_back(version: u32) -> String {
    format!("Rollback to {version}")
}

/// Returns what a failed install says, and a rollback that waited in vain.
#[must_use]
pub fn install_failed(name: &str, why: &str) -> String {
    format!("Release {} failed: {why}", value::quote(name))
}

/// Returns what a failed upgrade says.
#[must_use]
pub fn upgrade_failed(name: &str, why: &str) -> String {
    format!("Upgrade {} failed: {why}", value::quote(name))
}

/// Returns what a rollback says that could not be applied.
#[must_use]
pub fn rollback_failed(name: &str, why: &str) -> String {
    format!("Rollback {} failed: {why}", value::quote(name))
}
