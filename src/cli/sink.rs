//! Where output goes. Nothing else in the crate prints.

use std::fs::File;
use std::io::{self, BufWriter, Stderr, Stdout, Write};
use std::path::Path;

use super::Failure;
use super::format::Output;

/// Standard output or a file.
pub(super) enum Sink {
    Stdout(BufWriter<Stdout>),
    Stderr(BufWriter<Stderr>),
    File(BufWriter<File>, std::path::PathBuf),
}

impl Sink {
    pub(super) fn open(output: &Output) -> Result<Self, Failure> {
        Ok(match &output.file {
            None => Self::stdout(),
            Some(path) => {
                let file = File::create(path)
                    .map_err(|error| Failure::Told(format!("cannot write {}: {error}", path.display())))?;
                Self::File(BufWriter::with_capacity(1 << 16, file), path.clone())
            }
        })
    }

    pub(super) fn stdout() -> Self {
        Self::Stdout(BufWriter::with_capacity(1 << 16, io::stdout()))
    }

    pub(super) fn stderr() -> Self {
        Self::Stderr(BufWriter::new(io::stderr()))
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.with(|writer| writer.write_all(text.as_bytes()))
    }

    /// Writes what somebody waits for.
    pub(super) fn write_now(&mut self, text: &str) -> Result<(), Failure> {
        self.write(text)?;
        self.with(|writer| writer.flush())
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.with(|writer| writer.flush())
    }

    fn with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        match self {
            Self::Stdout(writer) => Ok(write(writer)?),
            Self::Stderr(writer) => Ok(write(writer)?),
            Self::File(writer, path) => write(writer)
                .map_err(|error| Failure::Told(format!("cannot write {}: {error}", path.display()))),
        }
    }
}

/// Puts a text in place of a file, whole or not at all; a link stays a link, and permissions stay as they are.
pub(super) fn replace_file(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Told(format!("cannot write {}: {error}", path.display()));
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let directory = match real.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".keyplan-").tempfile_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    let permissions = match std::fs::metadata(&real) {
        Ok(metadata) => metadata.permissions(),
        // What any new file gets; a temporary one is for its owner alone.
        Err(_) => File::create(&real).and_then(|file| file.metadata()).map_err(failed)?.permissions(),
    };
    std::fs::set_permissions(file.path(), permissions).map_err(failed)?;
    file.persist(&real).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Says something beside the results. Nobody is left to tell when this fails.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
