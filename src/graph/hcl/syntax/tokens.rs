//! JSON with the line of every property: a syntax tree for [`super`].

/// Deepest nesting.
const MAX_DEPTH: usize = 100;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// `null`, `true`, `false` or a number, as written.
    Plain(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Property>),
}

/// A property, and the line of its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) value: Node,
}

/// Where a text is no JSON, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: &'static str,
}

/// Parses a document.
pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let mut parser = Parser {
        text,
        at: 0,
        line: 1,
    };
    let node = parser.value(0)?;
    parser.blanks();
    if parser.at < text.len() {
        return Err(parser.fault("nothing more is expected here"));
    }
    Ok(node)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> Parser<'t> {
    fn fault(&self, message: &'static str) -> Fault {
        let start = self.text[..self.at].rfind('\n').map_or(0, |at| at + 1);
        Fault {
            line: self.line,
            column: self.text[start..self.at].chars().count() + 1,
            message,
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.rest().bytes().next() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// Takes a byte, after blanks.
    fn takes(&mut self, byte: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        if depth > MAX_DEPTH {
            return Err(self.fault("this is nested too deep"));
        }
        if self.takes('{') {
            return self.object(depth);
        }
        if self.takes('[') {
            let mut items = Vec::new();
            if self.takes(']') {
                return Ok(Node::List(items));
            }
            loop {
                items.push(self.value(depth + 1)?);
                if self.takes(']') {
                    return Ok(Node::List(items));
                }
                if !self.takes(',') {
                    return Err(self.fault("a comma or ] is expected"));
                }
            }
        }
        if self.rest().starts_with('"') {
            return self.text().map(Node::Text);
        }
        let end = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.');
        let length = self.rest().find(end).unwrap_or(self.rest().len());
        let word = &self.rest()[..length];
        let number = || serde_json::from_str::<serde_json::Number>(word).is_ok();
        if !matches!(word, "null" | "true" | "false") && !number() {
            return Err(self.fault("a JSON value is expected"));
        }
        self.at += length;
        Ok(Node::Plain(word.to_owned()))
    }

    fn object(&mut self, depth: usize) -> Result<Node, Fault> {
        let mut properties = Vec::new();
        if self.takes('}') {
            return Ok(Node::Object(properties));
        }
        loop {
            self.blanks();
            let line = self.line;
            let name = self.text()?;
            if !self.takes(':') {
                return Err(self.fault("a colon is expected"));
            }
            let value = self.value(depth + 1)?;
            properties.push(Property { name, line, value });
            if self.takes('}') {
                return Ok(Node::Object(properties));
            }
            if !self.takes(',') {
                return Err(self.fault("a comma or } is expected"));
            }
        }
    }

    fn text(&mut self) -> Result<String, Fault> {
        let wrong = self.fault("a string is expected");
        let rest = self.rest();
        let mut bytes = rest.bytes().enumerate();
        if !matches!(bytes.next(), Some((_, b'"'))) {
            return Err(wrong);
        }
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => {
                    let quoted = rest.get(..=at).unwrap_or_default();
                    let text = serde_json::from_str(quoted).map_err(|_| wrong)?;
                    self.at += at + 1;
                    return Ok(text);
                }
                _ => {}
            }
        }
        Err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_names() {
        let Node::Object(found) =
            parse("{\n  \"a\": [1, {}],\n\n\"b\\n\": \"\\u00e9\"}\n").unwrap()
        else {
            panic!()
        };
        let lines: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.line)).collect();
        assert_eq!(lines, [("a", 2), ("b\n", 4)]);
        assert_eq!(found[1].value, Node::Text("é".to_owned()));
    }

    #[test]
    fn what_is_no_json_has_a_place() {
        for (text, line, column) in [
            ("", 1, 1),
            ("{", 1, 2),
            ("{\n  \"a\": tru\n}", 2, 8),
            ("{\"a\" 1}", 1, 6),
            ("{\"a\": 1,}", 1, 9),
            ("[1 2]", 1, 4),
            ("{} {}", 1, 4),
            ("{\"a\": \"x}", 1, 7),
            ("{\"é\": 01}", 1, 7),
            ("{\"a\": \"\\x\"}", 1, 7),
        ] {
            let fault = parse(text).unwrap_err();
            assert_eq!(
                (fault.line, fault.column),
                (line, column),
                "{text}: {fault:?}"
            );
        }
        assert_eq!(
            parse(&"[".repeat(200)).unwrap_err().message,
            "this is nested too deep"
        );
        // As serde_json sees it.
        for text in ["{\"a\":[1.5e-3,null,true,\"\"]}", " [] ", "\"x\"", "-1"] {
            assert!(parse(text).is_ok() && serde_json::from_str::<serde_json::Value>(text).is_ok());
        }
    }
}
