//! Paths of attributes: steps with a dot between them. A key of a map that has a dot of its own stands in quotes.

/// The path of a key below another path.
pub(super) fn below(path: &str, key: &str) -> String {
    if key.is_empty() || key.contains(['.', '"']) {
        let quoted = serde_json::Value::from(key);
        format!("{path}.{quoted}")
    } else {
        format!("{path}.{key}")
    }
}

/// The steps of a path, keys as they are.
pub(super) fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, after) = quoted(rest).unwrap_or_else(|| {
            let (step, after) = rest.split_once('.').unwrap_or((rest, ""));
            (step.to_owned(), after)
        });
        steps.push(step);
        rest = after;
    }
    steps
}

/// The key in quotes that a path begins with, and what follows it.
fn quoted(path: &str) -> Option<(String, &str)> {
    let inside = path.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let key = serde_json::from_str(path.get(..end + 2)?).ok()?;
    let after = inside.get(end + 1..)?;
    Some((key, after.strip_prefix('.').unwrap_or(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was() {
        for keys in [
            &["tags", "plain"][..],
            &["tags", "a.b"],
            &["tags", "a\"b\\", "c"],
            &["tags", "", "x"],
            &["response", "integration.request.header.x", "\"", "."],
        ] {
            let (first, more) = keys.split_first().unwrap();
            let path = more
                .iter()
                .fold((*first).to_owned(), |p, key| below(&p, key));
            assert_eq!(steps(&path), keys, "{path}");
        }
        assert_eq!(below("tags", "a.b"), "tags.\"a.b\"");
        assert!(steps("").is_empty());
    }
}
