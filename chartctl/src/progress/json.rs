//! The form for programs: one JSON object a line, `{"at":9.2,"event":"ready","object":{…}}`.
//!
//! `at` is the time since the start in seconds. Lines of a wait come when something has changed, never twice the same.
//! Names of events and fields stay; new ones may come.

use std::collections::BTreeMap;
use std::time::Duration;

use actions::{Change, Event};
use manifest::ObjectId;
use plan::{Pending, Skipped};
use serde_json::{Value, json};

/// What was told already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Json {
    waiting: BTreeMap<ObjectId, Value>,
}

impl Json {
    /// Returns the lines for an event, each with a newline; nothing for what programs need not know.
    pub(crate) fn line(&mut self, event: &Event, at: Duration) -> Option<String> {
        let told: Vec<Value> = match event {
            Event::Waiting { pending } => {
                pending.iter().filter_map(|pending| self.waiting(pending)).collect()
            }
            Event::WaitStarted { objects, .. } => {
                self.waiting.clear();
                vec![
                    json!({"event": "wait", "objects": objects.iter().map(object).collect::<Value>()}),
                ]
            }
            event => vec![told(event)?],
        };
        let seconds = json!((at.as_secs_f64() * 1000.0).round() / 1000.0);
        let mut text = String::new();
        for mut told in told {
            if let Some(fields) = told.as_object_mut() {
                fields.insert("at".to_owned(), seconds.clone());
            }
            text.extend([&told.to_string(), "\n"]);
        }
        Some(text)
    }

    /// Returns what an object lacks, unless that was told already.
    fn waiting(&mut self, pending: &Pending) -> Option<Value> {
        let pods: Value = pending
            .pods
            .iter()
            .map(|pod| json!({"name": pod.name, "state": pod.state, "ready": pod.ready}))
            .collect();
        let cause = pending.cause.as_ref().map(|cause| &cause.text);
        let told = json!({
            "event": "waiting", "object": object(&pending.object), "why": pending.why, "cause": cause, "pods": pods,
        });
        let known = self.waiting.insert(pending.object.clone(), told.clone());
        (known.as_ref() != Some(&told)).then_some(told)
    }
}

fn told(event: &Event) -> Option<Value> {
    Some(match event {
        Event::Rendered { objects } => json!({"event": "rendered", "objects": objects}),
        Event::Planned { action, from, to, summary } => json!({
            "event": "plan", "action": action.name(), "from": from, "to": to, "summary": summary.to_string(),
        }),
        Event::Settling { revision, holder } => {
            json!({"event": "settling", "revision": revision, "holder": holder})
        }
        Event::Settled { revision } => json!({"event": "settled", "revision": revision}),
        Event::NamespaceCreated { name } => json!({"event": "namespace", "name": name}),
        Event::Recorded { revision, status } => {
            json!({"event": "recorded", "revision": revision, "status": status.as_str()})
        }
        Event::Applied { object: id, change } => {
            let change = match change {
                Change::Created => "created",
                Change::Configured => "configured",
                Change::Unchanged => "unchanged",
            };
            json!({"event": "applied", "object": object(id), "change": change})
        }
        Event::Deleted { object: id } => json!({"event": "deleted", "object": object(id)}),
        Event::Left(skipped) => {
            let (id, why) = match skipped {
                Skipped::Kept { object } => (object, "kept"),
                Skipped::Foreign { object } => (object, "foreign"),
                Skipped::Elsewhere { object, .. } => (object, "elsewhere"),
            };
            json!({"event": "left", "object": object(id), "why": why})
        }
        Event::HookStarted { event, object: id } => {
            json!({"event": "hook-started", "hook": event.as_str(), "object": object(id)})
        }
        Event::HookFinished { event, object: id, succeeded } => {
            let hook = event.as_str();
            json!({"event": "hook-finished", "hook": hook, "object": object(id), "succeeded": succeeded})
        }
        Event::Ready { object: id } => json!({"event": "ready", "object": object(id)}),
        Event::Retrying { why } => json!({"event": "retrying", "why": why}),
        Event::Failed { why } => json!({"event": "failed", "why": why}),
        Event::RollingBack { to } => json!({"event": "rollback", "to": to}),
        Event::Warning(text) => json!({"event": "warning", "text": text}),
        _ => return None,
    })
}

fn object(id: &ObjectId) -> Value {
    json!({
        "apiVersion": id.gvk.api_version(), "kind": id.gvk.kind, "namespace": id.namespace, "name": id.name,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actions::Event;
    use manifest::{Gvk, ObjectId};
    use plan::Pending;

    use super::Json;

    #[test]
    fn programs_get_a_line_for_each_change() {
        let web = ObjectId::new(Gvk::new("apps", "v1", "Deployment"), Some("prod"), "web");
        let waiting = |why: &str| Event::Waiting { pending: vec![Pending::new(&web, why)] };
        let mut json = Json::default();
        let mut line = |event: &Event| json.line(event, Duration::from_millis(1500));
        let object =
            r#"{"apiVersion":"apps/v1","kind":"Deployment","name":"web","namespace":"prod"}"#;
        assert_eq!(
            line(&waiting("0/1 ready")).unwrap(),
            format!(
                "{{\"at\":1.5,\"cause\":null,\"event\":\"waiting\",\"object\":{object},\"pods\":[],\"why\":\"0/1 ready\"}}\n"
            )
        );
        assert_eq!(line(&waiting("0/1 ready")).unwrap(), "");
        assert!(line(&waiting("1/1 ready")).unwrap().contains("1/1 ready"));
        assert_eq!(
            line(&Event::Ready { object: web.clone() }).unwrap(),
            format!("{{\"at\":1.5,\"event\":\"ready\",\"object\":{object}}}\n")
        );
    }
}
