//! Escaping for each place that text lands in.

/// Characters that steer a terminal or turn the direction of text: C0, C1, bidi controls, and those
/// that are not seen.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line for a terminal or a log: what steers it is written out, the beginnings of GitHub's
/// workflow commands too, which a log is searched for (`::` where a line begins, `##[` anywhere).
pub fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let command = text.len() - text.trim_start().len();
    let command = text[command..].starts_with("::").then_some(command);
    for (at, c) in text.char_indices() {
        match c {
            '#' if text[at..].starts_with("##[") => out.push_str("\\u{23}"),
            ':' if command == Some(at) => out.push_str("\\u{3a}"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if steers(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// JSON text in which what steers a terminal is written out; it means the same.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for (at, c) in text.char_indices() {
        // The beginning of a workflow command; `#` is none of JSON's own.
        if text[at..].starts_with("##[") {
            out.push_str("\\u0023");
            continue;
        }
        // Line ends stand between values only: those in strings are escaped already.
        if steers(c) && c != '\n' {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Text of a Markdown table cell or paragraph: nothing in it is markup, a mention, a link or HTML.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = terminal(text);
    let www = text.to_ascii_lowercase().contains("www");
    for c in text.chars() {
        match c {
            // The zero-width space keeps GitHub from taking it for a mention or an issue.
            '@' | '#' => out.push_str(&format!("&#{};&#8203;", u32::from(c))),
            '.' if !www => out.push('.'),
            ' ' | ',' | '(' | ')' | '/' | '-' | ';' | '?' | '"' | '\'' | '%' | '=' => out.push(c),
            c if c.is_ascii_punctuation() => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The same as code: GitHub looks for no mentions in it, but for addresses of e-mail.
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let inner = markdown(text)
        .replace("&#64;&#8203;", "&#64;<wbr>")
        .replace("&#8203;", "");
    format!("<code>{inner}</code>")
}

/// A fence longer than every run of backticks in the text.
pub fn fence(text: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

/// Text inside an HTML comment that cannot end it.
pub fn comment(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/') {
                c
            } else {
                '-'
            }
        })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(
            terminal("a\x1b[31mb\u{9b}c\u{202e}d\n\u{200b}"),
            "a\\u{1b}[31mb\\u{9b}c\\u{202e}d\\n\\u{200b}"
        );
    }

    #[test]
    fn nothing_begins_a_workflow_command() {
        assert_eq!(terminal(" ::error::x ::"), " \\u{3a}:error::x ::");
        assert_eq!(terminal("a ###[error]x #[y]"), "a #\\u{23}#[error]x #[y]");
        assert_eq!(json(r###"{"a":"##[x"}"###), r#"{"a":"\u0023#[x"}"#);
        let read: serde_json::Value = serde_json::from_str(&json(r###"{"a":"##[x"}"###)).unwrap();
        assert_eq!(read["a"], "##[x");
    }

    #[test]
    fn a_comment_is_not_ended() {
        assert_eq!(comment("a --> <script> b"), "a-script-b");
    }

    proptest! {
        #[test]
        fn markdown_holds_no_markup(text in "[\\x00-\\x7f@<>|`*\\[\\]é]{0,60}") {
            let escaped = markdown(&text);
            let bare = |c: char| "<>|`*[]@\\_~!\n\r".contains(c);
            prop_assert!(!escaped.contains(bare), "{escaped}");
            prop_assert!(!escaped.chars().any(char::is_control));
            let inside = code(&text);
            let inside = inside.trim_start_matches("<code>").trim_end_matches("</code>").to_owned();
            let inside = inside.replace("<wbr>", "");
            prop_assert!(!inside.contains(bare), "{inside}");
        }

        #[test]
        fn a_fence_is_longer_than_what_it_holds(text in "[`a]{0,20}") {
            prop_assert!(!text.contains(&fence(&text)));
        }
    }
}
