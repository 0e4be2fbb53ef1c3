//! A YAML text as a tree with byte spans, from parser events.
//!
//! Refuses what a manifest may not hold: anchors, aliases, merge keys, tags, duplicate keys,
//! several documents, deep nesting. Aliases are never expanded, so no small text grows large;
//! the tree takes memory in proportion to the text.

use indexmap::IndexMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};

use super::scalar::Scalar;

/// Nesting deeper than any manifest's.
const DEEPEST: usize = 32;

/// First byte, and one past the last.
pub(crate) type Range = (usize, usize);

/// A fault of the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte range.
    pub range: Range,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: &'static str,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Byte range.
    pub(crate) range: Range,
    /// What it is.
    pub(crate) value: Value,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A scalar as written.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping: key → its range and the value.
    Map(IndexMap<String, (Range, Node)>),
}

/// Where each part of a text stands, by JSON pointer (RFC 6901).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    root: Option<Node>,
}

enum Frame {
    List(Range, Vec<Node>),
    Map(
        Range,
        IndexMap<String, (Range, Node)>,
        Option<(String, Range)>,
    ),
}

impl SourceMap {
    /// Reads the events of a text.
    ///
    /// # Errors
    /// The first fault of the text, with its place.
    pub fn build(text: &str) -> Result<Self, Fault> {
        let bytes = byte_offsets(text);
        let at = |index: usize| bytes.get(index).copied().unwrap_or(text.len());
        let range = |marks: &Marks| {
            let start = at(marks.start.index());
            (start, at(marks.end.index()).max(start))
        };
        let mut builder = Builder::default();
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, marks) = event.map_err(|error| {
                let at = at(error.marker().index());
                // The parser looks an alias up itself.
                if error.info().contains("unknown anchor") {
                    return Fault {
                        range: (
                            at,
                            text[at..].chars().next().map_or(at, |c| at + c.len_utf8()),
                        ),
                        message: "aliases are not read".to_owned(),
                        help: "write the value out",
                    };
                }
                Fault {
                    range: (at, at),
                    message: format!("this is not YAML: {}", error.info()),
                    help: "check indentation, quotes and brackets",
                }
            })?;
            let range = range(&marks);
            let refuse = |message: &str, help: &'static str| Fault {
                range,
                message: message.to_owned(),
                help,
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(refuse(
                            "a second document starts here",
                            "a manifest is one document: remove `---`",
                        ));
                    }
                }
                Event::Alias(_) => {
                    return Err(refuse("aliases are not read", "write the value out"));
                }
                Event::Scalar(_, _, anchor, ref tag)
                | Event::SequenceStart(anchor, ref tag)
                | Event::MappingStart(anchor, ref tag)
                    if anchor != 0 || tag.is_some() =>
                {
                    let word = text[range.0..].find(char::is_whitespace);
                    let end = word.map_or(text.len(), |length| range.0 + length);
                    return Err(Fault {
                        range: (range.0, end),
                        ..refuse("anchors and tags are not read", "write the value alone")
                    });
                }
                Event::Scalar(value, style, ..) => {
                    let plain = style == ScalarStyle::Plain;
                    builder.scalar(value.into_owned(), plain, range)?;
                }
                Event::SequenceStart(..) => builder.open(Frame::List(range, Vec::new()), range)?,
                Event::MappingStart(..) => {
                    builder.open(Frame::Map(range, IndexMap::new(), None), range)?;
                }
                Event::SequenceEnd | Event::MappingEnd => builder.close(range.1),
                _ => {}
            }
        }
        Ok(Self { root: builder.root })
    }

    /// The whole value; `None` for a text without any.
    pub(crate) fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// The value at a pointer.
    pub(crate) fn node(&self, pointer: &str) -> Option<&Node> {
        match self.walk(pointer)? {
            (_, node, "") => Some(node),
            _ => None,
        }
    }

    /// Span of the value at a pointer.
    pub fn value(&self, pointer: &str) -> Option<Range> {
        match self.walk(pointer)? {
            (_, node, "") => Some(node.range),
            _ => None,
        }
    }

    /// Span of the key at a pointer.
    pub fn key(&self, pointer: &str) -> Option<Range> {
        match self.walk(pointer)? {
            (key, _, "") => key,
            _ => None,
        }
    }

    /// Where a message about a pointer points: a scalar itself, the key of a collection, the first
    /// line of a collection without key, or the nearest parent that there is.
    pub fn nearest(&self, pointer: &str) -> Option<Range> {
        let (key, node, _) = self.walk(pointer)?;
        Some(match (&node.value, key) {
            (Value::Scalar(_), Some(key)) if node.range.0 == node.range.1 => key,
            (Value::Scalar(_), _) => node.range,
            (_, Some(key)) => key,
            (Value::Map(map), None) => map.values().next().map_or(node.range, |(key, _)| *key),
            (Value::List(_), None) => (node.range.0, node.range.0),
        })
    }

    /// Follows a pointer as far as it leads: the key and node reached, and what is left of the pointer.
    fn walk<'p>(&self, pointer: &'p str) -> Option<(Option<Range>, &Node, &'p str)> {
        let mut reached = (None, self.root.as_ref()?, pointer);
        while let Some(rest) = reached.2.strip_prefix('/') {
            let (segment, tail) = rest
                .find('/')
                .map_or((rest, ""), |slash| rest.split_at(slash));
            let next = match &reached.1.value {
                Value::Scalar(_) => None,
                Value::List(items) => segment
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))
                    .map(|node| (None, node)),
                Value::Map(map) => map
                    .get(unescape(segment).as_str())
                    .map(|(key, node)| (Some(*key), node)),
            };
            let Some((key, node)) = next else { break };
            reached = (key, node, tail);
        }
        Some(reached)
    }
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    frames: Vec<Frame>,
}

impl Builder {
    fn scalar(&mut self, text: String, plain: bool, range: Range) -> Result<(), Fault> {
        if let Some(Frame::Map(_, map, key @ None)) = self.frames.last_mut() {
            let refuse = |message: String, help| Fault {
                range,
                message,
                help,
            };
            if text == "<<" {
                return Err(refuse(
                    "merge keys are not read".to_owned(),
                    "write the keys out",
                ));
            }
            if map.contains_key(&text) {
                let shown: String = text.chars().take(60).collect();
                return Err(refuse(
                    format!("the key `{shown}` stands here a second time"),
                    "keep one of the two",
                ));
            }
            *key = Some((text, range));
            return Ok(());
        }
        self.put(Node {
            range,
            value: Value::Scalar(Scalar { text, plain }),
        });
        Ok(())
    }

    fn open(&mut self, frame: Frame, range: Range) -> Result<(), Fault> {
        if let Some(Frame::Map(_, _, None)) = self.frames.last() {
            return Err(Fault {
                range,
                message: "a key must be plain text".to_owned(),
                help: "name the key",
            });
        }
        if self.frames.len() >= DEEPEST {
            return Err(Fault {
                range,
                message: format!("nested more than {DEEPEST} deep"),
                help: "flatten it",
            });
        }
        self.frames.push(frame);
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let (start, value) = match self.frames.pop() {
            Some(Frame::List(range, items)) => (range.0, Value::List(items)),
            Some(Frame::Map(range, map, _)) => (range.0, Value::Map(map)),
            None => return,
        };
        self.put(Node {
            range: (start, end.max(start)),
            value,
        });
    }

    fn put(&mut self, node: Node) {
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List(_, items)) => items.push(node),
            Some(Frame::Map(_, map, key)) => {
                if let Some((key, range)) = key.take() {
                    map.insert(key, (range, node));
                }
            }
        }
    }
}

/// JSON pointer escaping (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a pointer's segment stands for.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Byte offset of every character; the parser counts characters.
fn byte_offsets(text: &str) -> Vec<usize> {
    text.char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(text.len()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_the_text_they_point_at() {
        let text = "ä: [x, {k: \"v\"}]\nb: 1\nc:\n  - d: 2\n    e: 3\n";
        let map = SourceMap::build(text).unwrap();
        let cut = |range: Option<Range>| range.map(|(a, b)| &text[a..b]);
        assert_eq!(cut(map.value("/ä/0")), Some("x"));
        assert_eq!(cut(map.value("/ä/1/k")), Some("\"v\""));
        assert_eq!(cut(map.key("/b")), Some("b"));
        assert_eq!(cut(map.value("/ä/2")), None);
        assert_eq!(cut(map.nearest("/ä/2")), Some("ä"));
        assert_eq!(cut(map.nearest("/c/0")), Some("d"));
        assert_eq!(cut(map.nearest("/c/0/e/x/y")), Some("3"));
        assert_eq!(SourceMap::build("").unwrap().nearest("/a"), None);
    }

    #[test]
    fn pointers_are_unescaped() {
        let text = "\"a/b~c\": 1\n";
        let map = SourceMap::build(text).unwrap();
        let pointer = format!("/{}", escape("a/b~c"));
        assert_eq!(map.value(&pointer).map(|(a, b)| &text[a..b]), Some("1"));
    }

    #[test]
    fn refuses_what_a_manifest_may_not_hold() {
        for (text, part) in [
            ("a: &x 1\nb: *x\n", "anchors"),
            ("a: 1\na: 2\n", "second time"),
            ("<<: {a: 1}\n", "merge"),
            ("a: !!int 1\n", "tags"),
            ("a: 1\n---\nb: 2\n", "second document"),
            ("a: [\n", "not YAML"),
            ("[a]: 1\n", "key must be plain"),
        ] {
            let fault = SourceMap::build(text).unwrap_err();
            assert!(fault.message.contains(part), "{text}: {}", fault.message);
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n\u{e4}]{0,200}") {
            if let Ok(map) = SourceMap::build(&text) {
                let mut open: Vec<&Node> = map.root().into_iter().collect();
                while let Some(node) = open.pop() {
                    proptest::prop_assert!(text.get(node.range.0..node.range.1).is_some());
                    match &node.value {
                        Value::Scalar(_) => {}
                        Value::List(items) => open.extend(items),
                        Value::Map(map) => open.extend(map.values().map(|(_, node)| node)),
                    }
                }
            }
        }
    }
}
