//! Reconciles Release objects.
