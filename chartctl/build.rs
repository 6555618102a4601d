//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // At a fixed address there is nothing to relocate: a program that is done in milliseconds spends a good part of
    // them on that, and on copies of the pages that change by it. Helm and kubectl, as Go links them, are no
    // different.
    if is("TARGET_OS", "linux") && is("TARGET_ENV", "gnu") && is("TARGET_ARCH", "x86_64") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

fn is(name: &str, value: &str) -> bool {
    std::env::var(format!("CARGO_CFG_{name}")).is_ok_and(|found| found == value)
}
