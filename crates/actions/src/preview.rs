//! What a plan would do to each object: the API server is asked what it would make of it, and nothing is stored.

use std::collections::BTreeMap;

use cluster::{ApiError, ApplyOptions, Cluster, is_replaceable};
use futures::stream::{self, StreamExt as _};
use manifest::{Object, ObjectId};
use plan::diff::{self, Class, Difference, Secrets};
use plan::{LiveObject, Plan, Step, Update};
use value::Value;

use crate::error::ActionError;

/// How many requests are under way at once.
const CONCURRENT: usize = 16;

/// One object before and after a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Previewed {
    /// Which object.
    pub id: ObjectId,
    /// As it is in the cluster.
    pub before: Option<Value>,
    /// As the server would have it; where it refuses, what was asked for.
    pub after: Option<Value>,
    /// What stands against it.
    pub against: Vec<Class>,
}

impl Previewed {
    /// Returns what differs, as it is shown.
    #[must_use]
    pub fn difference(&self, secrets: Secrets) -> Option<Difference> {
        let against = self.against.clone();
        diff::compare(&self.id, self.before.as_ref(), self.after.as_ref(), secrets, against)
    }
}

/// Returns every object that the plan applies or deletes, hooks left out, in the order of its steps.
pub async fn preview(cluster: &Cluster, plan: &Plan) -> Result<Vec<Previewed>, ActionError> {
    let applied: Vec<&Object> = plan.steps.iter().flat_map(applied).collect();
    let deleted: Vec<&ObjectId> = plan.steps.iter().flat_map(deleted).collect();
    let ids: Vec<ObjectId> =
        applied.iter().map(|object| &object.id).chain(deleted.iter().copied()).cloned().collect();
    let live = cluster.snapshot(&ids).await?;
    // Collected first: a stream that holds the closure could not move between threads.
    let requests: Vec<_> =
        applied.into_iter().map(|object| ask(cluster, plan, object, &live)).collect();
    let mut previews: Vec<Previewed> =
        stream::iter(requests).buffered(CONCURRENT).collect::<Vec<_>>().await;
    previews.extend(deleted.into_iter().map(|id| Previewed {
        id: id.clone(),
        before: live.get(id).map(|live| live.value.clone()),
        after: None,
        against: Vec::new(),
    }));
    Ok(previews)
}

fn applied(step: &Step) -> &[Object] {
    match step {
        Step::Apply { objects, .. } | Step::ApplyCrds { objects, .. } => objects,
        _ => &[],
    }
}

fn deleted(step: &Step) -> Vec<&ObjectId> {
    match step {
        Step::Delete { objects, .. } => objects.iter().map(|doomed| &doomed.id).collect(),
        _ => Vec::new(),
    }
}

/// Asks for one object. The fields of others are taken over in the question, so that the answer shows what was asked
/// for; whether that is a conflict is asked first.
async fn ask(
    cluster: &Cluster,
    plan: &Plan,
    object: &Object,
    live: &BTreeMap<ObjectId, LiveObject>,
) -> Previewed {
    let before = live.get(&object.id).map(|live| live.value.clone());
    let takes =
        plan.options.conflicts.force(plan.migrate) || plan.options.update == Update::Replace;
    let question = |force| ApplyOptions { force, dry_run: true, ..ApplyOptions::default() };
    let mut against = Vec::new();
    let mut answer = cluster.apply(object, &question(takes)).await;
    if let Err(ApiError::Conflicts { conflicts, .. }) = &answer {
        against.extend(conflicts.iter().map(|conflict| Class::Owned(conflict.to_string())));
        answer = cluster.apply(object, &question(true)).await;
    }
    let after = match answer {
        Ok(applied) => Some(applied.value),
        // What the plan itself makes first, a namespace or a definition, is not there yet.
        Err(ApiError::KindUnknown { .. } | ApiError::NotFound { .. }) => Some(object.value.clone()),
        Err(error) => {
            against.push(refusal(plan, object, &error));
            Some(wanted(before.as_ref(), &object.value))
        }
    };
    Previewed { id: object.id.clone(), before, after, against }
}

/// Returns the class of an object that the server refuses.
fn refusal(plan: &Plan, object: &Object, error: &ApiError) -> Class {
    let ApiError::Invalid { causes, immutable, message, .. } = error else {
        return Class::Blocked(error.to_string());
    };
    let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
    let why = if causes.is_empty() { message.clone() } else { causes.join("; ") };
    if *immutable && plan.options.update == Update::Replace && is_replaceable(&object.id) {
        return Class::Recreate(format!("deleted and made anew: {why}"));
    }
    Class::Blocked(why)
}

/// Returns the live object with what is asked for laid over it, where the server does not say how it would be.
fn wanted(before: Option<&Value>, object: &Value) -> Value {
    before.map_or_else(|| object.clone(), |before| value::merge(before, object))
}
