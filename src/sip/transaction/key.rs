//! How messages find their transaction (RFC 3261 17.1.3, 17.2.3).

/// What a request and its repetitions, its ACK and its CANCEL have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServerKey(Vec<u8>);

/// What a request of ours and its responses have in common: the branch and the method.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ClientKey(Vec<u8>);

/// The beginning of a branch that is unique in itself (RFC 3261 8.1.1.7).
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// The fields by which a request of an RFC 2543 client is matched, whose branch means nothing.
#[derive(Clone, Copy, Debug)]
pub struct OldMatch<'a> {
    pub request_uri: &'a [u8],
    pub from_tag: &'a [u8],
    pub call_id: &'a [u8],
    pub cseq: u32,
    /// The topmost Via as it is written.
    pub via: &'a [u8],
}

impl ServerKey {
    /// By branch, sent-by and method; `method` is `INVITE` for an ACK.
    pub fn new(branch: &[u8], sent_by: &[u8], method: &[u8]) -> Self {
        let sent_by = sent_by.to_ascii_lowercase();
        ServerKey(joined(&[branch, &sent_by, method]))
    }

    /// The RFC 2543 way. The To tag is left out: it differs between an INVITE and its ACK.
    pub fn old(fields: OldMatch<'_>, method: &[u8]) -> Self {
        let cseq = fields.cseq.to_be_bytes();
        ServerKey(joined(&[
            b"\nRFC 2543",
            fields.request_uri,
            fields.from_tag,
            fields.call_id,
            &cseq,
            fields.via,
            method,
        ]))
    }

    /// Whether `branch` makes a request unique by itself.
    pub fn is_unique(branch: &[u8]) -> bool {
        branch.len() > MAGIC_COOKIE.len()
            && branch.get(..MAGIC_COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE.as_bytes()))
    }
}

impl ClientKey {
    pub fn new(branch: &[u8], method: &[u8]) -> Self {
        ClientKey(joined(&[branch, method]))
    }
}

/// The parts with line ends between, which no part holds.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(&b'\n')
}
