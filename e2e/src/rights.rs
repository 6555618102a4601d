//! Rights: roles that tests grant, and service accounts to grant them to.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use kube::api::PostParams;
use kube::core::ObjectMeta;
use kube::{Api, Client, ResourceExt as _};

use crate::cluster::Cluster;

const RBAC: &str = "rbac.authorization.k8s.io";
/// How long the tokens of service accounts are good for.
const TOKEN_SECONDS: i64 = 6 * 60 * 60;
/// How long the authorizer may take to learn of a new role.
const EFFECTIVE: Duration = Duration::from_secs(20);
/// How often it is asked; it offers nothing to watch.
const ASK: Duration = Duration::from_millis(20);

/// A service account that can sign in.
#[derive(Debug, Clone)]
pub struct Account {
    /// What roles are bound to.
    pub subject: Subject,
    /// Signs in as the account, by a token of the `TokenRequest` API.
    pub kubeconfig: PathBuf,
}

impl Cluster {
    /// Makes the service account `name` in `namespace`, with a token that is good for six hours.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<Account> {
        let client = self.client().await?;
        let account = ServiceAccount { metadata: named(name), ..ServiceAccount::default() };
        Api::namespaced(client.clone(), namespace)
            .create(&PostParams::default(), &account)
            .await
            .with_context(|| format!("making the service account {namespace}/{name}"))?;
        let token = account_token(&client, namespace, name).await?;
        let kubeconfig = self.kubeconfigs().token(&format!("{namespace}-{name}"), &token)?;
        Ok(Account { subject: service_account(namespace, name), kubeconfig })
    }
}

/// Allows `rules` to `subject` in `namespace`, and returns when the API server knows it.
pub async fn grant(
    client: &Client,
    subject: &Subject,
    namespace: &str,
    rules: &[PolicyRule],
) -> Result<()> {
    let role = Role { metadata: generated(), rules: Some(rules.to_vec()) };
    let role = Api::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &role)
        .await
        .context("making a role")?;
    let binding = RoleBinding {
        metadata: generated(),
        role_ref: role_ref("Role", role.name_any()),
        subjects: Some(vec![subject.clone()]),
    };
    Api::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &binding)
        .await
        .context("binding a role")?;
    await_effect(client, subject, Some(namespace), rules).await
}

/// Allows `rules` to `subject` in all namespaces and for what has none, and returns when the API
/// server knows it. The role outlives the test's namespace.
pub async fn grant_everywhere(
    client: &Client,
    subject: &Subject,
    rules: &[PolicyRule],
) -> Result<()> {
    let role =
        ClusterRole { metadata: generated(), rules: Some(rules.to_vec()), aggregation_rule: None };
    let role = Api::<ClusterRole>::all(client.clone())
        .create(&PostParams::default(), &role)
        .await
        .context("making a cluster role")?;
    let binding = ClusterRoleBinding {
        metadata: generated(),
        role_ref: role_ref("ClusterRole", role.name_any()),
        subjects: Some(vec![subject.clone()]),
    };
    Api::<ClusterRoleBinding>::all(client.clone())
        .create(&PostParams::default(), &binding)
        .await
        .context("binding a cluster role")?;
    await_effect(client, subject, None, rules).await
}

/// A rule that allows `verbs` on `resources` of the API `groups`; the core group is `""`, and `"*"`
/// is all of them.
#[must_use]
pub fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> PolicyRule {
    PolicyRule {
        api_groups: Some(owned(groups)),
        resources: Some(owned(resources)),
        verbs: owned(verbs),
        ..PolicyRule::default()
    }
}

/// The subject that stands for a service account.
#[must_use]
pub fn service_account(namespace: &str, name: &str) -> Subject {
    Subject {
        kind: "ServiceAccount".to_owned(),
        name: name.to_owned(),
        namespace: Some(namespace.to_owned()),
        api_group: None,
    }
}

/// Asks for a token of a service account.
pub(crate) async fn account_token(client: &Client, namespace: &str, name: &str) -> Result<String> {
    let request = TokenRequest {
        spec: Some(TokenRequestSpec {
            expiration_seconds: Some(TOKEN_SECONDS),
            ..TokenRequestSpec::default()
        }),
        ..TokenRequest::default()
    };
    let answer = Api::<ServiceAccount>::namespaced(client.clone(), namespace)
        .create_token_request(name, &PostParams::default(), &request)
        .await
        .with_context(|| format!("asking for a token of {namespace}/{name}"))?;
    let token = answer.status.and_then(|status| status.token);
    token.context("the answer to a TokenRequest has no token")
}

/// Asks until the authorizer, which learns of roles by a watch of its own, allows all of `rules`.
async fn await_effect(
    client: &Client,
    subject: &Subject,
    namespace: Option<&str>,
    rules: &[PolicyRule],
) -> Result<()> {
    let asked = async {
        for question in rules.iter().filter_map(|rule| questions(rule, namespace)) {
            let mut ticks = tokio::time::interval(ASK);
            while !is_allowed(client, subject, question.clone()).await? {
                ticks.tick().await;
            }
        }
        Ok(())
    };
    match tokio::time::timeout(EFFECTIVE, asked).await {
        Ok(outcome) => outcome,
        Err(_) => bail!("the rights of {} have no effect after {EFFECTIVE:?}", subject.name),
    }
}

/// One question per rule: a role becomes known as a whole.
fn questions(rule: &PolicyRule, namespace: Option<&str>) -> Option<ResourceAttributes> {
    let first = |all: &Option<Vec<String>>| all.as_ref().and_then(|all| all.first().cloned());
    let whole = first(&rule.resources)?;
    let (resource, subresource) = match whole.split_once('/') {
        Some((resource, subresource)) => (resource.to_owned(), Some(subresource.to_owned())),
        None => (whole, None),
    };
    Some(ResourceAttributes {
        group: first(&rule.api_groups),
        resource: Some(resource),
        subresource,
        name: first(&rule.resource_names),
        verb: rule.verbs.first().cloned(),
        namespace: namespace.map(str::to_owned),
        ..ResourceAttributes::default()
    })
}

async fn is_allowed(
    client: &Client,
    subject: &Subject,
    question: ResourceAttributes,
) -> Result<bool> {
    let user = match &subject.namespace {
        Some(namespace) => format!("system:serviceaccount:{namespace}:{}", subject.name),
        None => subject.name.clone(),
    };
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(user),
            resource_attributes: Some(question),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let answer = Api::<SubjectAccessReview>::all(client.clone())
        .create(&PostParams::default(), &review)
        .await
        .context("asking for the rights of a user")?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

fn role_ref(kind: &str, name: String) -> RoleRef {
    RoleRef { api_group: Some(RBAC.to_owned()), kind: kind.to_owned(), name }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

fn generated() -> ObjectMeta {
    ObjectMeta { generate_name: Some("e2e-".to_owned()), ..ObjectMeta::default() }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}
