//! Lines that fit the terminal.

/// Width where none is known.
pub const WIDTH: usize = 80;

/// Where a line that goes on begins: deeper than any other, so that no value can look like a line of its own.
const DEEP: &str = "          ";

/// A paragraph after its sign, broken between words. A word that is wider than the line stays whole.
pub(super) fn paragraph(sign: &str, text: &str, width: usize) -> String {
    parts(sign, text.split(' '), " ", width)
}

/// The same of parts that stay whole: an address, a place.
pub(super) fn parts<'a>(
    sign: &str,
    parts: impl IntoIterator<Item = &'a str>,
    between: &str,
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
            && column > DEEP.len()
            && column + between.len() + wide > width;
        if breaks {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(DEEP);
            column = DEEP.len();
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
            ("one two three", 20, "the sign: one two\n          three\n"),
            ("one two three", 23, "the sign: one two three\n"),
            (
                "one two three",
                3,
                "the sign: one\n          two\n          three\n",
            ),
            (
                "a-long-address.arn of",
                20,
                "the sign: a-long-address.arn\n          of\n",
            ),
            (
                "one ::two three",
                14,
                "the sign: one ::two\n          three\n",
            ),
            (
                "\x1b[31m[-one-]\x1b[0m two",
                21,
                "the sign: \x1b[31m[-one-]\x1b[0m two\n",
            ),
            ("", 9, "the sign: \n"),
        ] {
            assert_eq!(paragraph("the sign: ", text, width), expected, "{text:?}");
        }
    }

    #[test]
    fn parts_stay_whole() {
        let found = parts("+ ", ["an address", "a file:1", "(dev)"], "  ", 22);
        assert_eq!(found, "+ an address  a file:1\n          (dev)\n");
    }
}
