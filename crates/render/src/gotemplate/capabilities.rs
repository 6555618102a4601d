//! `.Capabilities`: what the cluster can do, and which Helm the templates believe to be run by.

use std::any::Any;
use std::sync::Arc;

use gotmpl::{Args, Call, CallError, List, Named, Object, Signature, Type, Value};

use crate::{Capabilities, KubeVersion};

static CAPABILITIES: Named = Named { name: "*common.Capabilities", under: Type::Pointer };
static KUBE_VERSION: Named = Named { name: "common.KubeVersion", under: Type::Struct };
static VERSION_SET: Named = Named { name: "common.VersionSet", under: Type::STRINGS };
static BUILD_INFO: Named = Named { name: "version.BuildInfo", under: Type::Struct };

/// Returns the object that templates see.
pub(super) fn of(capabilities: &Capabilities) -> Value {
    let versions = capabilities.api_versions.iter().map(|version| Value::from(version.as_str()));
    object(Pointer([
        ("KubeVersion", object(Version(capabilities.kube_version.clone()))),
        ("APIVersions", object(Versions(List::typed(Type::STRINGS, versions.collect())))),
        ("HelmVersion", object(BuildInfo)),
    ]))
}

fn object(object: impl Object) -> Value {
    Value::Object(Arc::new(object))
}

fn find(fields: &[(&'static str, Value)], name: &str) -> Option<Value> {
    fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

struct Pointer([(&'static str, Value); 3]);

impl Object for Pointer {
    fn go_type(&self) -> Type {
        Type::Named(&CAPABILITIES)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        find(&self.0, name)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        self.0.to_vec()
    }
}

struct Version(KubeVersion);

impl Object for Version {
    fn go_type(&self) -> Type {
        Type::Named(&KUBE_VERSION)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        find(&self.fields(), name).filter(|_| name.starts_with(char::is_uppercase))
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::from(text);
        vec![
            ("Version", text(&self.0.version)),
            ("normalizedVersion", text(&self.0.normalised())),
            ("Major", text(&self.0.major)),
            ("Minor", text(&self.0.minor)),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        matches!(name, "GitVersion" | "String").then(|| Signature::new(&[], Type::String))
    }

    fn call(&self, name: &str, _: &mut Call<'_, '_>, _: &Args<'_>) -> Result<Value, CallError> {
        Ok(match name {
            "GitVersion" => Value::from(self.0.version.as_str()),
            _ => Value::from(self.0.normalised()),
        })
    }

    fn text_by_address(&self) -> Option<String> {
        Some(self.0.normalised())
    }
}

struct Versions(List);

impl Object for Versions {
    fn go_type(&self) -> Type {
        Type::Named(&VERSION_SET)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "Has").then(|| Signature::new(&[Type::String], Type::Bool))
    }

    fn call(&self, _: &str, _: &mut Call<'_, '_>, args: &Args<'_>) -> Result<Value, CallError> {
        let wanted = args.bytes(0);
        let has = self.0.items().iter().any(|version| version.as_text() == Some(wanted));
        Ok(Value::from(has))
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::List(self.0.clone()))
    }
}

/// The build of Helm that charts are told: charts ask for its version, so it is that of the Helm whose
/// output is matched.
struct BuildInfo;

impl Object for BuildInfo {
    fn go_type(&self) -> Type {
        Type::Named(&BUILD_INFO)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        find(&self.fields(), name)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::from(text);
        vec![
            ("Version", text("v4.3.1")),
            ("GitCommit", text("")),
            ("GitTreeState", text("")),
            ("GoVersion", text("go1.26.8")),
            ("KubeClientVersion", text("v1.37")),
        ]
    }

    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        let names =
            ["version", "git_commit", "git_tree_state", "go_version", "kube_client_version"];
        let shown = names.into_iter().zip(self.fields()).map(|(name, (_, value))| (name, value));
        shown.filter(|(_, value)| value.as_str() != Some("")).collect()
    }
}
