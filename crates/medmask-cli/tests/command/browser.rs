//! Pages in a real browser, steered by the scripts of `medmask-viewer/tests/browser`, which need nothing but Python.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A script, to be given its arguments.
pub fn in_a_browser(script: &str) -> Command {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../medmask-viewer/tests/browser");
    let python = std::env::var_os("MEDMASK_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    command.arg(scripts.join(script));
    command
}

/// What the script saw; `None` where there is no Python or no browser.
pub fn seen(run: io::Result<Output>) -> Option<Value> {
    let Ok(run) = run else {
        eprintln!("skipped: there is no Python");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let seen: Value = serde_json::from_slice(&run.stdout).unwrap();
    if seen.is_null() {
        eprintln!("skipped: there is no Chromium");
        return None;
    }
    Some(seen)
}
