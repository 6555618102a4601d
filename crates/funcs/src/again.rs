//! Long YAML that templates read again and again: a file of the chart that every round of a loop looks into, or
//! each of the copies of a chart.
//!
//! What a text says the second time is kept, as a tree that all further values share until they are changed. It is
//! kept for a thread and a rendering, and bounded: see [`remembering`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gotmpl::{Integers, Value};
use value::YamlError;

/// The shortest text that is worth remembering, in bytes.
const SHORTEST: usize = 1 << 10;

/// How many bytes of texts a thread keeps.
const KEPT: usize = 1 << 20;

/// How many texts a thread knows.
const KNOWN: usize = 1 << 12;

thread_local! {
    static MEMORY: RefCell<Option<Memory>> = const { RefCell::new(None) };
}

/// Does `work`, a rendering or a part of one, on this thread; what its functions remember of long texts is forgotten
/// when it is done.
pub fn remembering<T>(work: impl FnOnce() -> T) -> T {
    /// Forgets, however the work ends.
    struct Forget;
    impl Drop for Forget {
        fn drop(&mut self) {
            MEMORY.take();
        }
    }
    MEMORY.replace(Some(Memory::default()));
    let _forget = Forget;
    work()
}

/// What a thread has read, by the hashes of the texts.
#[derive(Default)]
struct Memory {
    hasher: RandomState,
    known: HashMap<u64, Option<Kept>, RandomState>,
    bytes: usize,
}

/// A text that was read twice, with what it says.
struct Kept {
    text: Arc<str>,
    says: value::Value,
}

/// Reads what `from` is, whose text is `text`, as [`value::yaml::read`] does.
pub(crate) fn read(from: &Value, text: &str) -> Result<Value, YamlError> {
    let Value::String(shared) = from else { return value::yaml::read(text) };
    if shared.len() < SHORTEST {
        return value::yaml::read(text);
    }
    MEMORY.with_borrow_mut(|memory| match memory {
        Some(memory) => memory.read(shared),
        None => value::yaml::read(text),
    })
}

impl Memory {
    fn read(&mut self, text: &Arc<str>) -> Result<Value, YamlError> {
        let hash = self.hasher.hash_one(&**text);
        let room = text.len() <= KEPT - self.bytes;
        let knows_all = self.known.len() >= KNOWN;
        match self.known.get_mut(&hash) {
            Some(Some(kept)) if *kept.text == **text => Ok(numbered(&kept.says)),
            Some(place @ None) if room => {
                let says = value::yaml::from_str(text)?;
                let value = numbered(&says);
                self.bytes += text.len();
                *place = Some(Kept { text: Arc::clone(text), says });
                Ok(value)
            }
            None if room && !knows_all => {
                self.known.insert(hash, None);
                value::yaml::read(text)
            }
            _ => value::yaml::read(text),
        }
    }
}

/// Returns the value as templates see what was read: every number has passed through JSON.
fn numbered(says: &value::Value) -> Value {
    Value::from_plain(says, Integers::Float64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_again_is_the_same_and_nobody_elses() {
        let text = format!("a: {{b: 1}}\nl: [1.5, x]\nt: {}\n", "long ".repeat(SHORTEST / 4));
        let from = Value::from(&*text);
        let first = value::yaml::read::<Value>(&text).expect("YAML");
        let rounds = || {
            (0..4).for_each(|round| {
                let again = read(&from, &text).expect("YAML");
                assert_eq!(format!("{again:?}"), format!("{first:?}"), "round {round}");
                let map = again.as_map().expect("a map");
                let inner = map.get("a").expect("it is there");
                inner.as_map().expect("a map").set("b", Value::from("changed"));
                map.remove("l");
            });
        };
        rounds();
        remembering(rounds);
        MEMORY.with_borrow(|memory| assert!(memory.is_none()));
    }

    #[test]
    fn what_is_kept_is_bounded_and_mistakes_are_told_each_time() {
        let long = |letter: &str| format!("{letter}: {}", letter.repeat(KEPT / 3));
        let mut memory = Memory::default();
        for text in ["a", "b", "c", "d", "a", "b", "c", "d", "a", "d"].map(long) {
            let value = memory.read(&Arc::from(&*text)).expect("YAML");
            assert_eq!(value.as_map().map(gotmpl::Map::len), Some(1));
            assert!(memory.bytes <= KEPT);
        }
        assert_eq!(memory.known.values().filter(|kept| kept.is_some()).count(), 2);
        let wrong = Arc::from(format!("a: [{}", "x".repeat(SHORTEST)));
        for _ in 0..3 {
            assert!(memory.read(&wrong).is_err());
        }
    }
}
