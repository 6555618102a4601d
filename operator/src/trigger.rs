//! Wakes Releases: the one channel by which every watch and every wait ends in a reconcile.

use std::sync::{Arc, Mutex, PoisonError};

use api::Release;
use futures::Stream;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::runtime::reflector::ObjectRef;

use crate::index::Name;

/// Wakes Releases by name; clones share the listeners.
#[derive(Clone, Debug, Default)]
pub struct Trigger(Arc<Mutex<Vec<Listener>>>);

#[derive(Debug)]
struct Listener {
    /// The namespace listened to; `None` is all.
    namespace: Option<String>,
    sender: UnboundedSender<ObjectRef<Release>>,
}

impl Trigger {
    /// Returns the Releases that are woken from now on, in one namespace or in all. The controller's queue makes
    /// one of many calls for the same Release.
    pub fn listen(
        &self,
        namespace: Option<&str>,
    ) -> impl Stream<Item = ObjectRef<Release>> + use<> {
        let (sender, receiver): (_, UnboundedReceiver<_>) = unbounded();
        let listener = Listener { namespace: namespace.map(str::to_owned), sender };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
        receiver
    }

    /// Wakes one Release.
    pub fn one(&self, release: &Name) {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for listener in listeners.iter() {
            if listener.namespace.as_ref().is_none_or(|namespace| *namespace == release.namespace) {
                let object = ObjectRef::new(&release.name).within(&release.namespace);
                // A controller that has ended needs no more waking.
                let _ended = listener.sender.unbounded_send(object).is_err();
            }
        }
    }

    /// Wakes several.
    pub fn all(&self, releases: impl IntoIterator<Item = Name>) {
        for release in releases {
            self.one(&release);
        }
    }
}
