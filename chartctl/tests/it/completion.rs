//! Scripts for shells.

use crate::run::Folder;

#[test]
fn each_shell_gets_a_script_that_knows_commands_and_flags() {
    let folder = Folder::with(&[]);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = folder.run(&format!("completion {shell}")).ok();
        for word in ["chartctl", "upgrade", "rollback-on-failure", "kube-context"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    let error = folder.run("completion tcsh").failed();
    assert!(
        error.starts_with("Error: unknown command \"tcsh\" for \"chartctl completion\"\n"),
        "{error}"
    );
}
