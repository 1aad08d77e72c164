//! What is written, and what is kept of what comes back.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use strongroom_guard::api::DisclosedShown;
use strongroom_record::disclosure::{DISCLOSURE_TEXT_MAX_BYTES, DisclosedContent, DisclosedFile};
use strongroom_seal::disclosure::PAD_MAX_BYTES;

use crate::files::{self, make_private_folders, write_private_new};
use crate::outcome::{Exit, Failure, note};
use crate::screen::harmless;

/// Text from standard input, and files. Of files alone nothing is read from a terminal.
pub(super) fn content(paths: &[PathBuf], text: bool) -> Result<DisclosedContent, Failure> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            Failure::unfit(format!("{} has no name that can be sent", path.display()))
        })?;
        files.push(DisclosedFile {
            name: name.to_owned(),
            bytes: files::read_bounded(path, PAD_MAX_BYTES)?,
        });
    }
    let terminal = std::io::stdin().is_terminal();
    let text = match text && (!terminal || paths.is_empty()) {
        true => typed(terminal)?,
        false => String::new(),
    };
    let content = DisclosedContent { text, files };
    content.check().map_err(Failure::unfit)?;
    Ok(content)
}

fn typed(terminal: bool) -> Result<String, Failure> {
    if terminal {
        note("Write to the inspectors, and end with Ctrl-D on a line of its own:\n");
    }
    let mut bytes = Vec::new();
    let most = DISCLOSURE_TEXT_MAX_BYTES as u64 + 1;
    std::io::stdin()
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::new(Exit::Machine, format!("standard input cannot be read: {e}")))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::unfit("what came on standard input is not UTF-8 text").hint("name it as a file")
    })
}

/// The names of a message's files, a line each.
pub(super) fn names(content: &DisclosedContent) -> String {
    content
        .files
        .iter()
        .map(|file| {
            format!(
                "  file {} ({} bytes)\n",
                harmless(&file.name),
                file.bytes.len()
            )
        })
        .collect()
}

/// Puts proofs and the files of answers into a folder, over nothing that is there.
pub(super) fn put(
    folder: &Path,
    shown: &DisclosedShown,
    answers: &[Option<DisclosedContent>],
) -> Result<(), Failure> {
    make_private_folders(folder)?;
    for message in &shown.messages {
        if let Some(proof) = &message.proof {
            let path = folder.join(format!("message-{}.proof.json", message.number));
            let json = serde_json::to_vec_pretty(proof).expect("proofs are JSON");
            write_private_new(&path, &json)?;
        }
    }
    for (number, content) in (1..).zip(answers) {
        for file in content.iter().flat_map(|content| &content.files) {
            write_private_new(
                &folder.join(format!("answer-{number}-{}", file.name)),
                &file.bytes,
            )?;
        }
    }
    Ok(())
}
