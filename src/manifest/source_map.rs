//! Where each part of a YAML text stands: JSON pointer → byte spans, from parser events.
//!
//! Refuses what a manifest may not hold: anchors, aliases, merge keys, tags, duplicate keys,
//! several documents, deep nesting. Aliases are never expanded, so no small text grows large.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, Span as Marks};

/// Nesting deeper than any manifest's.
const DEEPEST: usize = 32;

/// A fault of the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte range.
    pub range: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: &'static str,
}

/// Byte spans of keys and values by JSON pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceMap {
    places: BTreeMap<String, Place>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    key: Option<(usize, usize)>,
    value: (usize, usize),
    /// A plain scalar that YAML reads as a number.
    number: bool,
}

enum Frame {
    Sequence {
        pointer: String,
        next: usize,
    },
    Mapping {
        pointer: String,
        key: Option<(String, (usize, usize))>,
    },
}

impl SourceMap {
    /// Reads the events of a text.
    ///
    /// # Errors
    /// The first fault of the text, with its place.
    pub fn build(text: &str) -> Result<Self, Fault> {
        let bytes = byte_offsets(text);
        let range = |marks: &Marks| {
            let at = |index: usize| bytes.get(index).copied().unwrap_or(text.len());
            (at(marks.start.index()), at(marks.end.index()))
        };
        let mut map = Self::default();
        let mut frames: Vec<Frame> = Vec::new();
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, marks) = event.map_err(|error| {
                let at = bytes
                    .get(error.marker().index())
                    .copied()
                    .unwrap_or(text.len());
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
                Event::Scalar(value, style, anchor, tag) => {
                    if anchor != 0 || tag.is_some() {
                        return Err(refuse(
                            "anchors and tags are not read",
                            "write the value alone",
                        ));
                    }
                    let plain = style == saphyr_parser::ScalarStyle::Plain;
                    map.scalar(&mut frames, &value, plain, range)?;
                }
                Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                    if anchor != 0 || tag.is_some() =>
                {
                    return Err(refuse(
                        "anchors and tags are not read",
                        "write the value alone",
                    ));
                }
                Event::SequenceStart(..) => {
                    let pointer = map.open(&mut frames, range)?;
                    frames.push(Frame::Sequence { pointer, next: 0 });
                }
                Event::MappingStart(..) => {
                    let pointer = map.open(&mut frames, range)?;
                    frames.push(Frame::Mapping { pointer, key: None });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(Frame::Sequence { pointer, .. } | Frame::Mapping { pointer, .. }) =
                        frames.pop()
                        && let Some(place) = map.places.get_mut(&pointer)
                    {
                        place.value.1 = place.value.1.max(range.1);
                    }
                }
                _ => {}
            }
        }
        Ok(map)
    }

    fn scalar(
        &mut self,
        frames: &mut [Frame],
        value: &str,
        plain: bool,
        range: (usize, usize),
    ) -> Result<(), Fault> {
        if let Some(Frame::Mapping {
            pointer,
            key: key @ None,
        }) = frames.last_mut()
        {
            let refuse = |message: String, help| Fault {
                range,
                message,
                help,
            };
            if value == "<<" {
                return Err(refuse(
                    "merge keys are not read".to_owned(),
                    "write the keys out",
                ));
            }
            let child = format!("{pointer}/{}", escape(value));
            if self.places.contains_key(&child) {
                return Err(refuse(
                    format!("the key `{value}` stands here a second time"),
                    "keep one of the two",
                ));
            }
            *key = Some((child, range));
            return Ok(());
        }
        let number = plain && value.parse::<f64>().is_ok();
        let (pointer, key) = next(frames);
        self.places.insert(
            pointer,
            Place {
                key,
                value: range,
                number,
            },
        );
        Ok(())
    }

    fn open(&mut self, frames: &mut [Frame], range: (usize, usize)) -> Result<String, Fault> {
        if let Some(Frame::Mapping { key: None, .. }) = frames.last() {
            return Err(Fault {
                range,
                message: "a key must be plain text".to_owned(),
                help: "name the key",
            });
        }
        if frames.len() >= DEEPEST {
            return Err(Fault {
                range,
                message: format!("nested more than {DEEPEST} deep"),
                help: "flatten it",
            });
        }
        let (pointer, key) = next(frames);
        self.places.insert(
            pointer.clone(),
            Place {
                key,
                value: range,
                number: false,
            },
        );
        Ok(pointer)
    }

    /// Span of the value at a pointer.
    pub fn value(&self, pointer: &str) -> Option<(usize, usize)> {
        self.places.get(pointer).map(|place| place.value)
    }

    /// Span of the key at a pointer.
    pub fn key(&self, pointer: &str) -> Option<(usize, usize)> {
        self.places.get(pointer).and_then(|place| place.key)
    }

    /// Whether the value at a pointer is an unquoted number.
    pub fn is_number(&self, pointer: &str) -> bool {
        self.places.get(pointer).is_some_and(|place| place.number)
    }

    /// Span of a scalar at a pointer, of the key of a collection, or of the nearest parent.
    pub fn nearest(&self, pointer: &str) -> Option<(usize, usize)> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                let collection = self
                    .places
                    .range(format!("{pointer}/")..)
                    .next()
                    .is_some_and(|(p, _)| p.starts_with(&format!("{pointer}/")));
                return Some(if collection {
                    place.key.unwrap_or(place.value)
                } else {
                    place.value
                });
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// Pointers of all values, sorted.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }
}

/// Pointer and key of the value that comes next.
fn next(frames: &mut [Frame]) -> (String, Option<(usize, usize)>) {
    match frames.last_mut() {
        None => (String::new(), None),
        Some(Frame::Sequence { pointer, next }) => {
            *next += 1;
            (format!("{pointer}/{}", *next - 1), None)
        }
        Some(Frame::Mapping { key, .. }) => key
            .take()
            .map_or((String::new(), None), |(child, range)| (child, Some(range))),
    }
}

/// JSON pointer escaping (RFC 6901).
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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
        let text = "ä: [x, {k: \"v\"}]\nb: 1\n";
        let map = SourceMap::build(text).unwrap();
        let at = |pointer: &str| map.value(pointer).map(|(a, b)| &text[a..b]);
        assert_eq!(at("/ä/0"), Some("x"));
        assert_eq!(at("/ä/1/k"), Some("\"v\""));
        assert_eq!(map.key("/b").map(|(a, b)| &text[a..b]), Some("b"));
        assert!(map.is_number("/b"));
        assert!(!map.is_number("/ä/0"));
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
                for pointer in map.pointers() {
                    let (start, end) = map.value(pointer).unwrap();
                    proptest::prop_assert!(text.get(start..end).is_some());
                }
            }
        }
    }
}
