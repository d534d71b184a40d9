//! What a REGISTER asks for, and how it may be refused.

use std::time::Duration;

use crate::sip::Uri;
use crate::sip::transaction::Flow;

/// How long phones may register.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationPolicy {
    /// Shorter wishes get 423 with Min-Expires.
    pub min_expires_s: u32,
    /// Longer wishes are cut to this.
    pub max_expires_s: u32,
    /// For a REGISTER that says nothing.
    pub default_expires_s: u32,
    pub contacts_per_account: usize,
    /// How long a nonce is good.
    pub nonce_lifetime: Duration,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        RegistrationPolicy {
            min_expires_s: 30,
            max_expires_s: 3600,
            default_expires_s: 3600,
            contacts_per_account: 8,
            nonce_lifetime: Duration::from_secs(300),
        }
    }
}

/// One authenticated REGISTER.
#[derive(Clone, Debug)]
pub struct Registration {
    pub contacts: Contacts,
    /// The Expires header.
    pub expires_s: Option<u32>,
    pub call_id: String,
    pub cseq: u32,
    pub flow: Flow,
    pub path: Vec<String>,
    pub user_agent: Option<String>,
}

/// The Contact values of a REGISTER.
#[derive(Clone, Debug)]
pub enum Contacts {
    /// `*`: all bindings are to go.
    All,
    /// None of them asks which bindings there are.
    Some(Vec<ContactWish>),
}

/// One Contact of a REGISTER.
#[derive(Clone, Debug)]
pub struct ContactWish {
    pub uri: Uri,
    /// The `expires` parameter.
    pub expires_s: Option<u32>,
    pub q_milli: u16,
    pub instance: Option<String>,
}

/// Why a REGISTER changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegisterError {
    /// 423.
    #[error("an expiry below {min_expires_s} s is too brief")]
    TooBrief { min_expires_s: u32 },
    /// 400 (RFC 3261 10.3 step 6).
    #[error("`Contact: *` is for `Expires: 0` only")]
    StarNeedsZero,
    /// 500 (RFC 3261 10.3 step 7): a newer REGISTER of this phone has been seen.
    #[error("CSeq {0} is not higher than before")]
    OutOfOrder(u32),
    /// 403.
    #[error("more than {0} contacts in one REGISTER")]
    TooManyContacts(usize),
}

impl RegistrationPolicy {
    /// How long this contact lasts; 0 takes it away.
    pub(super) fn expires_s(&self, wish: &ContactWish, header: Option<u32>) -> Result<u32, RegisterError> {
        match wish.expires_s.or(header) {
            None => Ok(self.default_expires_s.min(self.max_expires_s)),
            Some(0) => Ok(0),
            Some(wanted) if wanted < self.min_expires_s => {
                Err(RegisterError::TooBrief { min_expires_s: self.min_expires_s })
            }
            Some(wanted) => Ok(wanted.min(self.max_expires_s)),
        }
    }
}
