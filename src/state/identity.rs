//! Who may open doorcodes: a secret of this user or pipeline, kept outside the repository, and what others know it by.

use std::path::{Path, PathBuf};

use crypto_box::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use super::StateError;

const SECRET: &str = "keyplan-identity-1:";
const PUBLIC: &str = "keyplan-recipient-1:";

/// The secret that opens the doorcodes of a state. It is never shown.
pub struct Identity(pub(super) SecretKey);

/// What a state seals doorcodes for: the public half of an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(pub(super) [u8; 32]);

impl std::fmt::Display for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(PUBLIC)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Recipient {
    /// Reads what `Display` writes.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = text.trim().strip_prefix(PUBLIC).and_then(bytes);
        bytes.map(|bytes| Self(*bytes)).ok_or_else(|| {
            format!(
                "a recipient is `{PUBLIC}` and 64 hexadecimal digits; `keyplan state recipients` shows yours"
            )
        })
    }

    pub(super) fn key(&self) -> PublicKey {
        PublicKey::from(self.0)
    }
}

/// Thirty-two bytes as hexadecimal digits.
pub(super) fn bytes(hex: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

impl Identity {
    /// The identity in a text, as a pipeline gives it in a variable.
    ///
    /// # Errors
    /// When it has another form. The message never repeats it.
    pub fn parse(text: &str) -> Result<Self, StateError> {
        let bytes = text.trim().strip_prefix(SECRET).and_then(bytes);
        let bytes = bytes.ok_or_else(|| {
            StateError::Sealed(format!(
                "the identity that opens doorcodes is `{SECRET}` and 64 hexadecimal digits; what was given is not"
            ))
        })?;
        Ok(Self(SecretKey::from(*bytes)))
    }

    /// The identity in a file; made, for its owner alone, when there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, or others can read it.
    pub fn of_file(path: &Path) -> Result<Self, StateError> {
        let wrong = |error: &dyn std::fmt::Display| {
            StateError::Sealed(format!("cannot use the identity {}: {error}", path.display()))
        };
        if !path.exists() {
            let mut secret = Zeroizing::new([0u8; 32]);
            getrandom::fill(&mut *secret).map_err(|error| wrong(&error))?;
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(|error| wrong(&error))?;
            }
            let text = Zeroizing::new(
                secret.iter().fold(SECRET.to_owned(), |text, byte| format!("{text}{byte:02x}")) + "\n",
            );
            write_new(path, text.as_bytes()).map_err(|error| wrong(&error))?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(|error| wrong(&error))?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(wrong(
                    &"others can read it; `chmod 600` it, and think about who may have seen it",
                ));
            }
        }
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| wrong(&error))?);
        Self::parse(&text)
    }

    /// Where the identity of a user is kept: below the directory of settings that the system names.
    #[must_use]
    pub fn default_path(config: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
        let base = config.filter(|path| path.is_absolute()).or_else(|| Some(home?.join(".config")))?;
        Some(base.join("keyplan").join("identity"))
    }

    /// What others know it by.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(*self.0.public_key().as_bytes())
    }
}

/// Writes a file that only its owner can read, and that was not there.
fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}
