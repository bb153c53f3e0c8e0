//! Completion scripts at work in their shells.
#![cfg(unix)]

use std::process::Command;

use super::{run, stdout};

/// What bash offers for the last of these words.
fn bash_offers(script: &str, words: &[&str]) -> Option<String> {
    let (current, previous) = (words[words.len() - 1], words[words.len() - 2]);
    let ask = "eval \"$1\"; current=$2; previous=$3; shift 3; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
               _mlsysim__tui mlsysim-tui \"$current\" \"$previous\"; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash")
        .args(["--norc", "-c", ask, "bash", script, current, previous])
        .args(words)
        .output()
        // Not everybody has it.
        .ok()?;
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn bash_completes_commands_and_the_options_of_commands() {
    let script = stdout(&run(&["completions", "bash"]));
    for (words, offers) in [
        (&["mlsysim-tui", "ev"][..], "eval"),
        (&["mlsysim-tui", "eval", "--out"], "--output"),
        (&["mlsysim-tui", "optimize", "par"], "parallelism"),
        (&["mlsysim-tui", "help", "swe"], "sweep"),
    ] {
        let Some(offered) = bash_offers(&script, words) else { return };
        assert_eq!(offered, offers, "{words:?}");
    }
}
