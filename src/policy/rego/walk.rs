//! `[path, value] := walk(x)` as `walk(x, [path, value])`, which OPA takes for the same.
//!
//! The engine knows `walk` as a relation in the second form alone. In the first it would compare with the list of all
//! pairs: no rule would fire, and nobody would know.

/// A text with its calls of `walk` in the form that the engine knows.
///
/// # Errors
/// The offset of a call that has neither form.
pub(super) fn rewritten(text: &str) -> Result<String, usize> {
    let mut text = text.to_owned();
    let mut from = 0;
    loop {
        let code = code(&text);
        let Some(call) = next_call(&code, from) else {
            return Ok(text);
        };
        let open = call + "walk".len();
        let close = matching(&code, open).ok_or(call)?;
        from = open;
        if has_comma(&code[open + 1..close]) {
            continue;
        }
        let left = left_of(&code, call).ok_or(call)?;
        let Some((pattern, arguments)) = text.get(left.clone()).zip(text.get(open + 1..close))
        else {
            return Err(call);
        };
        let lines = "\n".repeat(text[left.end..call].matches('\n').count());
        let relation = format!("walk({arguments}, {pattern}{lines})");
        // What follows is further on, and what is inside is looked at, too.
        from = left.start + "walk".len();
        text.replace_range(left.start..=close, &relation);
    }
}

/// The text with its strings and comments blotted out, byte for byte.
fn code(text: &str) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    let mut end: Option<u8> = None;
    let mut escaped = false;
    for byte in &mut out {
        match end {
            Some(b'\n') if *byte != b'\n' => *byte = b' ',
            Some(of) => {
                let ends = *byte == of && !escaped;
                escaped = of == b'"' && *byte == b'\\' && !escaped;
                if ends {
                    end = None;
                }
                if *byte != b'\n' {
                    *byte = b'"';
                }
            }
            None => match *byte {
                b'#' => {
                    end = Some(b'\n');
                    *byte = b' ';
                }
                b'"' | b'`' => {
                    end = Some(*byte);
                    *byte = b'"';
                }
                _ => {}
            },
        }
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The next `walk(` that is no part of another name.
fn next_call(code: &[u8], from: usize) -> Option<usize> {
    let calls = code.windows(5).enumerate().skip(from);
    let mut calls = calls
        .filter(|(_, five)| *five == b"walk(")
        .map(|(at, _)| at);
    calls.find(|at| {
        let before = at.checked_sub(1).and_then(|before| code.get(before));
        before.is_none_or(|before| !is_word(*before) && *before != b'.')
    })
}

/// The bracket that closes the one at an offset.
fn matching(code: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn has_comma(code: &[u8]) -> bool {
    let mut depth = 0_i64;
    code.iter().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        *byte == b',' && depth == 0
    })
}

/// What a call is assigned to: a list, or a name.
fn left_of(code: &[u8], call: usize) -> Option<std::ops::Range<usize>> {
    let before = |end: usize| {
        let code = code.get(..end).unwrap_or_default();
        code.iter().rposition(|byte| !byte.is_ascii_whitespace())
    };
    let equals = before(call).filter(|at| code[*at] == b'=')?;
    let operator = match code.get(equals.checked_sub(1)?)? {
        b':' => equals - 1,
        b'=' | b'!' | b'<' | b'>' => return None,
        _ => equals,
    };
    let last = before(operator)?;
    let end = last + 1;
    if code[last] == b']' {
        let opens = (0..last).filter(|at| code[*at] == b'[');
        let start = opens.rev().find(|at| matching(code, *at) == Some(last))?;
        // `x[y] = walk(z)` means something else.
        let indexed = start
            .checked_sub(1)
            .is_some_and(|b| is_word(code[b]) || code[b] == b']');
        return (!indexed).then_some(start..end);
    }
    let word = code[..end].iter().rposition(|byte| !is_word(*byte));
    let start = word.map_or(0, |at| at + 1);
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_one() {
        for (text, expected) in [
            (
                "[path, value] := walk(input.x)",
                "walk(input.x, [path, value])",
            ),
            ("[_, v] = walk(f(a, b))", "walk(f(a, b), [_, v])"),
            ("x := walk(y); z", "walk(y, x); z"),
            ("[v | [_, v] := walk(x)]", "[v | walk(x, [_, v])]"),
            ("walk(x, [p, v])", "walk(x, [p, v])"),
            ("# y == walk(x)\n\"= walk(\"", "# y == walk(x)\n\"= walk(\""),
            ("sidewalk(x); data.walk(y)", "sidewalk(x); data.walk(y)"),
            ("[p, v] :=\n walk(x)", "walk(x, [p, v]\n)"),
            (
                "[[a, b], \"]\"] := walk(x[\")\"])",
                "walk(x[\")\"], [[a, b], \"]\"])",
            ),
            (
                "[p, v] := walk(x)\n[q, w] := walk(v)",
                "walk(x, [p, v])\nwalk(v, [q, w])",
            ),
        ] {
            assert_eq!(rewritten(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_has_neither_form_is_refused() {
        for text in [
            "count(walk(x))",
            "a == walk(x)",
            "x[y] := walk(z)",
            "walk(x",
            "walk(x)",
        ] {
            assert!(rewritten(text).is_err(), "{text}");
        }
    }
}
