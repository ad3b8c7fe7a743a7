//! The vault: seals doorcodes and opens them.
//!
//! Each code is encrypted by XChaCha20-Poly1305 under one key of the state, bound to its property, door and person, so
//! that no sealed code can be put in another's place. That key is sealed for each recipient by X25519 (`crypto_box`
//! sealed boxes), so that two people, or a person and a pipeline, can work on one state.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use crypto_box::aead::OsRng;
use rusqlite::params;
use zeroize::Zeroizing;

use super::{CodeKey, Identity, Recipient, State, StateError};
use crate::locks::doorcode::Doorcode;

/// What seals and opens the doorcodes of a state.
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

/// Bytes of the number that makes every sealing different.
const NONCE: usize = 24;

fn sealed(why: impl std::fmt::Display) -> StateError {
    StateError::Sealed(why.to_string())
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, StateError> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(&mut *bytes)
        .map_err(|error| sealed(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

/// What a sealed code is bound to, each part with its length before it.
fn bound(property: &str, key: &CodeKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    for text in [property, &key.door, &key.person] {
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.push(key.part);
    bytes
}

impl Vault {
    fn new(key: &[u8; 32]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(Key::from_slice(key)) }
    }

    /// Seals a code for its place.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, property: &str, key: &CodeKey, code: &Doorcode) -> Result<Vec<u8>, StateError> {
        let nonce = random::<NONCE>()?;
        let payload = Payload { msg: code.reveal().as_bytes(), aad: &bound(property, key) };
        let text = self.cipher.encrypt(XNonce::from_slice(&*nonce), payload);
        let text = text.map_err(|_| sealed("a doorcode cannot be sealed"))?;
        Ok([&nonce[..], &text].concat())
    }

    /// Opens a code of this place.
    ///
    /// # Errors
    /// When it was sealed for another place, by another key, or was changed.
    pub fn open(&self, property: &str, key: &CodeKey, blob: &[u8]) -> Result<Doorcode, StateError> {
        let wrong = || {
            sealed(format!(
                "the doorcode of `{}` at `{}` cannot be opened: it was changed, or sealed by another key",
                key.person, key.door
            ))
        };
        let (nonce, text) = blob.split_at_checked(NONCE).ok_or_else(wrong)?;
        let payload = Payload { msg: text, aad: &bound(property, key) };
        let digits = self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| wrong())?;
        let digits = String::from_utf8(digits).map_err(|_| wrong())?;
        Doorcode::new(Zeroizing::new(digits)).ok_or_else(wrong)
    }
}

impl State {
    /// Opens the vault; the first who does makes its key.
    ///
    /// # Errors
    /// When the doorcodes are sealed for others.
    pub fn vault(&mut self, identity: &Identity) -> Result<Vault, StateError> {
        let recipients = self.recipients()?;
        if recipients.is_empty() {
            let key = random::<32>()?;
            self.put_recipient(&identity.recipient(), &key)?;
            // Another process may have been faster.
            if self.recipients()?.len() > 1 {
                return Err(sealed("two runs made a key at once; try again"));
            }
            return Ok(Vault::new(&key));
        }
        Ok(Vault::new(&*self.data_key(identity)?))
    }

    fn data_key(&self, identity: &Identity) -> Result<Zeroizing<[u8; 32]>, StateError> {
        let recipient = identity.recipient().to_string();
        let blob: Result<Vec<u8>, _> = self.connection.query_row(
            "SELECT sealed FROM recipients WHERE public = ?1",
            [&recipient],
            |row| row.get(0),
        );
        let blob = match blob {
            Ok(blob) => blob,
            Err(rusqlite::Error::QueryReturnedNoRows) => {
                return Err(sealed(format!(
                    "the doorcodes in {} are sealed for others; somebody who can open them runs `keyplan state recipients add {recipient}`, or give their identity in KEYPLAN_IDENTITY",
                    self.path.display()
                )));
            }
            Err(error) => return Err(self.failed(error)),
        };
        let wrong = || self.damaged("the key of the doorcodes cannot be opened");
        let key = Zeroizing::new(identity.0.unseal(&blob).map_err(|_| wrong())?);
        let mut bytes = Zeroizing::new([0u8; 32]);
        if key.len() != 32 {
            return Err(wrong());
        }
        bytes.copy_from_slice(&key);
        Ok(bytes)
    }

    fn put_recipient(&mut self, recipient: &Recipient, key: &[u8; 32]) -> Result<(), StateError> {
        let blob = recipient.key().seal(&mut OsRng, key).map_err(|_| sealed("the key cannot be sealed"))?;
        self.transact(|transaction| {
            let sql = "INSERT OR REPLACE INTO recipients VALUES(?1, ?2)";
            Ok(transaction.execute(sql, params![recipient.to_string(), blob]).map(|_| ())?)
        })
    }

    /// Everybody whom doorcodes are sealed for, ascending.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn recipients(&self) -> Result<Vec<Recipient>, StateError> {
        let failed = |error| self.failed(error);
        let mut query =
            self.connection.prepare("SELECT public FROM recipients ORDER BY public").map_err(failed)?;
        let rows = query.query_map([], |row| row.get::<_, String>(0)).map_err(failed)?;
        rows.map(|text| {
            Recipient::parse(&text.map_err(failed)?).map_err(|_| self.damaged("a recipient cannot be read"))
        })
        .collect()
    }

    /// Seals doorcodes for somebody else too.
    ///
    /// # Errors
    /// When this identity cannot open them, or the state cannot be written.
    pub fn add_recipient(&mut self, identity: &Identity, recipient: &Recipient) -> Result<(), StateError> {
        self.vault(identity)?;
        let key = self.data_key(identity)?;
        self.put_recipient(recipient, &key)
    }

    /// Seals every doorcode anew under a new key, for the recipients that are left.
    ///
    /// # Errors
    /// When this identity cannot open them, would not be able to any more, or the state cannot be written.
    pub fn rotate_key(
        &mut self,
        identity: &Identity,
        without: Option<&Recipient>,
    ) -> Result<usize, StateError> {
        let old = self.vault(identity)?;
        let mut recipients = self.recipients()?;
        if let Some(gone) = without {
            if !recipients.contains(gone) {
                return Err(StateError::Wrong("doorcodes are not sealed for this recipient".to_owned()));
            }
            if *gone == identity.recipient() {
                return Err(StateError::Wrong(
                    "you would lock yourself out; let another recipient take you away".to_owned(),
                ));
            }
            recipients.retain(|one| one != gone);
        }
        let key = random::<32>()?;
        let new = Vault::new(&key);
        let codes = self.sealed_codes(None)?;
        self.transact(|transaction| {
            transaction.execute("DELETE FROM recipients", [])?;
            for recipient in &recipients {
                let blob =
                    recipient.key().seal(&mut OsRng, &*key).map_err(|_| sealed("the key cannot be sealed"))?;
                let values = params![recipient.to_string(), blob];
                transaction.execute("INSERT INTO recipients VALUES(?1, ?2)", values)?;
            }
            for (property, code, blob) in &codes {
                let again = new.seal(property, code, &old.open(property, code, blob)?)?;
                let CodeKey { door, person, part } = code;
                transaction.execute(
                    "UPDATE codes SET sealed = ?5 WHERE property = ?1 AND door = ?2 AND person = ?3 AND part = ?4",
                    params![property, door, person, part, again],
                )?;
            }
            Ok(())
        })?;
        Ok(codes.len())
    }
}
