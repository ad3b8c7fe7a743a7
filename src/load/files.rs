//! Reading one file into the text of a property.

use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use super::{LoadError, Store, failed};
use crate::diagnostic::{Diagnostic, Kind};
use crate::source::{MAX_TEXT, Sources, Span};
use crate::syntax::{FlawKind, MAX_FILE, is_clean, report_flaws, scrub};

/// Adds a file to the sources, or what is to be read `instead` of it. What is no text in it is reported and replaced.
/// `None` for a file that nothing can be read of.
pub(super) fn add(
    store: &Store,
    path: &Path,
    instead: &[(PathBuf, String)],
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<usize>, LoadError> {
    let shown = store.shown(path);
    if let Some((_, text)) = instead.iter().find(|(known, _)| known == path) {
        return Ok(sources.add(shown, path.to_owned(), text));
    }
    let (mut file, length) = store.open(path).map_err(failed(path))?;
    if length >= MAX_FILE as usize || sources.text().len() + length >= MAX_TEXT {
        let index = sources.add(shown, path.to_owned(), "").unwrap_or_default();
        let span = sources.files().get(index).map_or_else(Span::default, |file| file.span);
        let message = format!("this file is too long: {} MiB", length >> 20);
        diagnostics.push(
            Diagnostic::new(Kind::TOO_BIG, span, message)
                .help("split it into several files, or look for what does not belong in it"),
        );
        return Ok(None);
    }
    let mut flaws = Vec::new();
    let index = sources
        .add_with(shown, path.to_owned(), |text| {
            let start = text.len();
            // One byte more than the file, so that its end is seen without growing.
            text.reserve(length + 1);
            match file.read_to_string(text) {
                Ok(_) if is_clean(&text[start..]) => Ok(()),
                Ok(_) => {
                    let mut bytes = text.split_off(start).into_bytes();
                    flaws = scrub(&mut bytes);
                    append(text, &bytes)
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    text.truncate(start);
                    let mut bytes = store.read(path)?;
                    flaws = scrub(&mut bytes);
                    append(text, &bytes)
                }
                Err(error) => Err(error),
            }
        })
        .map_err(failed(path))?;
    let base = sources.files()[index].span.start;
    diagnostics.extend(report_flaws(&flaws, base));
    // Of a file in another encoding nothing can be read.
    Ok((!flaws.iter().any(|flaw| flaw.kind == FlawKind::Utf16)).then_some(index))
}

fn append(text: &mut String, bytes: &[u8]) -> io::Result<()> {
    // Scrubbed bytes are UTF-8; should they not be, nothing is read rather than something else.
    text.push_str(
        std::str::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?,
    );
    Ok(())
}

/// A path without `.` and, as far as it can be told without the disk, without `..`.
pub(super) fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            _ => tidy.push(part),
        }
    }
    tidy
}

/// A path as findings show it: relative to the working directory, with `/`.
pub(super) fn shown(path: &Path) -> String {
    let path = tidy(path);
    let relative = if path.is_absolute() {
        std::env::current_dir().map_or_else(|_| path.clone(), |here| relative(&path, &here))
    } else {
        path
    };
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").replace("//", "/")
}

/// The way from a directory to an absolute path.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let (mut to, mut here) = (path.components().peekable(), from.components().peekable());
    while to.peek().is_some() && to.peek() == here.peek() {
        to.next();
        here.next();
    }
    here.map(|_| Component::ParentDir).chain(to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_relative() {
        assert_eq!(tidy(Path::new("./a/b/../c.yaml")), Path::new("a/c.yaml"));
        assert_eq!(tidy(Path::new("../a/c.yaml")), Path::new("../a/c.yaml"));
        assert_eq!(relative(Path::new("/a/b/c.yaml"), Path::new("/a/x")), Path::new("../b/c.yaml"));
        assert_eq!(relative(Path::new("/a/b/c.yaml"), Path::new("/a")), Path::new("b/c.yaml"));
    }
}
