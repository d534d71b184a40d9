use bytes::Bytes;

use super::{HeaderName, Method, Text};
use crate::sip::Uri;

/// One SIP message: its bytes and where everything is in them.
///
/// Read it with the methods of this type (see also [`crate::sip::header`]). Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Message {
    /// Start line to the end of the body; the head has no folds.
    pub(super) raw: Text,
    pub(super) start: StartLine,
    /// A vector, not an inline array: messages travel through queues by value and must stay small.
    pub(super) fields: Vec<Field>,
    /// Where the body begins in `raw`; it ends with it.
    pub(super) body_start: usize,
}

/// The first line (RFC 3261 7.1, 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    Request {
        method: Method,
        uri: Uri,
    },
    /// `status` is 100 to 699. `reason` is any bytes, possibly none.
    Response {
        status: u16,
        reason: Text,
    },
}

/// Where one header field is. Lengths of a head fit 16 bits (`limits::MAX_HEAD_BYTES`).
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: HeaderName,
    pub(super) name_start: u16,
    pub(super) name_len: u16,
    pub(super) value_start: u16,
    pub(super) value_len: u16,
}

const _: () = assert!(super::limits::MAX_HEAD_BYTES <= u16::MAX as usize);

impl Field {
    /// Of a head of at most `MAX_HEAD_BYTES`, so that every place in it fits 16 bits.
    pub(super) fn new(
        name: HeaderName,
        name_start: usize,
        name_len: usize,
        value_start: usize,
        value_len: usize,
    ) -> Field {
        let fit = |n: usize| n.min(usize::from(u16::MAX)) as u16;
        Field {
            name,
            name_start: fit(name_start),
            name_len: fit(name_len),
            value_start: fit(value_start),
            value_len: fit(value_len),
        }
    }
}

impl Message {
    /// The message as it would be sent, body included.
    pub fn raw(&self) -> &Bytes {
        self.raw.as_inner()
    }

    pub fn start_line(&self) -> &StartLine {
        &self.start
    }

    pub fn body(&self) -> &[u8] {
        self.raw.as_bytes().get(self.body_start..).unwrap_or_default()
    }

    /// The body, sharing the message's buffer.
    pub fn body_text(&self) -> Text {
        self.raw.slice(self.body_start.min(self.raw.len())..self.raw.len())
    }

    pub(super) fn name_bytes(&self, field: &Field) -> &[u8] {
        let start = usize::from(field.name_start);
        self.raw.as_bytes().get(start..start + usize::from(field.name_len)).unwrap_or_default()
    }

    pub(super) fn value_bytes(&self, field: &Field) -> &[u8] {
        let start = usize::from(field.value_start);
        self.raw.as_bytes().get(start..start + usize::from(field.value_len)).unwrap_or_default()
    }
}
