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

pub(super) fn legacy(live: &Value) -> Readiness {
    let kind = live.str_at(&["spec", "type"]).unwrap_or_default();
    if kind == "ExternalName" {
        return Readiness::Ready;
    }
    if live.str_at(&["spec", "clusterIP"]).unwrap_or_default().is_empty() {
        return Readiness::Pending("no cluster IP yet".to_owned());
    }
    let outside = !live.list_at(&["spec", "externalIPs"]).is_empty();
    let balanced = live.at(&["status", "loadBalancer", "ingress"]).is_some_and(|at| !at.is_null());
    if kind == "LoadBalancer" && !outside && !balanced {
        return Readiness::Pending("the load balancer has no address yet".to_owned());
    }
    Readiness::Ready
}
