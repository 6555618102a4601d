//! Our finalizer. kube's own helper takes it off as soon as a cleanup returns, which does not fit a cleanup of
//! many looks; so it is a JSON patch with a test on the list it changes.

use api::{FIELD_MANAGER, FINALIZER, Release};
use kube::api::{Api, Patch, PatchParams};
use kube::core::Status;
use serde_json::{Value, json};

/// Puts the finalizer on.
pub async fn add(api: &Api<Release>, release: &Release) -> Result<(), kube::Error> {
    send(api, release, adding(release)).await
}

/// Takes the finalizer off. An object that is gone already is as good.
pub async fn remove(api: &Api<Release>, release: &Release) -> Result<(), kube::Error> {
    match send(api, release, removing(release)).await {
        Err(kube::Error::Api(status)) if is_gone(&status) => Ok(()),
        result => result,
    }
}

async fn send(
    api: &Api<Release>,
    release: &Release,
    patch: Option<Value>,
) -> Result<(), kube::Error> {
    let Some(patch) = patch else { return Ok(()) };
    let name = release.metadata.name.as_deref().unwrap_or_default();
    let patch: json_patch::Patch =
        serde_json::from_value(patch).map_err(kube::Error::SerdeError)?;
    let params =
        PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    api.patch_metadata(name, &params, &Patch::Json::<()>(patch)).await?;
    Ok(())
}

fn is_gone(status: &Status) -> bool {
    status.code == 404
}

/// The patch that adds; nothing if it is there.
fn adding(release: &Release) -> Option<Value> {
    let finalizers = release.metadata.finalizers.clone().unwrap_or_default();
    if finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return None;
    }
    let test = same_object(release);
    Some(if finalizers.is_empty() {
        json!([test, {"op": "add", "path": "/metadata/finalizers", "value": [FINALIZER]}])
    } else {
        json!([
            test,
            {"op": "test", "path": "/metadata/finalizers", "value": finalizers},
            {"op": "add", "path": "/metadata/finalizers/-", "value": FINALIZER},
        ])
    })
}

/// The patch that removes; nothing if it is not there.
fn removing(release: &Release) -> Option<Value> {
    let finalizers = release.metadata.finalizers.as_deref().unwrap_or_default();
    let place = finalizers.iter().position(|finalizer| finalizer == FINALIZER)?;
    let path = format!("/metadata/finalizers/{place}");
    Some(json!([
        same_object(release),
        {"op": "test", "path": path, "value": FINALIZER},
        {"op": "remove", "path": path},
    ]))
}

/// A successor of the same name is not touched.
fn same_object(release: &Release) -> Value {
    json!({"op": "test", "path": "/metadata/uid", "value": release.metadata.uid})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(finalizers: &[&str]) -> Release {
        serde_json::from_value(json!({
            "apiVersion": "chartctl.dev/v1alpha1",
            "kind": "Release",
            "metadata": {"name": "web", "uid": "u", "finalizers": finalizers},
            "spec": {"chart": {"url": "https://example.com/web.tgz"}},
        }))
        .unwrap()
    }

    fn check(patch: Option<Value>, expected: &str) {
        let text = patch.map_or_else(String::new, |patch| {
            let operations = patch.as_array().unwrap().iter().skip(1);
            let word = |operation: &Value| {
                format!(
                    "{} {}",
                    operation["op"].as_str().unwrap(),
                    operation["path"].as_str().unwrap()
                )
            };
            operations.map(word).collect::<Vec<_>>().join(", ")
        });
        assert_eq!(text, expected);
    }

    #[test]
    fn adding_keeps_what_others_have_put_there() {
        check(adding(&release(&[])), "add /metadata/finalizers");
        check(adding(&release(&["a/b"])), "test /metadata/finalizers, add /metadata/finalizers/-");
        check(adding(&release(&[FINALIZER])), "");
    }

    #[test]
    fn removing_takes_only_ours() {
        check(removing(&release(&[])), "");
        check(removing(&release(&["a/b"])), "");
        check(
            removing(&release(&["a/b", FINALIZER])),
            "test /metadata/finalizers/1, remove /metadata/finalizers/1",
        );
    }
}
