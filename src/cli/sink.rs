//! Where output goes. Nothing else in the crate prints.

use std::fs::File;
use std::io::{self, BufWriter, Stderr, Stdout, Write};

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
            None => Self::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())),
            Some(path) => {
                let file = File::create(path)
                    .map_err(|error| Failure::Told(format!("cannot write {}: {error}", path.display())))?;
                Self::File(BufWriter::with_capacity(1 << 16, file), path.clone())
            }
        })
    }

    pub(super) fn stderr() -> Self {
        Self::Stderr(BufWriter::new(io::stderr()))
    }

    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.with(|writer| writer.write_all(text.as_bytes()))
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

/// Says something beside the results. Nobody is left to tell when this fails.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
