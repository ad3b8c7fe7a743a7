//! A revision of git, read from the objects of its repository: nothing is checked out, the working tree is not touched.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use super::files::tidy;

/// A commit of a repository.
#[derive(Debug)]
pub struct Revision {
    /// What the user called it.
    name: String,
    /// The top of the repository.
    top: PathBuf,
    commit: String,
    objects: Mutex<Objects>,
}

/// A git that gives objects while it runs.
#[derive(Debug)]
struct Objects {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The directories that were asked for, by their paths in the repository.
    trees: HashMap<String, Option<Arc<Vec<Entry>>>>,
}

/// Something in a directory.
#[derive(Debug)]
struct Entry {
    name: String,
    kind: EntryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    File,
    Directory,
    /// A link or another repository: where it leads is not part of the revision.
    Elsewhere,
}

impl Revision {
    /// Finds a revision of the repository that `near` is in.
    ///
    /// # Errors
    /// In words, when there is no git, no repository or no such revision.
    pub fn open(revision: &str, near: &Path) -> Result<Self, String> {
        let top = top_of(near)?;
        // What begins with a dash would be a flag.
        let commit = git(
            &top,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")],
        )
        .map_err(|_| no_revision(revision, &top))?;
        Self::of_commit(revision, top, commit.trim())
    }

    /// The last revision that the one with this name and the present one have in common: what a branch started from.
    ///
    /// # Errors
    /// As [`Revision::open`], and when the two have nothing in common.
    pub fn base(revision: &str, near: &Path) -> Result<Self, String> {
        if revision.starts_with('-') {
            return Err(format!("there is no revision `{revision}`"));
        }
        let near = directory_of(near);
        // Neither question waits for the answer to the other.
        let (top, commit) = std::thread::scope(|scope| {
            let top = scope.spawn(|| top_of(near));
            let commit = git(near, &["merge-base", revision, "HEAD"]);
            (top.join().unwrap_or_else(|_| Err("git was not heard to the end".into())), commit)
        });
        let top = top?;
        let commit = commit.map_err(|why| {
            if why.is_empty() {
                format!(
                    "`{revision}` and the present revision have no commit in common; a shallow clone has none to find: fetch more of its history"
                )
            } else {
                no_revision(revision, &top)
            }
        })?;
        Self::of_commit(revision, top, commit.trim())
    }

    fn of_commit(name: &str, top: PathBuf, commit: &str) -> Result<Self, String> {
        let failed = |error: io::Error| format!("cannot run git: {error}");
        let mut child = Command::new("git")
            .args(["cat-file", "--batch"])
            .current_dir(&top)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.ok_or("cannot talk to git")?);
        let objects = Mutex::new(Objects { child, input, output, trees: HashMap::new() });
        Ok(Self { name: name.to_owned(), top, commit: commit.to_owned(), objects })
    }

    /// The top of the repository, links followed.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The commit.
    #[must_use]
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The path that findings show for one of its files.
    pub(super) fn shown(&self, path: &Path) -> String {
        format!("{}:{}", self.name, self.inside(path).unwrap_or_default())
    }

    /// The path in the repository of one below its top, with `/`.
    fn inside(&self, path: &Path) -> Option<String> {
        let tidy = tidy(path);
        let inside = tidy.strip_prefix(&self.top).ok()?;
        let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
        parts.map(|parts| parts.join("/"))
    }

    /// Whether it has a file at a path of the working tree.
    #[must_use]
    pub fn has_file(&self, path: &Path) -> bool {
        self.is_file(path)
    }

    pub(super) fn is_file(&self, path: &Path) -> bool {
        self.kind(path) == Some(EntryKind::File)
    }

    pub(super) fn is_directory(&self, path: &Path) -> bool {
        self.kind(path) == Some(EntryKind::Directory)
    }

    fn kind(&self, path: &Path) -> Option<EntryKind> {
        let inside = self.inside(path)?;
        if inside.is_empty() {
            return Some(EntryKind::Directory);
        }
        let (directory, name) = inside.rsplit_once('/').unwrap_or(("", &inside));
        let mut objects = self.objects.lock().ok()?;
        let entries = objects.tree(&self.commit, directory).ok().flatten()?;
        entries.iter().find(|entry| entry.name == name).map(|entry| entry.kind)
    }

    /// The names of the files in a directory, ascending; nothing for a directory that is not there.
    pub(super) fn files_in(&self, directory: &Path) -> io::Result<Vec<String>> {
        let Some(inside) = self.inside(directory) else { return Ok(Vec::new()) };
        let entries = self.objects()?.tree(&self.commit, &inside)?;
        let files = entries.iter().flat_map(|entries| entries.iter());
        Ok(files.filter(|entry| entry.kind == EntryKind::File).map(|entry| entry.name.clone()).collect())
    }

    /// The paths of all files of some name at or below a directory.
    pub(super) fn files_named(&self, name: &str, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let Some(inside) = self.inside(directory) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut directories = vec![inside];
        let mut objects = self.objects()?;
        while let Some(directory) = directories.pop() {
            let Some(entries) = objects.tree(&self.commit, &directory)? else { continue };
            for entry in entries.iter() {
                let path = if directory.is_empty() {
                    entry.name.clone()
                } else {
                    format!("{directory}/{}", entry.name)
                };
                match entry.kind {
                    EntryKind::File if entry.name == name => found.push(self.top.join(path)),
                    EntryKind::Directory if !entry.name.starts_with('.') => directories.push(path),
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// What is in a file.
    pub(super) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let missing = || io::Error::new(io::ErrorKind::NotFound, "it is not in that revision");
        if !self.is_file(path) {
            return Err(missing());
        }
        let inside = self.inside(path).ok_or_else(missing)?;
        let found = self.objects()?.object(&format!("{}:{inside}", self.commit), "blob")?;
        found.ok_or_else(missing)
    }

    fn objects(&self) -> io::Result<std::sync::MutexGuard<'_, Objects>> {
        self.objects.lock().map_err(|_| io::Error::other("git was left in the middle of an answer"))
    }

    /// The files that differ between this revision and the working tree, those that git does not follow yet among them.
    ///
    /// # Errors
    /// In words, when git will not say.
    pub fn changed_since(&self) -> Result<Vec<PathBuf>, String> {
        let mut listed = git(
            &self.top,
            &["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", &self.commit, "--"],
        )?;
        listed.push_str(&git(&self.top, &["ls-files", "--others", "--exclude-standard", "-z"])?);
        Ok(listed.split('\0').filter(|path| !path.is_empty()).map(|path| self.top.join(path)).collect())
    }

    /// The YAML files of the working tree in which one of some texts stands.
    ///
    /// # Errors
    /// In words, when git will not say.
    pub fn files_with(&self, texts: &[String]) -> Result<Vec<PathBuf>, String> {
        let mut arguments = vec!["grep", "--untracked", "-I", "-l", "-z", "-F"];
        texts.iter().for_each(|text| arguments.extend(["-e", text]));
        arguments.extend(["--", "*.yaml", "*.yml"]);
        let output = Command::new("git")
            .args(&arguments)
            .current_dir(&self.top)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run git: {error}"))?;
        // With 1 it says that there are none.
        if output.status.code().is_none_or(|code| code > 1) {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let listed = String::from_utf8(output.stdout).map_err(|_| NO_TEXT)?;
        Ok(listed.split('\0').filter(|path| !path.is_empty()).map(|path| self.top.join(path)).collect())
    }
}

impl Objects {
    /// What is in an object; `None` when there is none of that kind.
    fn object(&mut self, name: &str, kind: &str) -> io::Result<Option<Vec<u8>>> {
        if name.contains('\n') {
            // Git would take it for two.
            return Ok(None);
        }
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(format!("{name}\n").as_bytes())?;
        input.flush()?;
        let mut head = String::new();
        self.output.read_line(&mut head)?;
        let fields: Vec<&str> = head.trim_end().rsplitn(3, ' ').collect();
        let [size, found, _] = fields.as_slice() else { return Ok(None) };
        let Ok(size) = size.parse::<usize>() else { return Ok(None) };
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes)?;
        bytes.truncate(size);
        Ok((*found == kind).then_some(bytes))
    }

    /// What is in a directory of a commit; `None` when it has none.
    fn tree(&mut self, commit: &str, directory: &str) -> io::Result<Option<Arc<Vec<Entry>>>> {
        if let Some(known) = self.trees.get(directory) {
            return Ok(known.clone());
        }
        let bytes = self.object(&format!("{commit}:{directory}"), "tree")?;
        let id_length = commit.len() / 2;
        let tree = bytes.map(|bytes| Arc::new(entries(&bytes, id_length)));
        self.trees.insert(directory.to_owned(), tree.clone());
        Ok(tree)
    }
}

/// The entries of a tree object: mode, blank, name, zero, and the id in bytes
/// (git-scm.com/book, Git Internals, Git Objects).
fn entries(bytes: &[u8], id_length: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while let Some(end) = memchr::memchr(0, rest) {
        let head = &rest[..end];
        rest = rest.get(end + 1 + id_length..).unwrap_or_default();
        let Some(blank) = memchr::memchr(b' ', head) else { continue };
        // A name that is no text is no name that a property could use.
        let Ok(name) = std::str::from_utf8(&head[blank + 1..]) else { continue };
        let kind = match &head[..blank] {
            b"100644" | b"100755" => EntryKind::File,
            b"40000" => EntryKind::Directory,
            _ => EntryKind::Elsewhere,
        };
        entries.push(Entry { name: name.to_owned(), kind });
    }
    entries
}

impl Drop for Objects {
    fn drop(&mut self) {
        // Without input it ends.
        self.input = None;
        let _ = self.child.wait();
    }
}

const NO_TEXT: &str = "git names a file in bytes that are no text";

fn no_revision(revision: &str, top: &Path) -> String {
    format!("there is no revision `{revision}` in {}", top.display())
}

/// The directory that a path is, or is in.
fn directory_of(path: &Path) -> &Path {
    match path.ancestors().find(|path| path.is_dir()) {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// The top of the repository that a path is in, links followed.
fn top_of(near: &Path) -> Result<PathBuf, String> {
    let near = directory_of(near);
    let top = git(near, &["rev-parse", "--show-toplevel"])
        .map_err(|why| format!("`{}` is in no git repository: {why}", near.display()))?;
    let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
    top.canonicalize().map_err(|error| format!("cannot read {}: {error}", top.display()))
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
    String::from_utf8(output.stdout).map_err(|_| NO_TEXT.to_owned())
}

/// What is read instead of a file: all of it, in memory.
pub(super) fn reader(bytes: Vec<u8>) -> (Box<dyn Read>, usize) {
    let length = bytes.len();
    (Box::new(io::Cursor::new(bytes)), length)
}
