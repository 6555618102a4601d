//! Something bad at a chosen step, so that tests can see what comes of it. Without the variable it is inert.

use std::str::FromStr;
use std::time::Duration;

use plan::Plan;

/// How long a delay takes.
const DELAY: Duration = Duration::from_secs(5);

/// Where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failpoint {
    /// The name of a step such as `apply`, or with the action in front: `rollback/apply`.
    step: String,
    moment: Moment,
    deed: Deed,
}

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the step is done.
    Before,
    /// After it is done and before that is recorded.
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Exit,
    Error,
    Delay,
}

/// The error of a failpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed on purpose")]
pub struct OnPurpose;

impl Failpoint {
    /// Does what it is for, if this is the place.
    pub async fn reach(&self, plan: &Plan, step: &str, moment: Moment) -> Result<(), OnPurpose> {
        let full = format!("{}/{step}", plan.action.name());
        if self.moment != moment || (self.step != step && self.step != full) {
            return Ok(());
        }
        tracing::warn!(step, "failpoint reached");
        match self.deed {
            // As SIGKILL would: nothing is flushed, nothing is released.
            Deed::Exit => std::process::abort(),
            Deed::Error => Err(OnPurpose),
            Deed::Delay => {
                tokio::time::sleep(DELAY).await;
                Ok(())
            }
        }
    }
}

impl FromStr for Failpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("expected <step>:<before|after>:<exit|error|delay>, got {text:?}");
        let mut parts = text.split(':');
        let (Some(step), Some(moment), Some(deed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let moment = match moment {
            "before" => Moment::Before,
            "after" => Moment::After,
            _ => return Err(bad()),
        };
        let deed = match deed {
            "exit" => Deed::Exit,
            "error" => Deed::Error,
            "delay" => Deed::Delay,
            _ => return Err(bad()),
        };
        Ok(Self { step: step.to_owned(), moment, deed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failpoints_are_read() {
        let read: Failpoint = "apply:after:exit".parse().unwrap();
        let expected =
            Failpoint { step: "apply".to_owned(), moment: Moment::After, deed: Deed::Exit };
        assert_eq!(read, expected);
        for text in
            ["", "apply", "apply:after", "apply:during:exit", "apply:after:sing", "a:after:exit:b"]
        {
            assert!(text.parse::<Failpoint>().is_err(), "{text}");
        }
    }
}
