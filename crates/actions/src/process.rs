//! Which process holds a record, said so that another one on the same machine can tell whether it still runs.
//!
//! The answer is evidence only one way: a process is known to be gone when the same boot of the same kernel, seen
//! from the same namespace of processes, has none of its number that began when it began. Of any other machine,
//! and where the kernel does not tell (anywhere but on Linux), nothing is known; then its heartbeat counts.

use std::fs;
use std::path::Path;

/// Returns what identifies this process among all of all machines, if the kernel tells.
#[must_use]
pub fn this_process() -> Option<String> {
    let number = std::process::id();
    Some(format!("{} {number} {}", machine()?, began(number)?))
}

/// Returns whether a process that [`this_process`] described is known to be gone.
#[must_use]
pub fn is_gone(process: &str) -> bool {
    let known = || {
        let (here, rest) = process.split_once(' ')?;
        let (number, then) = rest.split_once(' ')?;
        let number = number.parse().ok()?;
        (machine()? == here).then(|| began(number).as_deref() != Some(then))
    };
    known().unwrap_or_default()
}

/// The boot of the kernel, and the namespace in which it numbers processes.
fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", boot.trim(), space.display()))
}

/// When a process began, in ticks since the boot; nothing when there is none, or it has ended and only waits to
/// be noticed.
fn began(number: u32) -> Option<String> {
    let stat = fs::read_to_string(Path::new("/proc").join(number.to_string()).join("stat")).ok()?;
    // The name of the program, in parentheses, may have any characters in it.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let began = fields.nth(18)?;
    (!matches!(state, "Z" | "X")).then(|| began.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs() {
        if let Some(here) = this_process() {
            assert!(!is_gone(&here), "{here}");
            let (rest, _) = here.rsplit_once(' ').unwrap();
            // Another process of that number, later.
            assert!(is_gone(&format!("{rest} 1")), "{here}");
        }
    }

    #[test]
    fn nothing_is_known_of_other_machines() {
        for process in ["", "x", "boot/pid:[1] 1 1", "a b c"] {
            assert!(!is_gone(process), "{process}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_ended_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let here = this_process().unwrap();
        let machine = here.split(' ').next().unwrap();
        let number = child.id();
        child.wait().unwrap();
        assert!(is_gone(&format!("{machine} {number} 12345")));
    }
}
