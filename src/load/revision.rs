//! A revision of git, laid out in a directory of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The YAML and CSV files of a revision; the directory goes with it.
#[derive(Debug)]
pub struct Revision {
    /// The top of the repository.
    top: PathBuf,
    directory: TempDir,
}

impl Revision {
    /// Lays out the files of a revision of the repository that `near` is in. Links are left out: where they lead is not
    /// part of the revision.
    ///
    /// # Errors
    /// In words, when there is no git, no repository or no such revision, or when the disk refuses.
    pub fn checkout(revision: &str, near: &Path) -> Result<Self, String> {
        let near = if near.is_dir() { near } else { near.parent().unwrap_or(near) };
        let near = if near.as_os_str().is_empty() { Path::new(".") } else { near };
        let top = git(near, &["rev-parse", "--show-toplevel"])
            .map_err(|why| format!("`{}` is in no git repository: {why}", near.display()))?;
        let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
        let top = top.canonicalize().map_err(|error| format!("cannot read {}: {error}", top.display()))?;
        // What begins with a dash would be a flag.
        let commit = git(
            &top,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")],
        )
        .map_err(|_| format!("there is no revision `{revision}` in {}", top.display()))?;
        let commit = commit.trim().to_owned();
        let listed = git(&top, &["ls-tree", "-r", "-z", "--full-tree", &commit])?;
        let mut files: Vec<(String, String)> = Vec::new();
        for entry in listed.split('\0').filter(|entry| !entry.is_empty()) {
            let Some((head, path)) = entry.split_once('\t') else { continue };
            let mut fields = head.split(' ');
            let (mode, _, id) = (fields.next(), fields.next(), fields.next());
            let wanted = [".yaml", ".yml", ".csv"].iter().any(|ending| path.ends_with(ending));
            if let (Some("100644" | "100755"), Some(id), true) = (mode, id, wanted) {
                files.push((id.to_owned(), path.to_owned()));
            }
        }
        let directory = tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
        let checkout = Self { top, directory };
        checkout.lay_out(&files)?;
        Ok(checkout)
    }

    fn lay_out(&self, files: &[(String, String)]) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("cannot read the revision: {error}");
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(&self.top)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("cannot talk to git".into());
        };
        let ids: Vec<String> = files.iter().map(|(id, _)| format!("{id}\n")).collect();
        // Asked in a thread of its own, so that neither side waits for the other with a full pipe.
        let asking = std::thread::spawn(move || ids.iter().try_for_each(|id| input.write_all(id.as_bytes())));
        let mut output = BufReader::new(output);
        for (_, path) in files {
            let mut head = String::new();
            output.read_line(&mut head).map_err(failed)?;
            let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
            let size: usize =
                size.ok_or_else(|| format!("git does not have `{path}`: {}", head.trim_end()))?;
            let mut bytes = vec![0; size + 1];
            output.read_exact(&mut bytes).map_err(failed)?;
            bytes.truncate(size);
            let target = self.directory.path().join(path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent).map_err(failed)?;
            }
            std::fs::write(target, bytes).map_err(failed)?;
        }
        // Whether all was asked for shows in whether all was answered.
        let _ = asking.join();
        child.wait().map_err(failed)?;
        Ok(())
    }

    /// Where the files lie.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The place in the revision of a path of today; `None` for one outside the repository.
    #[must_use]
    pub fn place_of(&self, path: &Path) -> Option<PathBuf> {
        let real = path.canonicalize().ok()?;
        real.strip_prefix(&self.top).ok().map(|inside| self.directory.path().join(inside))
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    String::from_utf8(output.stdout).map_err(|_| "git names a file in bytes that are no text".to_owned())
}
