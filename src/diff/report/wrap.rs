//! Lines that fit the terminal.

/// Width where none is known.
pub const WIDTH: usize = 80;

/// A paragraph after its sign, broken between words; all lines but the first begin with `indent` spaces. A word that
/// is wider than the line stays whole.
pub(super) fn paragraph(sign: &str, text: &str, indent: usize, width: usize) -> String {
    parts(sign, text.split(' '), " ", indent, width)
}

/// The same of parts that stay whole: an address, a place.
pub(super) fn parts<'a>(
    sign: &str,
    parts: impl IntoIterator<Item = &'a str>,
    between: &str,
    indent: usize,
    width: usize,
) -> String {
    let mut out = sign.to_owned();
    let mut column = columns(sign);
    for (number, part) in parts.into_iter().enumerate() {
        let wide = columns(part);
        // No line begins with a workflow command of GitHub's.
        let breaks = number > 0
            && !part.is_empty()
            && !part.starts_with("::")
            && column > indent
            && column + between.len() + wide > width;
        if breaks {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if number > 0 {
            out.push_str(between);
            column += between.len();
        }
        out.push_str(part);
        column += wide;
    }
    out.push('\n');
    out
}

/// Characters that are seen: none of a colour.
fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut colour = false;
    for c in text.chars() {
        match c {
            '\x1b' => colour = true,
            'm' if colour => colour = false,
            _ if colour => {}
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_lines_fit() {
        for (text, width, expected) in [
            ("one two three", 20, "- one two three\n"),
            ("one two three", 15, "- one two three\n"),
            ("one two three", 14, "- one two\n    three\n"),
            ("one two three", 3, "- one\n    two\n    three\n"),
            (
                "a-long-address.arn of it",
                9,
                "- a-long-address.arn\n    of it\n",
            ),
            ("one ::two three", 7, "- one ::two\n    three\n"),
            (
                "\x1b[31m[-one-]\x1b[0m two",
                13,
                "- \x1b[31m[-one-]\x1b[0m two\n",
            ),
            ("", 9, "- \n"),
        ] {
            assert_eq!(paragraph("- ", text, 4, width), expected, "{text:?}");
        }
    }

    #[test]
    fn parts_stay_whole() {
        let found = parts("+ ", ["an address", "a file:1", "(dev)"], "  ", 4, 22);
        assert_eq!(found, "+ an address  a file:1\n    (dev)\n");
    }
}
