//! What is waited for, and what is known about why.

use std::fmt;

use manifest::ObjectId;
use manifest::ready::Trouble;

/// An object that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which object.
    pub object: ObjectId,
    /// What it lacks, in a sentence for people.
    pub why: String,
    /// What keeps it from getting there, where somebody has looked.
    pub cause: Option<Cause>,
    /// Its Pods, where somebody has looked.
    pub pods: Vec<PodState>,
}

impl Pending {
    /// Returns an object of which nothing more is known.
    #[must_use]
    pub fn new(object: &ObjectId, why: impl Into<String>) -> Self {
        Self { object: object.clone(), why: why.into(), cause: None, pods: Vec::new() }
    }
}

/// Prints what the object lacks, and the cause in brackets where it is known. There is nothing of logs in it.
impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match &self.cause {
            // A Pod that is waited for says the same of itself.
            Some(cause) if !cause.text.ends_with(&self.why) => write!(f, " ({})", cause.text),
            _ => Ok(()),
        }
    }
}

/// How a Pod of an object is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodState {
    /// Its name.
    pub name: String,
    /// How it is doing, in a few words.
    pub state: String,
    /// Whether it is ready or done.
    pub ready: bool,
    /// Whether something keeps it from getting there.
    pub troubled: bool,
}

/// What keeps an object from becoming ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A sentence that names the Pod and the container, where it is theirs.
    pub text: String,
    /// The trouble behind it, as far as it is one that is known.
    pub trouble: Option<Box<Trouble>>,
    /// What was found out about it when waiting was given up.
    pub evidence: Option<Box<Evidence>>,
}

impl From<Trouble> for Cause {
    fn from(trouble: Trouble) -> Self {
        Self { text: trouble.text.clone(), trouble: Some(Box::new(trouble)), evidence: None }
    }
}

/// What a person needs to see to believe it. It is for the eyes of who asked, never for records or status.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The Pod at fault.
    pub pod: Option<String>,
    /// Its container.
    pub container: Option<String>,
    /// The container's image.
    pub image: Option<String>,
    /// The exit code of the container's last run.
    pub exit_code: Option<i64>,
    /// The container's last log lines.
    pub log: Vec<String>,
    /// The event that tells of it.
    pub event: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Shows no line of the log.
impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("pod", &self.pod)
            .field("container", &self.container)
            .field("image", &self.image)
            .field("exit_code", &self.exit_code)
            .field("log", &format_args!("{} lines", self.log.len()))
            .field("event", &self.event)
            .field("hint", &self.hint)
            .finish()
    }
}
