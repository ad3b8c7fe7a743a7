//! `--format KIND[=FILE]`.

use std::path::PathBuf;
use std::str::FromStr;

/// A way to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Human,
    Concise,
    Json,
    Jsonl,
    Csv,
    Markdown,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Html,
    Dot,
    Mermaid,
    Svg,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Human,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Csv,
        Self::Markdown,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Html,
        Self::Dot,
        Self::Mermaid,
        Self::Svg,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
        }
    }

    /// The ending of a file of this kind.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Human | Self::Concise | Self::Github => "txt",
            Self::Json | Self::Gitlab => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Sarif => "sarif",
            Self::Junit => "xml",
            Self::Html => "html",
            Self::Dot => "dot",
            Self::Mermaid => "mmd",
            Self::Svg => "svg",
        }
    }
}

/// A way to print, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) kind: Kind,
    /// Standard output without it.
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            return Err("a file is missing behind the `=`".into());
        }
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| format!("the kinds are {}", Kind::ALL.map(Kind::name).join(", ")))?;
        Ok(Self { kind, file })
    }
}
