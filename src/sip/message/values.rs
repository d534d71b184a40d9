use super::field::{Field, Message};
use super::limits::MAX_VALUES;
use super::{HeaderName, Text};
use crate::sip::header::scan::{next_element, trim};

/// The values of one header in the order of the message; lists are split at their commas (RFC 3261 7.3.1).
pub struct Values<'a> {
    message: &'a Message,
    fields: std::slice::Iter<'a, Field>,
    name: HeaderName,
    /// The rest of a list whose first values were yielded.
    rest: &'a [u8],
    left: usize,
}

impl<'a> Values<'a> {
    pub(super) fn next_bytes(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        loop {
            while !self.rest.is_empty() {
                let (element, rest) = next_element(self.rest);
                self.rest = rest;
                let element = trim(element);
                if !element.is_empty() {
                    return Some(element);
                }
            }
            let name = self.name;
            let field = self.fields.by_ref().find(|field| field.name == name)?;
            let value = self.message.value_bytes(field);
            if !name.is_list() {
                return Some(value);
            }
            self.rest = value;
        }
    }
}

impl Iterator for Values<'_> {
    type Item = Text;
    fn next(&mut self) -> Option<Text> {
        let value = self.next_bytes()?;
        Some(self.message.raw.slice_ref(value))
    }
}

impl Message {
    /// The values of `name`: long or compact form, any case, one per list element. Empty list elements are left out.
    pub fn header(&self, name: HeaderName) -> Values<'_> {
        Values { message: self, fields: self.fields.iter(), name, rest: &[], left: MAX_VALUES }
    }

    /// The first value of `name`.
    pub fn first(&self, name: HeaderName) -> Option<Text> {
        self.header(name).next()
    }

    /// Whether a field `name` is there, even one without a value.
    pub fn has(&self, name: HeaderName) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// How many header lines (not list values) are called `name`.
    pub fn count(&self, name: HeaderName) -> usize {
        self.fields.iter().filter(|field| field.name == name).count()
    }

    /// The whole values of the lines called `name` in any case, for headers that [`HeaderName`] does not list.
    pub fn header_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Text> + 'a {
        let known = HeaderName::of(name.as_bytes());
        self.fields
            .iter()
            .filter(move |field| match field.name {
                HeaderName::Other => self.name_bytes(field).eq_ignore_ascii_case(name.as_bytes()),
                listed => listed == known,
            })
            .map(|field| self.raw.slice_ref(self.value_bytes(field)))
    }

    /// Every header line as name and value, in order.
    pub fn lines(&self) -> impl Iterator<Item = (HeaderName, Text, Text)> + '_ {
        self.fields.iter().map(|field| {
            let (name, value) = (self.name_bytes(field), self.value_bytes(field));
            (field.name, self.raw.slice_ref(name), self.raw.slice_ref(value))
        })
    }
}
