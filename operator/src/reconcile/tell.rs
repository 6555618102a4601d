//! Writing the status, only if it has changed, and telling events.

use std::time::Duration;

use api::{FIELD_MANAGER, Release, ReleaseStatus};
use jiff::Timestamp;
use kube::Resource as _;
use kube::api::{Patch, PatchParams};
use kube::core::Status;
use kube::runtime::events::Event;
use serde_json::json;

use super::gather::sorted;
use super::{Error, Look, REQUEST};
use crate::status::{self, About, Notice, Outcome};

impl Look<'_> {
    /// Puts the outcome into the status, writes that if it is another one, and tells what there is to tell.
    pub(super) async fn tell(&mut self, outcome: &Outcome, write: bool) -> Result<(), Error> {
        let facts = self.memory.known.as_ref().map(sorted);
        let about = About {
            release: self.release,
            facts: facts.as_deref(),
            chart: None,
            tokens: None,
            now: Timestamp::now(),
        };
        let (status, notices) = status::next(&self.status, outcome, &about);
        self.status = status;
        for notice in notices {
            self.publish(notice).await;
        }
        if write {
            self.save().await?;
        }
        self.context.metrics.show(self.release, &self.status);
        Ok(())
    }

    /// Writes the status, if it is not as it was last written.
    pub(super) async fn save(&mut self) -> Result<(), Error> {
        let written = self.memory.status.as_ref().or(self.release.status.as_ref());
        let nothing = written.is_none() && self.status == ReleaseStatus::default();
        if nothing || written == Some(&self.status) {
            self.memory.status = Some(self.status.clone());
            return Ok(());
        }
        if !self.context.is_leading() {
            return Ok(());
        }
        let patch = json!({
            "apiVersion": Release::api_version(&()),
            "kind": Release::kind(&()),
            "metadata": {"name": self.name.name, "uid": self.release.metadata.uid},
            "status": self.status,
        });
        let params = PatchParams::apply(FIELD_MANAGER).force();
        let patch = Patch::Apply(&patch);
        let api = self.api.clone();
        let name = self.name.name.clone();
        let written = tokio::time::timeout(REQUEST, api.patch_status(&name, &params, &patch)).await;
        match written.map_err(|_| Error::NoAnswer)? {
            Ok(_) => {}
            // The object went away while we looked.
            Err(kube::Error::Api(status)) if is_gone(&status) => {}
            Err(error) => return Err(Error::Write(error)),
        }
        self.memory.status = Some(self.status.clone());
        Ok(())
    }

    pub(super) async fn publish(&self, notice: Notice) {
        let event = Event {
            type_: notice.kind,
            reason: notice.reason,
            note: Some(notice.message),
            action: notice.action.to_owned(),
            secondary: None,
        };
        let reference = self.release.object_ref(&());
        let recorder = self.context.recorder();
        let sent = recorder.publish(&event, &reference);
        match tokio::time::timeout(REQUEST, sent).await {
            Ok(Ok(())) => {}
            // An event more or less is no reason to stop.
            Ok(Err(error)) => {
                tracing::warn!(%error, reason = event.reason, "an event was not recorded");
            }
            Err(_) => tracing::warn!(reason = event.reason, "no answer while recording an event"),
        }
    }

    pub(super) async fn write(
        &self,
        request: impl Future<Output = Result<(), kube::Error>>,
    ) -> Result<(), Error> {
        if !self.context.is_leading() {
            return Ok(());
        }
        let answer = tokio::time::timeout(REQUEST, request).await.map_err(|_| Error::NoAnswer)?;
        answer.map_err(Error::Write)
    }

    /// The interval give or take a tenth, always the same for one Release.
    pub(super) fn interval(&self) -> Duration {
        let uid = self.release.metadata.uid.as_deref().unwrap_or_default();
        let spread =
            uid.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.release.spec.interval.get().saturating_mul(90 + spread % 21) / 100
    }
}

fn is_gone(status: &Status) -> bool {
    status.code == 404 || (status.code == 409 && status.message.contains("uid"))
}
