//! Services: only a load balancer has something to wait for, a cluster IP; its address is not waited for.

use value::Value;

use super::Readiness;

pub(super) fn check(live: &Value) -> Readiness {
    let balanced = live.str_at(&["spec", "type"]) == Some("LoadBalancer");
    let address = live.str_at(&["spec", "clusterIP"]).unwrap_or_default();
    if balanced && address.is_empty() {
        return Readiness::Pending("no cluster IP yet".to_owned());
    }
    Readiness::Ready
}
