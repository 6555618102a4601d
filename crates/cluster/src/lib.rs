//! The Kubernetes side: connecting, applying, deleting, watching, storing.
