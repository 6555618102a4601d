//! Finding out how many objects stand, in few requests.
//!
//! What should be there is listed, a request per kind and namespace, by the labels that all of it has. What should
//! not be there yet, or has lost its labels, is looked for among the names of the kind, which cost a server next
//! to nothing. Only what is found there is read one by one, and so is everything where there is little of it, where
//! lists are not allowed, or where a namespace is so crowded that a list costs more than it saves.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use manifest::{Gvk, ObjectId};
use plan::{LiveObject, Sought};
use value::Value;

use crate::Cluster;
use crate::discovery::Resource;
use crate::error::ApiError;
use crate::live::{CONCURRENCY, PAGE, Pages, typed};

/// So many objects of a kind are read one by one.
const FEW: usize = 3;
/// A page of a list costs about as much as reading so many objects.
const PAGE_COSTS: usize = 10;
/// A page of names is far cheaper.
const NAMES_COST: usize = 3;
/// Names per page.
const NAMES: &str = "1000";

/// Asks for the names alone: the rows of a table, without the objects. Servers that know no tables send a list.
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

type Found = BTreeMap<ObjectId, LiveObject>;

impl Cluster {
    /// Returns those of the objects that exist, like [`Cluster::snapshot`], in as few requests as it takes.
    pub async fn survey(&self, sought: &[Sought]) -> Result<Found, ApiError> {
        let mut groups: BTreeMap<(Gvk, Option<String>), Vec<Sought>> = BTreeMap::new();
        for one in sought.iter().filter(|one| !one.id.name.is_empty()) {
            let place = (one.id.gvk.clone(), one.id.namespace.clone());
            groups.entry(place).or_default().push(one.clone());
        }
        let found: Vec<Found> = stream::iter(groups)
            .map(|((gvk, namespace), sought)| async move {
                self.survey_kind(&gvk, namespace.as_deref(), &sought).await
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Looks for objects of one kind in one namespace.
    async fn survey_kind(
        &self,
        gvk: &Gvk,
        namespace: Option<&str>,
        sought: &[Sought],
    ) -> Result<Found, ApiError> {
        let resource = match self.resource(gvk).await {
            Err(ApiError::KindUnknown { .. }) => return Ok(Found::new()),
            resource => resource?,
        };
        let expected: Vec<_> = sought.iter().filter(|one| one.expected).collect();
        let mut found = Found::new();
        if expected.len() > FEW && resource.offers("list") {
            found = unless_forbidden(self.listed(&resource, namespace, &expected).await)?
                .unwrap_or_default();
        }
        let mut unseen: Vec<_> =
            sought.iter().map(|one| &one.id).filter(|id| !found.contains_key(id)).collect();
        if unseen.len() > FEW
            && resource.offers("list")
            && let Some(names) = unless_forbidden(
                self.names(&resource, namespace, 1 + unseen.len() / NAMES_COST).await,
            )?
        {
            unseen.retain(|id| names.contains(&id.name));
        }
        let unseen: Vec<_> = unseen.into_iter().cloned().collect();
        found.extend(self.snapshot(&unseen).await?);
        Ok(found)
    }

    /// Lists what should be there by its common labels, for as long as that is cheaper than reading it.
    async fn listed(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        expected: &[&Sought],
    ) -> Result<Found, ApiError> {
        let ids: BTreeMap<_, _> =
            expected.iter().map(|one| (one.id.name.as_str(), &one.id)).collect();
        let selector = common_selector(expected);
        let selectors = [("labelSelector", Some(selector.as_str())), ("limit", Some(PAGE))];
        let mut pages = Pages::new(self, resource, namespace, &selectors, "application/json");
        let mut found = Found::new();
        for _ in 0..=expected.len() / PAGE_COSTS {
            let Some(page) = pages.next().await? else { break };
            for item in page.answer.list_at(&["items"]) {
                let id = item.str_at(&["metadata", "name"]).and_then(|name| ids.get(name));
                if let Some(id) = id {
                    found.insert((*id).clone(), LiveObject { value: typed(item, resource) });
                }
            }
            if found.len() == ids.len() {
                break;
            }
        }
        Ok(found)
    }

    /// Returns the names of all objects of a kind; of a namespace with more than `most` pages everything might be
    /// there, which is to say nothing.
    async fn names(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        most: usize,
    ) -> Result<Names, ApiError> {
        let selectors = [("includeObject", Some("None")), ("limit", Some(NAMES))];
        let mut pages = Pages::new(self, resource, namespace, &selectors, TABLE);
        let mut names = BTreeSet::new();
        for _ in 0..most {
            match pages.next().await? {
                None => return Ok(Names(Some(names))),
                Some(page) => {
                    if page.restarted {
                        names.clear();
                    }
                    names.extend(names_of(&page.answer).into_iter().map(str::to_owned));
                }
            }
        }
        Ok(Names(pages.is_done().then_some(names)))
    }
}

/// The names that are there; without any list, every name may be.
struct Names(Option<BTreeSet<String>>);

impl Names {
    fn contains(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.contains(name))
    }
}

/// A list that is not allowed is no obstacle: whoever may not list may still read.
fn unless_forbidden<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(ApiError::Forbidden { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the names in a table, or in a list.
fn names_of(answer: &Value) -> Vec<&str> {
    if answer.str_at(&["kind"]) != Some("Table") {
        let items = answer.list_at(&["items"]).iter();
        return items.filter_map(|item| item.str_at(&["metadata", "name"])).collect();
    }
    let columns = answer.list_at(&["columnDefinitions"]);
    let place = columns.iter().position(|column| column.str_at(&["format"]) == Some("name"));
    let place = place.unwrap_or_default();
    let rows = answer.list_at(&["rows"]).iter();
    rows.filter_map(|row| row.list_at(&["cells"]).get(place)?.as_str()).collect()
}

/// Returns a selector of the labels that all have. A label that cannot be asked for is left out.
fn common_selector(expected: &[&Sought]) -> String {
    let Some((first, others)) = expected.split_first() else { return String::new() };
    let is_common = |(key, value): &(&String, &String)| {
        others.iter().all(|one| one.labels.get(*key) == Some(*value))
            && is_label_key(key)
            && is_label_value(value)
    };
    let pairs: Vec<_> = first
        .labels
        .iter()
        .filter(is_common)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(",")
}

/// Returns whether the server takes this key: `name` or `prefix/name`.
fn is_label_key(key: &str) -> bool {
    let (prefix, name) =
        key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let host = |text: &str| {
        text.len() <= 253
            && text.split('.').all(|part| {
                is_word(part, |c| c == '-') && !part.chars().any(|c| c.is_ascii_uppercase())
            })
    };
    prefix.is_none_or(host) && is_name(name)
}

fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_name(value)
}

fn is_name(text: &str) -> bool {
    text.len() <= 63 && is_word(text, |c| "-_.".contains(c))
}

/// Letters and digits, and others between them.
fn is_word(text: &str, between: impl Fn(char) -> bool) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || between(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Server, config_map, status};

    fn sought(name: &str, expected: bool) -> Sought {
        let labels = [("app.kubernetes.io/managed-by", "Helm"), ("app", "web"), ("bad", "a b")];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        Sought { id: config_map(name), expected, labels }
    }

    fn items(names: &[&str]) -> String {
        let items: Vec<_> =
            names.iter().map(|name| format!(r#"{{"metadata":{{"name":"{name}"}}}}"#)).collect();
        format!(r#"{{"metadata":{{}},"items":[{}]}}"#, items.join(","))
    }

    fn table(names: &[&str]) -> String {
        let rows: Vec<_> =
            names.iter().map(|name| format!(r#"{{"cells":["{name}",1]}}"#)).collect();
        format!(
            r#"{{"kind":"Table","metadata":{{}},"columnDefinitions":[{{"name":"Name","format":"name"}},{{"name":"Data"}}],"rows":[{}]}}"#,
            rows.join(",")
        )
    }

    /// Surveys config maps, those with a question mark being doubtful, and compares what is found and asked.
    async fn check(names: &[&str], replies: &[(u16, String)], found: &[&str], asked: &[&str]) {
        let server = Server::replying(replies.iter().cloned());
        let all: Vec<_> = names
            .iter()
            .map(|name| match name.strip_suffix('?') {
                Some(name) => sought(name, false),
                None => sought(name, true),
            })
            .collect();
        let live = server.cluster().survey(&all).await.unwrap();
        assert_eq!(live.keys().map(|id| id.name.as_str()).collect::<Vec<_>>(), found);
        let lines: Vec<_> = server
            .lines()
            .iter()
            .map(|line| line.replace("/api/v1/namespaces/prod/configmaps", ""))
            .collect();
        assert_eq!(lines, asked);
    }

    const LIST: &str =
        "GET ?labelSelector=app%3Dweb%2Capp.kubernetes.io%2Fmanaged-by%3DHelm&limit=500";
    const TABLE_OF_NAMES: &str = "GET ?includeObject=None&limit=1000";

    #[tokio::test]
    async fn what_should_be_there_is_listed_and_the_rest_read() {
        check(
            &["a", "b", "c", "d", "new?"],
            &[
                (200, items(&["a", "b", "d", "foreign"])),
                (200, "{}".to_owned()),
                status(404, "NotFound", ""),
            ],
            &["a", "b", "c", "d"],
            &[LIST, "GET /c", "GET /new"],
        )
        .await;
    }

    #[tokio::test]
    async fn newcomers_are_looked_for_among_the_names() {
        check(
            &["a?", "b?", "c?", "d?"],
            &[(200, table(&["b", "x"])), (200, "{}".to_owned())],
            &["b"],
            &[TABLE_OF_NAMES, "GET /b"],
        )
        .await;
        // A server that knows no tables.
        let list = (200, items(&["x"]));
        check(&["a?", "b?", "c?", "d?"], &[list], &[], &[TABLE_OF_NAMES]).await;
    }

    #[tokio::test]
    async fn few_objects_are_read_one_by_one() {
        let there = || (200, "{}".to_owned());
        let gets = &["GET /a", "GET /b", "GET /c"];
        check(&["a", "b", "c?"], &[there(), there(), there()], &["a", "b", "c"], gets).await;
    }

    #[tokio::test]
    async fn who_may_not_list_reads() {
        let no = || status(403, "Forbidden", "no");
        let there = || (200, "{}".to_owned());
        check(
            &["a", "b", "c", "d"],
            &[no(), no(), there(), there(), there(), there()],
            &["a", "b", "c", "d"],
            &[LIST, TABLE_OF_NAMES, "GET /a", "GET /b", "GET /c", "GET /d"],
        )
        .await;
    }

    #[tokio::test]
    async fn a_crowd_of_others_is_not_listed_to_its_end() {
        let more =
            |body: String| body.replace(r#""metadata":{},"#, r#""metadata":{"continue":"c"},"#);
        let there = || (200, "{}".to_owned());
        let next = format!("{TABLE_OF_NAMES}&continue=c");
        check(
            &["a", "b", "c", "d"],
            &[
                (200, more(items(&["x"]))),
                (200, more(table(&["x"]))),
                (200, more(table(&["y"]))),
                there(),
                there(),
                there(),
                there(),
            ],
            &["a", "b", "c", "d"],
            &[LIST, TABLE_OF_NAMES, &next, "GET /a", "GET /b", "GET /c", "GET /d"],
        )
        .await;
    }

    #[test]
    fn labels_that_no_selector_can_hold_are_left_out() {
        let check = |key: &str, value: &str, fits: bool| {
            assert_eq!(is_label_key(key) && is_label_value(value), fits, "{key}={value}");
        };
        check("app", "web", true);
        check("app.kubernetes.io/name", "", true);
        check("helm.sh/chart", "web-1.0.0_build.1", true);
        check("App/name", "web", false);
        check("a/b/c", "web", false);
        check("app", "a b", false);
        check("app", "web-", false);
        check("", "web", false);
        check("/a", "web", false);
    }
}
