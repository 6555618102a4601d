//! Names that appear on Release objects.

/// The finalizer that lets the operator uninstall before the object goes.
pub const FINALIZER: &str = "chartctl.dev/uninstall";

/// The field manager of everything that the operator writes on Release objects.
pub const FIELD_MANAGER: &str = "chartctl-operator";

/// Annotation: a new value asks for one look at the release now, past any backoff.
pub const ANNOTATION_RECONCILE_AT: &str = "chartctl.dev/reconcile-at";

/// Annotation: a new value asks for one install or upgrade even if nothing changed.
pub const ANNOTATION_FORCE_AT: &str = "chartctl.dev/force-at";

/// Annotation: a new value clears the count of failed attempts.
pub const ANNOTATION_RESET_AT: &str = "chartctl.dev/reset-at";
