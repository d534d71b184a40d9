use crate::sip::{HeaderName, Message, Text};

/// Whether `option` is among the values of a list header such as Supported, Require or Allow.
///
/// Option tags and methods are compared without case, as phones write them in any.
pub fn has_option(message: &Message, header: HeaderName, option: &str) -> bool {
    message.header(header).any(|value: Text| value.eq_ignore_case(option))
}
