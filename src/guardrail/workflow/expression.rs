//! Expressions of GitHub Actions, `${{ … }}`, as far as it takes to see whether an outsider's text is what they give.

/// What anyone can write who opens an issue or a pull request, without `github.`: the list of GitHub's security guide
/// ("untrusted input"), `*` for what stands in a list.
const UNTRUSTED: [&str; 28] = [
    "event.comment.body",
    "event.commits.*.author.email",
    "event.commits.*.author.name",
    "event.commits.*.message",
    "event.discussion.body",
    "event.discussion.title",
    "event.discussion_comment.body",
    "event.head_commit.author.email",
    "event.head_commit.author.name",
    "event.head_commit.message",
    "event.issue.body",
    "event.issue.title",
    "event.pages.*.page_name",
    "event.pull_request.body",
    "event.pull_request.head.label",
    "event.pull_request.head.ref",
    "event.pull_request.head.repo.default_branch",
    "event.pull_request.head.repo.description",
    "event.pull_request.head.repo.homepage",
    "event.pull_request.title",
    "event.release.body",
    "event.review.body",
    "event.review_comment.body",
    "event.workflow_run.display_title",
    "event.workflow_run.head_branch",
    "event.workflow_run.head_commit.message",
    "event.workflow_run.head_commit.author.name",
    "head_ref",
];

/// Functions that give no text of their arguments.
const JUDGING: [&str; 4] = ["contains", "startswith", "endswith", "hashfiles"];

/// The first expression of a text that gives an outsider's text: where it begins and what it names.
pub(super) fn untrusted(text: &str) -> Option<(usize, String)> {
    expressions(text).find_map(|(at, expression)| {
        contexts(expression)
            .into_iter()
            .find(|context| is_untrusted(context))
            .map(|context| (at, context))
    })
}

/// The expressions of a text, each with the byte it begins at.
pub(super) fn expressions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("${{").map(|(at, opening)| {
        let inner = &text[at + opening.len()..];
        (at, inner.split("}}").next().unwrap_or(inner))
    })
}

fn is_untrusted(context: &str) -> bool {
    let Some(path) = context.strip_prefix("github.") else {
        // All of it, as in `toJSON(github)`.
        return context == "github";
    };
    let parts: Vec<&str> = path.split('.').collect();
    UNTRUSTED.iter().any(|known| {
        let mut known = known.split('.');
        // A whole object has the text in it: `toJSON(github.event.issue)`.
        let within = parts.iter().all(|part| {
            known
                .next()
                .is_some_and(|known| known == "*" || *part == "*" || known == *part)
        });
        within && (parts.len() > 1 || path == "event" || path == "head_ref")
    })
}

/// The contexts whose text may be what an expression gives, in lower case, an index as `.*`. What is only compared,
/// or judged by a function, gives `true` or `false`.
pub(super) fn contexts(expression: &str) -> Vec<String> {
    let tokens = tokens(expression);
    let mut found = Vec::new();
    // Calls that are open: whether each only judges.
    let mut open: Vec<bool> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Name(name) => {
                let next = tokens.get(index + 1);
                let before = index.checked_sub(1).and_then(|before| tokens.get(before));
                let compared = [before, next].contains(&Some(&Token::Compare));
                // What stands before `&&` is given only where it is empty.
                let asked = compared || next == Some(&Token::And);
                let called = next == Some(&Token::Open);
                if !called && !asked && !open.contains(&true) {
                    found.push(name.clone());
                }
            }
            Token::Open => {
                let called = index.checked_sub(1).and_then(|before| tokens.get(before));
                let judges =
                    matches!(called, Some(Token::Name(name)) if JUDGING.contains(&name.as_str()));
                open.push(judges);
            }
            Token::Close => drop(open.pop()),
            Token::Compare | Token::And | Token::Other => {}
        }
    }
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A context with its properties, or a function.
    Name(String),
    Open,
    Close,
    /// `==`, `!=`, `<`, `>`, `!`.
    Compare,
    And,
    Other,
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\'' => {
                tokens.push(Token::Other);
                rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
            }
            '(' => {
                tokens.push(Token::Open);
                1
            }
            ')' => {
                tokens.push(Token::Close);
                1
            }
            '=' | '!' | '<' | '>' => {
                tokens.push(Token::Compare);
                rest.find(|c| !"=!<>".contains(c)).unwrap_or(rest.len())
            }
            '&' => {
                tokens.push(Token::And);
                rest.find(|c| c != '&').unwrap_or(rest.len())
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let (name, taken) = name(rest);
                tokens.push(Token::Name(name));
                taken
            }
            c => {
                tokens.push(Token::Other);
                c.len_utf8()
            }
        };
        rest = rest[taken..].trim_start();
    }
    tokens
}

/// A context at the beginning of a text, and how many bytes it takes.
fn name(text: &str) -> (String, usize) {
    let mut name = String::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if let Some(inner) = rest.strip_prefix('[') {
            let Some(end) = inner.find(']') else { break };
            let index = inner[..end].trim();
            // `github['event']` is `github.event`.
            match index.strip_prefix('\'').and_then(|i| i.strip_suffix('\'')) {
                Some(key) => name.push_str(&format!(".{}", key.to_ascii_lowercase())),
                None => name.push_str(".*"),
            }
            at += end + 2;
            continue;
        }
        let taken = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-.*".contains(c)))
            .unwrap_or(rest.len());
        if taken == 0 {
            break;
        }
        name.push_str(&rest[..taken].to_ascii_lowercase());
        at += taken;
    }
    (name, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_outsiders() {
        for text in [
            "echo ${{ github.event.issue.title }}",
            "echo ${{github.head_ref}}",
            "echo ${{ github.head_ref || github.ref_name }}",
            "echo ${{ github.event.commits[0].message }}",
            "echo ${{ github['event']['pull_request'].title }}",
            "echo ${{ format('{0}', GitHub.Event.Comment.Body) }}",
            "echo ${{ toJSON(github.event) }}",
            "echo ${{ toJSON(github.event.pull_request) }}",
            "echo ${{ toJSON(github) }}",
            "echo ${{ github.ref }} ${{ github.event.pull_request.head.ref }}",
            "echo ${{ join(github.event.commits.*.message) }}",
        ] {
            assert!(untrusted(text).is_some(), "{text}");
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "echo $TITLE",
            "echo github.event.issue.title",
            "echo ${{ github.event.issue.number }}",
            "echo ${{ github.event.pull_request.head.sha }}",
            "echo ${{ github.event.pull_request.head.repo.fork }}",
            "echo ${{ github.ref_name }} ${{ github.sha }}",
            "echo ${{ contains(github.event.pull_request.title, 'x') }}",
            "echo ${{ github.head_ref == 'main' && 'a' || 'b' }}",
            "echo ${{ github.event.pull_request && 'a' || 'b' }}",
            "echo ${{ 'github.head_ref' }}",
            "echo ${{ inputs.title }} ${{ matrix.function }} ${{ github.event_name }}",
            "echo ${{ github.event.action }}",
            "${{",
        ] {
            assert_eq!(untrusted(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(
            words in proptest::collection::vec("\\$\\{\\{|\\}\\}|github|\\.event|\\[|\\]|'|\\(|\\)|=|é|\\*| |x", 0..40)
        ) {
            let _ = untrusted(&words.concat());
        }
    }
}
