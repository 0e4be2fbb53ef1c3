//! Places as people and programs name them: lines and columns.

use camino::Utf8Path;

use super::{Diagnostic, Sources};

/// A place in a file; lines and columns from 1, columns in characters, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// File.
    pub file: &'a Utf8Path,
    /// First line; 1 when the text is not at hand.
    pub line: usize,
    /// First column; none when only the line is known.
    pub column: Option<usize>,
    /// Last line.
    pub end_line: usize,
    /// One past the last column; none when only the line is known.
    pub end_column: Option<usize>,
}

impl Diagnostic {
    /// The place, when there is one.
    pub fn place<'a>(&'a self, sources: &Sources) -> Option<Place<'a>> {
        if let Some(span) = &self.span {
            let text = sources.0.get(&span.file);
            let (line, column) = text.map_or((1, 1), |text| position(text, span.start));
            let (end_line, end_column) = text.map_or((1, 1), |text| position(text, span.end));
            return Some(Place {
                file: &span.file,
                line,
                column: Some(column),
                end_line,
                end_column: Some(end_column),
            });
        }
        let line = self.line.as_ref()?;
        Some(Place {
            file: &line.file,
            line: line.line.max(1),
            column: None,
            end_line: line.line.max(1),
            end_column: None,
        })
    }
}

/// Line and column, from 1 and in characters, of a byte of a text; of its end when it lies beyond.
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
    let column = text[start..byte].chars().count() + 1;
    (lines_before(text, start) + 1, column)
}

/// First and last byte of a line, from 1, without what is blank at its end; the end of a text that has no such line.
pub fn line_range(text: &str, line: usize) -> (usize, usize) {
    let mut lines = text.split_inclusive('\n');
    let before = lines.by_ref().take(line.saturating_sub(1));
    let start = before.map(str::len).sum();
    let length = lines.next().unwrap_or_default().trim_end().len();
    (start, start + length)
}

/// Count of line ends before a byte.
pub(super) fn lines_before(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().get(..byte).unwrap_or(text.as_bytes());
    before.split(|b| *b == b'\n').count() - 1
}

/// The text of a line, from 1.
pub(super) fn line_text(text: &str, line: usize) -> &str {
    text.lines().nth(line.saturating_sub(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "a\näb\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 2), (2, 1));
        assert_eq!(position(text, 4), (2, 2));
        assert_eq!(position(text, 3), (2, 1));
        assert_eq!(position(text, 100), (3, 1));
        assert_eq!(line_text(text, 2), "äb");
        assert_eq!(line_text(text, 9), "");
    }
}
