//! How the process takes its memory.

/// Takes memory in small pages from now on.
///
/// Linux hands out two megabytes at a time where it may, which is quicker for a process that fills them, as rendering
/// does. Threads that wait for a server touch little of theirs, and a list of releases would take twice what it needs.
/// Programs that are started from here inherit it. Elsewhere, and where it is not allowed, nothing changes.
pub(crate) fn use_small_pages() {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_thp_disable(true).ok();
}
