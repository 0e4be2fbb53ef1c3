//! Finds the resources of a file without parsing it, so that each is parsed once, when its turn
//! comes.
//!
//! The parser stays the judge: what is found here is held against the tree of each resource (see
//! [`File::tree`](super::module::File::tree)), and where they differ, or anything else is wrong,
//! the file is parsed as a whole.

use std::ops::Range;

use super::resource::ResourceBlock;

/// The resources of a file, and what is left of its text.
pub(super) struct Split {
    pub(super) resources: Vec<ResourceBlock>,
    /// With blanks in place of the resources, so that offsets stay; `None` when nothing but
    /// comments is left.
    pub(super) rest: Option<String>,
}

/// Splits a file. `None` where more than brackets, quotes and line comments would have to be
/// understood (heredocs, block comments), and where they do not match.
pub(super) fn split(text: &str) -> Option<Split> {
    let mut scanner = Scanner { text, at: 0 };
    let mut resources = Vec::new();
    let mut others = false;
    loop {
        scanner.gap();
        if scanner.peek().is_none() {
            break;
        }
        let start = scanner.at;
        if let word @ ("resource" | "data") = scanner.word()? {
            resources.push(scanner.resource(start, word == "data")?);
            scanner.line_ends()?;
        } else {
            others = true;
            scanner.item()?;
        }
    }
    let rest = others.then(|| blank(text, resources.iter().map(|r| &r.span)));
    Some(Split { resources, rest })
}

/// The text with spaces for everything in the spans but line breaks.
fn blank<'s>(text: &str, spans: impl Iterator<Item = &'s Range<usize>>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for span in spans {
        out.push_str(&text[done..span.start]);
        let bytes = text[span.clone()].bytes();
        out.extend(bytes.map(|b| if b == b'\n' { '\n' } else { ' ' }));
        done = span.end;
    }
    out.push_str(&text[done..]);
    out
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn sees(&self, prefix: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(prefix.as_bytes())
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
    }

    /// Skips blank lines and line comments.
    fn gap(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'#') => self.comment(),
                Some(b'/') if self.sees("//") => self.comment(),
                _ => return,
            }
        }
    }

    /// Nothing but a comment may stand behind a block.
    fn line_ends(&self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let behind = rest.lines().next().unwrap_or_default().trim_ascii();
        (behind.is_empty() || behind.starts_with(['#', '/'])).then_some(())
    }

    /// An identifier of ASCII letters; `None` where anything else stands.
    fn word(&mut self) -> Option<&'t str> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        {
            self.at += 1;
        }
        Some(&self.text[start..self.at]).filter(|word| !word.is_empty())
    }

    /// A quoted label without escapes.
    fn label(&mut self) -> Option<&'t str> {
        self.blanks();
        self.take(b'"')?;
        let label = self.word()?;
        self.take(b'"')?;
        Some(label)
    }

    /// A resource, after its keyword.
    fn resource(&mut self, start: usize, data: bool) -> Option<ResourceBlock> {
        let (kind, name) = (self.label()?, self.label()?);
        self.blanks();
        self.take(b'{')?;
        let mut arguments = Vec::new();
        loop {
            self.gap();
            if self.take(b'}').is_some() {
                break;
            }
            let word = self.word()?;
            self.blanks();
            if self.peek()? == b'=' {
                arguments.push(word.to_owned());
            }
            self.item()?;
        }
        let span = start..self.at;
        Some(ResourceBlock::new((data, kind, name), span, arguments))
    }

    /// The rest of an argument or a block: up to the end of the line, or to a closing bracket
    /// that is not its own.
    fn item(&mut self) -> Option<()> {
        let mut open = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' if open == 0 => break,
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' | b'(' => open += 1,
                b'}' | b']' | b')' => match open.checked_sub(1) {
                    Some(left) => open = left,
                    None => return Some(()),
                },
                b'#' => {
                    self.comment();
                    continue;
                }
                b'/' if self.sees("//") => {
                    self.comment();
                    continue;
                }
                b'/' if self.sees("/*") => return None,
                b'<' if self.sees("<<") => return None,
                _ => {}
            }
            self.at += 1;
        }
        (open == 0).then_some(())
    }

    /// A quoted string, with what is interpolated in it.
    fn string(&mut self) -> Option<()> {
        // Strings that are open, each with the brackets open in the interpolation around it.
        let mut strings: Vec<usize> = vec![0];
        self.at += 1;
        // Whether a string, and not an interpolation, is read.
        let mut quoted = true;
        while let Some(last) = strings.last_mut() {
            let byte = self.peek()?;
            if quoted {
                match byte {
                    b'\n' => return None,
                    b'\\' => self.at += 1,
                    b'$' if self.sees("$${") => self.at += 2,
                    b'%' if self.sees("%%{") => self.at += 2,
                    b'$' | b'%' if self.sees("${") || self.sees("%{") => {
                        self.at += 1;
                        *last = 1;
                        quoted = false;
                    }
                    b'"' => {
                        strings.pop();
                        quoted = false;
                    }
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => {
                        strings.push(0);
                        quoted = true;
                    }
                    b'{' | b'[' | b'(' => *last += 1,
                    b'}' | b']' | b')' => {
                        *last -= 1;
                        quoted = *last == 0;
                    }
                    b'#' | b'\n' => return None,
                    b'/' if self.sees("//") || self.sees("/*") => return None,
                    b'<' if self.sees("<<") => return None,
                    _ => {}
                }
            }
            self.at += 1;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Vec<(String, Vec<String>)>> {
        let split = split(text)?;
        let resources = split.resources.iter().map(|r| {
            let text = text[r.span.clone()].to_owned();
            (text, r.arguments.clone())
        });
        Some(resources.collect())
    }

    #[test]
    fn resources_end_where_their_brackets_do() {
        let first = "resource \"a\" \"b\" {\n  x = \"}${f(\"{\", { y = 1 })} $${ \\\"\"\n  block {\n    z = 1\n  }\n  count = 2 # }\n}";
        let second = "data \"c\" \"d\" { e = [\"f\"] }";
        let text =
            format!("# resource \"no\" \"no\" {{\nlocals {{\n  ö = 1\n}}\n{first}\n{second}\n");
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            found(&text),
            Some(vec![
                (first.to_owned(), names(&["x", "count"])),
                (second.to_owned(), names(&["e"])),
            ])
        );
    }

    #[test]
    fn what_is_left_keeps_its_place() {
        let text = "a = 1\nresource \"b\" \"c\" {\n  d = \"ö\"\n}\ne = 2\n";
        let rest = split(text).unwrap().rest.unwrap();
        assert_eq!(rest.len(), text.len());
        assert_eq!(rest.find("e = 2"), text.find("e = 2"));
        assert_eq!(rest.lines().count(), text.lines().count());
        assert!(!rest.contains("resource"));
        let alone = split("# header\nresource \"b\" \"c\" {\n}\n").unwrap();
        assert!(alone.rest.is_none());
    }

    #[test]
    fn resources_in_other_blocks_are_none() {
        let text = "check \"x\" {\ndata \"a\" \"b\" {\n}\n}\n";
        assert_eq!(found(text), Some(Vec::new()));
    }

    #[test]
    fn what_needs_a_parser_is_left_to_it() {
        for text in [
            "a = <<E\nresource \"b\" \"c\" {\n}\nE\n",
            "/* resource \"b\" \"c\" {} */\n",
            "resource \"b\" \"c\" {\n",
            "resource \"b\" \"c\" {\n  d = \"${<<E\nE\n}\"\n}\n",
            "resource \"b\" \"c\" }\n",
            "resource \"b\" \"c\" {\n}resource \"d\" \"e\" {\n}\n",
            "resource \"b\" \"c\" {\n} f = 1\n",
            "resource \"b\" {\n}\n",
            "resource \"b\\n\" \"c\" {\n}\n",
            "resource \"b\" \"c\" {\n  d = \"\n\"\n}\n",
            "resource \"b\" \"c\" {\n  ö = 1\n}\n",
            "a = (\n",
            "}\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
