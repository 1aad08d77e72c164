//! Marking policies that a command names: built in, or in a file.

use std::path::Path;

use strongroom_label::Policy;

use crate::files;
use crate::outcome::Failure;

/// The policy of this name, or in this file.
pub(crate) fn named(named: &str) -> Result<Policy, Failure> {
    if let Some(policy) = Policy::builtin(named) {
        return Ok(policy);
    }
    let path = Path::new(named);
    if !path.exists() {
        return Err(Failure::usage(format!(
            "there is no built-in marking policy and no file called {named}"
        ))
        .hint(format!("built in: {}", builtin_names())));
    }
    Policy::from_toml(&files::read_text(path)?).map_err(|e| {
        Failure::unfit(format!("{named} is no marking policy: {e}")).hint(format!(
            "built in: {}; docs/marking.md says how to write one",
            builtin_names()
        ))
    })
}

/// The names of the policies that are built in.
pub(crate) fn builtin_names() -> String {
    Policy::builtin_names().collect::<Vec<_>>().join(", ")
}
