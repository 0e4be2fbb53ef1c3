//! What a Dockerfile says, as far as the rules ask: read from the text as a builder reads it.

use std::collections::BTreeMap;

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The image that reads it, where a `# syntax=` line names one, with that line.
    pub syntax: Option<(String, usize)>,
    /// Its stages; the last is the image.
    pub stages: Vec<Stage>,
    /// Everything below the first `FROM` that is no `FROM`.
    pub instructions: Vec<Instruction>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What it begins with: an image, or an earlier stage. Arguments stand for their defaults.
    pub from: String,
    /// Its name.
    pub name: Option<String>,
    /// Line of its `FROM`, from 1.
    pub line: usize,
    /// Whom its last `USER` names.
    pub user: Option<String>,
    /// Line of that.
    pub user_line: Option<usize>,
}

/// An instruction, its lines joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Keyword, in capitals.
    pub keyword: String,
    /// Flags, `--from=build` as `from` and `build`.
    pub flags: Vec<(String, String)>,
    /// What follows the flags; here-documents follow as further lines.
    pub text: String,
    /// Line that it begins in, from 1.
    pub line: usize,
}

impl Instruction {
    /// The value of a flag.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let flag = self.flags.iter().find(|(flag, _)| flag == name)?;
        Some(&flag.1)
    }
}

impl Dockerfile {
    /// Reads a Dockerfile.
    pub fn read(text: &str) -> Self {
        let mut file = Self {
            syntax: directive(text, "syntax"),
            ..Self::default()
        };
        let mut defaults = BTreeMap::new();
        for instruction in instructions(text) {
            file.take(instruction, &mut defaults);
        }
        file
    }

    fn take(&mut self, instruction: Instruction, defaults: &mut BTreeMap<String, String>) {
        let mut words = instruction.text.split_ascii_whitespace();
        match (instruction.keyword.as_str(), self.stages.last_mut()) {
            ("FROM", _) => {
                let from = words.next().unwrap_or_default();
                let named = words.next().is_some_and(|w| w.eq_ignore_ascii_case("as"));
                self.stages.push(Stage {
                    from: resolved(from, defaults),
                    name: named.then(|| words.next()).flatten().map(str::to_owned),
                    line: instruction.line,
                    user: None,
                    user_line: None,
                });
                return;
            }
            // Only those above the first stage reach a `FROM`.
            ("ARG", None) => {
                for word in words {
                    let (name, value) = word.split_once('=').unwrap_or((word, ""));
                    defaults.insert(name.to_owned(), unquoted(value).to_owned());
                }
                return;
            }
            ("USER", Some(stage)) => {
                stage.user = words.next().map(str::to_owned);
                stage.user_line = Some(instruction.line);
            }
            (_, None) => return,
            _ => {}
        }
        self.instructions.push(instruction);
    }

    /// The stages that begin with an image, not with an earlier stage.
    pub fn bases(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().enumerate().filter_map(|(index, stage)| {
            let known = self.named(&stage.from, index).is_some();
            (!known && stage.from != "scratch").then_some(stage)
        })
    }

    /// The images that files are copied or mounted from, with the line of each.
    pub fn copied(&self) -> impl Iterator<Item = (&str, usize)> {
        self.instructions.iter().flat_map(|instruction| {
            let copied = instruction.flag("from");
            let mounts = instruction.flags.iter().filter(|(flag, _)| flag == "mount");
            let mounted = mounts.filter_map(|(_, options)| {
                options
                    .split(',')
                    .find_map(|option| option.strip_prefix("from="))
            });
            let images = copied.into_iter().chain(mounted).map(unquoted);
            let images = images.filter(|image| {
                let numbered = image.bytes().all(|b| b.is_ascii_digit());
                !numbered && *image != "scratch" && self.named(image, self.stages.len()).is_none()
            });
            images.map(|image| (image, instruction.line))
        })
    }

    /// Whom the image runs as, with the line that says so; nobody where the base decides.
    pub fn user(&self) -> Option<(&str, usize)> {
        let mut index = self.stages.len().checked_sub(1)?;
        loop {
            let stage = self.stages.get(index)?;
            if let (Some(user), Some(line)) = (&stage.user, stage.user_line) {
                return Some((user, line));
            }
            index = self.named(&stage.from, index)?;
        }
    }

    /// The stage of this name among those before.
    fn named(&self, name: &str, before: usize) -> Option<usize> {
        let is_it = |stage: &Stage| {
            let own = stage.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        self.stages.iter().take(before).rposition(is_it)
    }
}

/// A line above all instructions that sets how the file is read.
fn directive(text: &str, name: &str) -> Option<(String, usize)> {
    for (index, line) in text.lines().enumerate() {
        let (key, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        if key.trim().eq_ignore_ascii_case(name) {
            return Some((value.trim().to_owned(), index + 1));
        }
    }
    None
}

/// The instructions of a text. A comment inside an instruction does not end it.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = match directive(text, "escape") {
        Some((escape, _)) if escape == "`" => '`',
        _ => '\\',
    };
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut whole = String::new();
        while let Some(begun) = line.strip_suffix(escape) {
            whole.push_str(begun);
            whole.push(' ');
            let mut rest = lines.by_ref().map(|(_, line)| line.trim());
            line = rest
                .find(|line| !line.is_empty() && !line.starts_with('#'))
                .unwrap_or_default();
        }
        whole.push_str(line);
        let mut instruction = instruction(&whole, index + 1);
        for end in documents(&instruction) {
            let body = lines.by_ref().map(|(_, line)| line);
            for line in body.take_while(|line| line.trim_start_matches('\t') != end) {
                instruction.text.push('\n');
                instruction.text.push_str(line);
            }
        }
        found.push(instruction);
    }
    found
}

fn instruction(line: &str, number: usize) -> Instruction {
    let (keyword, mut rest) = word(line);
    let mut flags = Vec::new();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, after) = word(flag);
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = after;
    }
    Instruction {
        keyword: keyword.to_ascii_uppercase(),
        flags,
        text: rest.to_owned(),
        line: number,
    }
}

/// The first word, and what follows.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text
        .split_once(|c: char| c.is_ascii_whitespace())
        .unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// What ends each here-document of an instruction.
fn documents(instruction: &Instruction) -> Vec<String> {
    if !matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let words = instruction.text.split_ascii_whitespace();
    let ends = words.filter_map(|word| {
        let end = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let end = end.strip_prefix("<<")?;
        let end = end.trim_start_matches('-').trim_matches(['"', '\'']);
        let named = !end.is_empty() && end.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        named.then(|| end.to_owned())
    });
    ends.collect()
}

/// A text with `$NAME`, `${NAME}` and `${NAME:-default}` replaced; what has no value stays as it is.
fn resolved(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (whole, name, default) = variable(rest);
        match values.get(name).filter(|value| !value.is_empty()) {
            Some(value) => out.push_str(value),
            None => out.push_str(default.unwrap_or(whole)),
        }
        rest = &rest[whole.len()..];
    }
    out.push_str(rest);
    out
}

/// A variable at the beginning of a text: all of it, its name and default.
fn variable(text: &str) -> (&str, &str, Option<&str>) {
    if let Some((inner, _)) = text.strip_prefix("${").and_then(|t| t.split_once('}')) {
        let whole = &text[..inner.len() + 3];
        return match inner.split_once(":-") {
            Some((name, default)) => (whole, name, Some(default)),
            None => (whole, inner, None),
        };
    }
    let name = text[1..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .map_or(text.len(), |end| end + 1);
    (&text[..name], &text[1..name], None)
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
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
        assert_eq!(file.stages[0].name.as_deref(), Some("build"));
        assert_eq!(file.stages[0].line, 2);
        assert_eq!(file.stages[1].user.as_deref(), Some("65532:65532"));
        assert_eq!(file.user(), Some(("65532:65532", 10)));
        let bases: Vec<&str> = file.bases().map(|s| s.from.as_str()).collect();
        assert_eq!(bases, ["a/b:1"]);
        assert_eq!(file.instructions[0].text, "x  FROM c");
    }

    #[test]
    fn a_stage_keeps_the_user_of_the_one_it_begins_with() {
        let file = Dockerfile::read("FROM a AS one\nUSER 7\nFROM one AS two\nFROM b\nFROM TWO\n");
        assert_eq!(file.user(), Some(("7", 2)));
        assert_eq!(Dockerfile::read("FROM a").user(), None);
        assert_eq!(Dockerfile::read("FROM a AS a").user(), None);
    }

    #[test]
    fn arguments_stand_for_their_defaults() {
        let text = "ARG A=x:1 B\nFROM $A\nFROM ${A}-slim\nFROM ${C:-y}\nFROM $B\nARG B=z\nFROM $B";
        let file = Dockerfile::read(text);
        let from: Vec<&str> = file.stages.iter().map(|s| s.from.as_str()).collect();
        assert_eq!(from, ["x:1", "x:1-slim", "y", "$B", "$B"]);
    }

    #[test]
    fn here_documents_are_no_instructions() {
        let text = "FROM a\nRUN <<EOF\nFROM b\nEOF\nCOPY --chown=1 <<-\"X\" <<Y /t\nFROM c\n\tX\nUSER 0\nY\nUSER 7\n";
        let file = Dockerfile::read(text);
        assert_eq!(file.stages.len(), 1, "{file:?}");
        assert_eq!(file.user(), Some(("7", 10)));
        assert_eq!(file.instructions[0].text, "<<EOF\nFROM b");
        assert_eq!(file.instructions[1].flag("chown"), Some("1"));
    }

    #[test]
    fn images_that_files_are_copied_from() {
        let text = "# syntax=docker/dockerfile:1\nFROM a AS b\nCOPY --from=b x y\nCOPY --from=0 x y\nCOPY --from=c:1 x y\nRUN --mount=type=bind,from=d:2,target=/t x\n";
        let file = Dockerfile::read(text);
        let copied: Vec<_> = file.copied().collect();
        assert_eq!(copied, [("c:1", 5), ("d:2", 6)]);
        assert_eq!(file.syntax, Some(("docker/dockerfile:1".to_owned(), 1)));
        assert_eq!(Dockerfile::read("FROM a\n# syntax=x\n").syntax, None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[ -~\\n]{0,200}") {
            let file = Dockerfile::read(&text);
            let _ = (file.bases().count(), file.copied().count(), file.user());
        }

        #[test]
        fn nor_on_what_looks_like_one(
            words in proptest::collection::vec("FROM|RUN|ARG|USER|AS|\\$\\{|\\}|\\$|:-|<<E|E|\\\\|\\n|é|a|--from=|=| ", 0..60)
        ) {
            let file = Dockerfile::read(&words.concat());
            let _ = (file.bases().count(), file.copied().count(), file.user());
        }
    }
}
