//! What a Dockerfile says, as far as the rules ask: read from the text as a builder reads it.

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile<'a> {
    /// Its stages; the last is the image.
    pub stages: Vec<Stage<'a>>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage<'a> {
    /// What it begins with: an image, or an earlier stage.
    pub from: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// Line of its `FROM`, from 1.
    pub line: usize,
    /// Whom its last `USER` names.
    pub user: Option<&'a str>,
}

impl<'a> Dockerfile<'a> {
    /// Reads a Dockerfile. Lines that go on are read as one; only what begins one is an instruction.
    pub fn read(text: &'a str) -> Self {
        let mut file = Self::default();
        let mut goes_on = false;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let begins = !goes_on;
            // A comment inside an instruction does not end it.
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            goes_on = line.ends_with('\\');
            if !begins {
                continue;
            }
            let mut words = line.split_ascii_whitespace();
            let instruction = words.next().unwrap_or_default().to_ascii_uppercase();
            let mut arguments = words.filter(|word| !word.starts_with("--"));
            match instruction.as_str() {
                "FROM" => {
                    let from = arguments.next().unwrap_or_default();
                    let named = arguments
                        .next()
                        .is_some_and(|w| w.eq_ignore_ascii_case("as"));
                    file.stages.push(Stage {
                        from,
                        name: named.then(|| arguments.next()).flatten(),
                        line: index + 1,
                        user: None,
                    });
                }
                "USER" => {
                    if let Some(stage) = file.stages.last_mut() {
                        stage.user = arguments.next();
                    }
                }
                _ => {}
            }
        }
        file
    }

    /// The stages that begin with an image, not with an earlier stage.
    pub fn bases(&self) -> impl Iterator<Item = &Stage<'a>> {
        self.stages.iter().enumerate().filter_map(|(index, stage)| {
            let earlier = &self.stages[..index];
            let known = earlier.iter().any(|s| s.name == Some(stage.from));
            (!known && stage.from != "scratch").then_some(stage)
        })
    }
}

/// The digest that an image is named by.
pub fn digest(image: &str) -> Option<&str> {
    let (_, digest) = image.split_once('@')?;
    let hex = digest.strip_prefix("sha256:")?;
    let is_hex = hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_and_users() {
        let text = "# FROM comment\nfrom --platform=linux/arm64 a/b:1 AS build\nRUN x \\\n# in between\n  FROM c\nUSER 1\n\nFROM build\nUSER 0\nUSER 65532:65532\nLABEL x=\"\\\nFROM d\"\n";
        let file = Dockerfile::read(text);
        assert_eq!(file.stages.len(), 2, "{file:?}");
        assert_eq!(file.stages[0].from, "a/b:1");
        assert_eq!(file.stages[0].name, Some("build"));
        assert_eq!(file.stages[0].line, 2);
        assert_eq!(file.stages[1].user, Some("65532:65532"));
        let bases: Vec<&str> = file.bases().map(|s| s.from).collect();
        assert_eq!(bases, ["a/b:1"]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n]{0,200}") {
            let file = Dockerfile::read(&text);
            let _ = file.bases().count();
        }
    }
}
