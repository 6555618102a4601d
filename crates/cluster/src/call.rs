//! What was asked of the API server: every error names its call.

use std::fmt;

use manifest::{Gvk, ObjectId};

/// What a request does, in the words of RBAC but for [`Verb::Apply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Reads one object.
    Get,
    /// Reads a collection.
    List,
    /// Follows a collection.
    Watch,
    /// Makes an object that must not exist.
    Create,
    /// Server-side apply; RBAC knows it as `patch`, and `create` for an object that does not exist.
    Apply,
    /// Replaces an object.
    Update,
    /// Changes parts of an object.
    Patch,
    /// Deletes an object.
    Delete,
    /// Asks which kinds the server serves, or its version.
    Discover,
}

impl Verb {
    /// Returns the verb that a role must grant.
    #[must_use]
    pub const fn rbac(self) -> &'static str {
        match self {
            Self::Get | Self::Discover => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Apply | Self::Patch => "patch",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Returns the word for messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Apply => "apply",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Discover => "discover",
        }
    }
}

/// One request as a person would name it: `apply Deployment prod/web`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it does.
    pub verb: Verb,
    /// Group, version and kind of what it is about.
    pub gvk: Gvk,
    /// The plural in the address, such as `deployments`; empty where none is involved.
    pub resource: String,
    /// Namespace; `None` for cluster-scoped objects and for collections over all namespaces.
    pub namespace: Option<String>,
    /// Name; empty for collections and for names that the server makes up.
    pub name: String,
}

impl Call {
    /// Returns a call about one object.
    #[must_use]
    pub fn on(verb: Verb, id: &ObjectId, resource: &str) -> Self {
        Self {
            verb,
            gvk: id.gvk.clone(),
            resource: resource.to_owned(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        }
    }

    /// Returns a call about a collection.
    #[must_use]
    pub fn over(verb: Verb, gvk: &Gvk, resource: &str, namespace: Option<&str>) -> Self {
        Self::on(verb, &ObjectId::new(gvk.clone(), namespace, ""), resource)
    }

    /// Returns a call for something that is no object: discovery, the version.
    #[must_use]
    pub fn discover(what: &str) -> Self {
        Self::on(Verb::Discover, &ObjectId::new(Gvk::new("", "", what), None, ""), "")
    }

    /// Returns the plural with its group, as roles name it: `deployments.apps`.
    #[must_use]
    pub fn group_resource(&self) -> String {
        if self.gvk.group.is_empty() {
            self.resource.clone()
        } else {
            format!("{}.{}", self.resource, self.gvk.group)
        }
    }

    /// Returns whether bodies and messages of this call may hold a Secret's data.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.gvk.is("", "Secret")
    }
}

/// Prints the verb and the object.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.verb.word())?;
        match (self.verb, &self.namespace) {
            (Verb::Discover, _) => f.write_str(&self.gvk.kind),
            (Verb::List | Verb::Watch, namespace) if self.name.is_empty() => {
                f.write_str(&self.group_resource())?;
                match namespace {
                    Some(namespace) => write!(f, " in namespace {namespace}"),
                    None => Ok(()),
                }
            }
            (_, namespace) => {
                let id = ObjectId::new(self.gvk.clone(), namespace.as_deref(), self.name.as_str());
                write!(f, "{id}")
            }
        }
    }
}
