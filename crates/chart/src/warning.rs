//! What Helm logs about a chart and its values.

/// Something worth telling the person that does not stop the work. Helm 4.3 writes a log line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// How much Helm makes of it.
    pub level: Level,
    /// Helm's message, the same for all of its kind.
    pub message: String,
    /// What it is about: names, never values.
    pub facts: Vec<(&'static str, String)>,
}

/// How much a warning matters to Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Probably a mistake.
    Warn,
}

impl Warning {
    /// Returns a message without facts that Helm calls an information.
    #[must_use]
    pub fn info(message: impl Into<String>) -> Self {
        Self { level: Level::Info, message: message.into(), facts: Vec::new() }
    }

    /// Returns a message that Helm calls a warning.
    #[must_use]
    pub fn warn(message: impl Into<String>, facts: Vec<(&'static str, String)>) -> Self {
        Self { level: Level::Warn, message: message.into(), facts }
    }
}

/// Prints a line for people, who are told elsewhere that it is a warning.
impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = self.message.strip_prefix("warning: ").unwrap_or(&self.message);
        f.write_str(message)?;
        for (place, (name, fact)) in self.facts.iter().enumerate() {
            write!(f, "{}{name}={fact}", if place == 0 { ": " } else { " " })?;
        }
        Ok(())
    }
}
