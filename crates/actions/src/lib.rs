//! The verbs that chartctl and the operator share.
