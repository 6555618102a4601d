//! Where records are kept, as `HELM_DRIVER` says.

use std::path::PathBuf;

use cluster::Driver;
use cluster::storage::Memory;

use crate::cli::Environment;
use crate::error::CliError;

/// Which driver the environment asks for, before anything is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// Secrets.
    Secrets,
    /// `ConfigMaps`.
    ConfigMaps,
    /// Memory, filled from these files.
    Memory(Vec<PathBuf>),
    /// A database.
    Sql,
    /// No driver at all.
    Unknown(String),
}

impl Chosen {
    /// Reads `HELM_DRIVER` and, for memory, `HELM_MEMORY_DRIVER_DATA`: files with `:` between them.
    pub(crate) fn from_env(env: &Environment) -> Self {
        match env.get("HELM_DRIVER").unwrap_or("secret") {
            "secret" | "secrets" => Self::Secrets,
            "configmap" | "configmaps" => Self::ConfigMaps,
            "memory" => {
                let files = env.get("HELM_MEMORY_DRIVER_DATA").unwrap_or_default();
                let files =
                    std::env::split_paths(files).filter(|file| !file.as_os_str().is_empty());
                Self::Memory(files.collect())
            }
            "sql" => Self::Sql,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// Returns the driver; that of memory is filled.
    pub(crate) fn open(&self) -> Result<Driver, CliError> {
        match self {
            Self::Secrets => Ok(Driver::Secrets),
            Self::ConfigMaps => Ok(Driver::ConfigMaps),
            Self::Memory(files) => memory(files).map(Driver::Memory),
            Self::Sql => Err(CliError::input(
                "HELM_DRIVER=sql: chartctl keeps records in the cluster and has no SQL driver",
            )
            .hint(
                "to move a release, read its records with Helm ('helm get all NAME') and install it anew with \
                 HELM_DRIVER unset and --take-ownership; its objects stay as they are",
            )),
            Self::Unknown(name) => Err(CliError::input(format!("unknown driver {name:?}"))
                .hint("HELM_DRIVER can be secret (the default), configmap and memory")),
        }
    }
}

fn memory(files: &[PathBuf]) -> Result<Memory, CliError> {
    let memory = Memory::default();
    for file in files {
        let failed = |why: &dyn std::fmt::Display| {
            CliError::input(format!("HELM_MEMORY_DRIVER_DATA: {}: {why}", file.display()))
        };
        let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
        memory.load(&text).map_err(|error| failed(&error))?;
    }
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_spelled_as_in_helm() {
        let check = |name: &str, expected: &Chosen| {
            assert_eq!(Chosen::from_env(&Environment::of(&[("HELM_DRIVER", name)])), *expected);
        };
        check("", &Chosen::Secrets);
        check("secret", &Chosen::Secrets);
        check("secrets", &Chosen::Secrets);
        check("configmap", &Chosen::ConfigMaps);
        check("configmaps", &Chosen::ConfigMaps);
        check("memory", &Chosen::Memory(Vec::new()));
        check("sql", &Chosen::Sql);
        check("ConfigMap", &Chosen::Unknown("ConfigMap".to_owned()));
        let error = Chosen::Unknown("x".to_owned()).open().unwrap_err();
        assert_eq!(error.to_string(), "unknown driver \"x\"");
        assert!(Chosen::Sql.open().is_err());
    }

    #[test]
    fn memory_is_filled_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "- name: web\n  version: 1\n").unwrap();
        let variables =
            [("HELM_DRIVER", "memory"), ("HELM_MEMORY_DRIVER_DATA", file.to_str().unwrap())];
        let chosen = Chosen::from_env(&Environment::of(&variables));
        assert!(matches!(chosen.open(), Ok(Driver::Memory(_))));
        std::fs::write(&file, "web\n").unwrap();
        assert!(chosen.open().unwrap_err().to_string().contains("a.yaml"));
    }
}
