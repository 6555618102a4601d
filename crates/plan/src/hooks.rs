//! The steps that hooks make: one after the other, by weight and name.

use manifest::hook::execution_order;
use manifest::{DeletePolicy, Hook, HookEvent, Object, Scopes, policy};

use crate::step::HookDeletion;
use crate::{Request, Step};

/// Appends the steps of all hooks for `event`.
pub(crate) fn steps(steps: &mut Vec<Step>, request: &Request, scopes: &Scopes, event: HookEvent) {
    if !request.options.hooks {
        return;
    }
    let hooks: Vec<_> = execution_order(&request.hooks, event)
        .into_iter()
        .filter_map(|place| {
            let hook = request.hooks.get(place)?;
            let object = hook.object.with_namespace(scopes, &request.target.namespace);
            Some((place, hook, policy::applicable(&object)))
        })
        .collect();
    for (place, hook, object) in &hooks {
        run(steps, *place, hook, object, event);
    }
    for (place, hook, object) in hooks.iter().rev() {
        if hook.deletes(&DeletePolicy::HookSucceeded) {
            steps.push(Step::DeleteHook {
                event,
                hook: *place,
                id: object.id.clone(),
                when: HookDeletion::After,
            });
        }
    }
}

fn run(steps: &mut Vec<Step>, place: usize, hook: &Hook, object: &Object, event: HookEvent) {
    let id = &object.id;
    if hook.deletes(&DeletePolicy::BeforeHookCreation) {
        let when = HookDeletion::Before;
        steps.push(Step::DeleteHook { event, hook: place, id: id.clone(), when });
        steps.push(Step::AwaitGone { objects: vec![id.clone()], batch: 0 });
    }
    steps.push(Step::RunHook { event, hook: place, object: object.clone() });
    steps.push(Step::AwaitHook { event, hook: place, id: id.clone() });
    steps.push(Step::FinishHook { event, hook: place, succeeded: true });
}
