//! The files of a folder, in an order that is the same each time.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::outcome::Failure;

/// Files of one run: more than an archive hands over in a day, and a list that fits into memory and on paper.
const FILES_MAX: usize = 100_000;

/// Folders within one another: beyond any that people keep.
const DEPTH_MAX: usize = 64;

/// A file to be filed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Its path within the folder that was named, the folder's own name first; none of a file that was named itself.
    pub(super) within: Option<String>,
}

/// What is to be filed, and what is not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) targets: Vec<Target>,
    /// What is left out on purpose, and why.
    pub(super) left_out: Vec<(PathBuf, &'static str)>,
    /// What cannot be looked at, and why.
    pub(super) unreadable: Vec<(PathBuf, Failure)>,
    /// A folder was named.
    pub(super) folders: bool,
}

/// The files that paths name: each itself, or all files of a folder, in the order of the bytes of their names.
///
/// Hidden files, links, and what is no file are left out of a folder, and named.
///
/// # Errors
/// There are more files, or folders within one another, than are filed in one run.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for path in paths {
        if !path.is_dir() {
            found.targets.push(Target {
                path: path.clone(),
                within: None,
            });
            continue;
        }
        found.folders = true;
        let name = fs::canonicalize(path).ok();
        let name = name.as_deref().and_then(Path::file_name);
        walk(
            path,
            &text(name.unwrap_or_else(|| OsStr::new("/"))),
            1,
            &mut found,
        )?;
    }
    Ok(found)
}

fn walk(folder: &Path, within: &str, depth: usize, found: &mut Found) -> Result<(), Failure> {
    if depth > DEPTH_MAX {
        return Err(Failure::unfit(format!(
            "{}: more than {DEPTH_MAX} folders lie within one another",
            folder.display()
        ))
        .hint("name a folder further down"));
    }
    let listed = fs::read_dir(folder).and_then(|entries| {
        let mut all = entries.collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.file_name().as_bytes().cmp(b.file_name().as_bytes()));
        Ok(all)
    });
    let entries = match listed {
        Ok(entries) => entries,
        Err(e) => {
            let failure = Failure::file("read", folder, &e);
            found.unreadable.push((folder.to_owned(), failure));
            return Ok(());
        }
    };
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_bytes().starts_with(b".") {
            found.left_out.push((path, "hidden"));
            continue;
        }
        let within = format!("{within}/{}", text(&name));
        match entry.file_type() {
            Err(e) => {
                let failure = Failure::file("read", &path, &e);
                found.unreadable.push((path, failure));
            }
            Ok(kind) if kind.is_dir() => walk(&path, &within, depth + 1, found)?,
            Ok(kind) if kind.is_file() => {
                if found.targets.len() >= FILES_MAX {
                    return Err(Failure::unfit(format!(
                        "there are more than {FILES_MAX} files in {}",
                        folder.display()
                    ))
                    .hint("file the folders in it one by one"));
                }
                found.targets.push(Target {
                    path,
                    within: Some(within),
                });
            }
            Ok(kind) if kind.is_symlink() => {
                found
                    .left_out
                    .push((path, "a link: what it leads to is filed where it lies"));
            }
            Ok(_) => found.left_out.push((path, "no regular file")),
        }
    }
    Ok(())
}

/// A name as text; what is none in it is replaced, and such a file is refused when it is read.
fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_folder_is_walked_in_one_order_and_says_what_it_leaves_out() {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("in");
        for folder in ["b", "a.d", ".git"] {
            fs::create_dir_all(root.join(folder)).expect("made");
        }
        for file in [
            "b/2.txt", "b/10.txt", "a.txt", "a.d/x", ".hidden", "c.txt", ".git/x",
        ] {
            fs::write(root.join(file), "words").expect("written");
        }
        symlink("c.txt", root.join("link")).expect("linked");
        let single = home.path().join("in/c.txt");
        let found = find(&[root.clone(), single.clone()]).expect("few");
        let within: Vec<_> = found.targets.iter().map(|t| t.within.as_deref()).collect();
        let order = [
            "in/a.d/x",
            "in/a.txt",
            "in/b/10.txt",
            "in/b/2.txt",
            "in/c.txt",
        ];
        assert_eq!(within[..5], order.map(Some));
        assert_eq!(found.targets[5].path, single);
        assert_eq!(within[5], None);
        let left: Vec<_> = found
            .left_out
            .iter()
            .map(|(p, why)| {
                (
                    p.strip_prefix(&root).expect("in it").to_string_lossy(),
                    *why,
                )
            })
            .collect();
        assert_eq!(left[0], (".git".into(), "hidden"));
        assert_eq!(left[1], (".hidden".into(), "hidden"));
        assert!(left[2].0 == "link" && left[2].1.starts_with("a link"));
        assert!(found.folders && found.unreadable.is_empty());
        // Who is root reads everything.
        fs::set_permissions(root.join("b"), fs::Permissions::from_mode(0o0)).expect("set");
        if fs::read_dir(root.join("b")).is_err() {
            let found = find(std::slice::from_ref(&root)).expect("few");
            assert_eq!(found.unreadable[0].0, root.join("b"));
            assert_eq!(found.targets.len(), 3);
        }
        fs::set_permissions(root.join("b"), fs::Permissions::from_mode(0o700)).expect("set");
    }

    #[test]
    fn folders_without_end_are_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let deep = (0..=DEPTH_MAX).fold(home.path().to_owned(), |path, _| path.join("d"));
        fs::create_dir_all(&deep).expect("made");
        assert!(find(&[home.path().to_owned()]).is_err());
    }
}
