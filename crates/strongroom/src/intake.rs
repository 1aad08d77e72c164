//! Who reads files for this program: a process of its own for formats that are hostile.

use std::ffi::OsString;

use strongroom_guard::Intake as _;
use strongroom_ingest::Read;
use strongroom_label::Policy;
use strongroom_service::confined::{Bounds, Confined};

use crate::outcome::Failure;

/// The command that the process is started with.
pub(crate) const COMMAND: &str = "parse-confined";

/// An intake whose processes run `parse-confined`.
pub(crate) fn confined(without_landlock: bool) -> Confined {
    let bounds = Bounds {
        without_landlock,
        ..Bounds::default()
    };
    let mut arguments: Vec<OsString> = vec![
        COMMAND.into(),
        "--bytes".into(),
        bounds.bytes.to_string().into(),
        "--seconds".into(),
        bounds.seconds.to_string().into(),
    ];
    arguments.extend(without_landlock.then(|| "--without-landlock".into()));
    Confined::new(bounds, arguments)
}

/// Reads a file that is not filed, to be looked at or checked, by the words of a marking policy; where none is given, by
/// those of the policies that are built in.
///
/// # Errors
/// It is unfit, or there is no process that could read it.
pub(crate) fn read<'a>(
    policy: Option<&Policy>,
    file: &str,
    bytes: &'a [u8],
) -> Result<Read<'a>, Failure> {
    let builtin = || Policy::builtin_names().find_map(Policy::builtin);
    let policy = policy.cloned().or_else(builtin);
    let policy = policy.expect("policies are built in");
    Ok(confined(false).read(&policy, file, bytes)?)
}
