//! Kubernetes objects as data: identity, order, hooks, policies, readiness.
