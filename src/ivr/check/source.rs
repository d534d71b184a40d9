//! A file as it was handed in: its name and text, whatever its bytes were.

use crate::ivr::flow::Span;

/// A flow with its prompts in two languages has some tens of KiB; larger files are refused unread.
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// A flow file before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    path: String,
    text: String,
    fault: Option<SourceFault>,
}

/// Why a file cannot be read as text at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFault {
    TooLarge { bytes: usize },
    NotUtf8 { at: Span },
}

impl SourceFile {
    /// `path` is shown as it is, and its stem must be the flow's id. A byte-order mark is dropped.
    pub fn new(path: &str, bytes: &[u8]) -> Self {
        let path = path.to_owned();
        if bytes.len() > MAX_FILE_BYTES {
            let fault = Some(SourceFault::TooLarge { bytes: bytes.len() });
            return SourceFile { path, text: String::new(), fault };
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => SourceFile { path, text: text.to_owned(), fault: None },
            Err(error) => {
                let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let fault = Some(SourceFault::NotUtf8 { at: end_of(&good) });
                SourceFile { path, text: String::from_utf8_lossy(bytes).into_owned(), fault }
            }
        }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn fault(&self) -> Option<SourceFault> {
        self.fault
    }

    /// The file's name without folder and extension.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or(&self.path);
        name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name)
    }

    /// A line by its number from 1, without its line break.
    pub fn line(&self, number: u32) -> Option<&str> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.text.lines().nth(index)
    }
}

fn end_of(text: &str) -> Span {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { line: number(line), column: number(column), len: 1 }
}
