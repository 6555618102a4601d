//! The commands, one file each: an `Args` whose doc comments are the help, and a `run`.

mod apply_plan;
mod completion;
mod dag;
mod dependency;
mod deploy;
mod describe;
mod diff;
mod drift;
mod env;
mod explain;
mod get;
mod history;
mod install;
mod lint;
mod list;
mod package;
mod plan_file;
mod records;
mod rollback;
mod show;
mod source;
mod status;
mod template;
mod test;
mod uninstall;
mod upgrade;
mod version;

use crate::cli::Context;
use crate::error::CliError;

/// What can be done.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    ApplyPlan(apply_plan::Args),
    Completion(completion::Args),
    Dag(Box<dag::Args>),
    #[command(visible_aliases = ["dep", "dependencies"])]
    Dependency(dependency::Args),
    Diff(diff::Args),
    Drift(drift::Args),
    Env(env::Args),
    Explain(explain::Args),
    Get(get::Args),
    #[command(visible_alias = "hist")]
    History(history::Args),
    Install(Box<install::Args>),
    Lint(lint::Args),
    #[command(visible_alias = "ls")]
    List(list::Args),
    Package(package::Args),
    Rollback(rollback::Args),
    #[command(visible_alias = "inspect")]
    Show(show::Args),
    Status(status::Args),
    Template(Box<template::Args>),
    Test(test::Args),
    #[command(visible_aliases = ["del", "delete", "un"])]
    Uninstall(uninstall::Args),
    Upgrade(Box<upgrade::Args>),
    Version(version::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self, context: &Context) -> Result<(), CliError> {
        match self {
            Self::ApplyPlan(args) => args.run(context),
            Self::Completion(args) => args.run(context),
            Self::Dag(args) => args.run(context),
            Self::Dependency(args) => args.run(context),
            Self::Diff(args) => args.run(context),
            Self::Drift(args) => args.run(context),
            Self::Env(args) => args.run(context),
            Self::Explain(args) => args.run(context),
            Self::Get(args) => args.run(context),
            Self::History(args) => args.run(context),
            Self::Install(args) => args.run(context),
            Self::Lint(args) => args.run(context),
            Self::List(args) => args.run(context),
            Self::Package(args) => args.run(context),
            Self::Rollback(args) => args.run(context),
            Self::Show(args) => args.run(context),
            Self::Status(args) => args.run(context),
            Self::Template(args) => args.run(context),
            Self::Test(args) => args.run(context),
            Self::Uninstall(args) => args.run(context),
            Self::Upgrade(args) => args.run(context),
            Self::Version(args) => args.run(context),
        }
    }
}
