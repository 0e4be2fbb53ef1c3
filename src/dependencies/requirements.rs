//! `requirements.txt`, as pip reads it.

use super::exact::{is_clear, is_exact, name_of, named};
use super::package::normal_python;
use super::reading::Reading;
use super::{Declared, Ecosystem, FaultKind, Hash, Lockfile, Package, Range};

/// A line with those that it goes on in.
struct Logical {
    text: String,
    range: Range,
}

pub(super) fn read(text: &str, declared: Option<&Declared>) -> Lockfile {
    let mut reading = Reading::default();
    for line in logical(text) {
        if line.text.starts_with('-') {
            option(&mut reading, &line);
        } else {
            requirement(&mut reading, &line);
        }
    }
    super::declared::stale(&mut reading, declared, normal_python);
    reading.finish()
}

/// Lines without comments, joined where one ends in a backslash; the place is that of the first.
fn logical(text: &str) -> Vec<Logical> {
    let mut lines = Vec::new();
    let mut open: Option<Logical> = None;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let comment = if line.trim_start().starts_with('#') {
            Some(0)
        } else {
            line.find(" #").or_else(|| line.find("\t#"))
        };
        let content = comment.map_or(line, |cut| &line[..cut]);
        let (content, goes_on) = match content.trim_end().strip_suffix('\\') {
            Some(content) => (content, true),
            None => (content, false),
        };
        let trimmed = content.trim();
        let start = at + (content.len() - content.trim_start().len());
        let line = open.get_or_insert_with(|| Logical {
            text: String::new(),
            range: (start, start + trimmed.len()),
        });
        line.text.push_str(trimmed);
        line.text.push(' ');
        at += whole.len();
        if !goes_on {
            lines.extend(open.take());
        }
    }
    lines.extend(open);
    for line in &mut lines {
        line.text = line.text.trim().to_owned();
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn option(reading: &mut Reading, line: &Logical) {
    let (name, value) = match line.text.split_once([' ', '=']) {
        Some((name, value)) => (name, value.trim()),
        None => (line.text.as_str(), ""),
    };
    match name {
        "-r" | "--requirement" => {
            let message = "includes another file, which is not read: put everything into one";
            reading.about_file(FaultKind::Unreadable, line.range, message);
        }
        "-e" | "--editable" => {
            let package = Package::new(Ecosystem::Pypi, value, "", line.range);
            reading.about(&package, FaultKind::Elsewhere, named(value));
        }
        "--extra-index-url" => {
            let message =
                "adds a second index: a name that is yours on one can be anyone's on the other";
            reading.about_file(FaultKind::Source, line.range, message);
        }
        "--trusted-host" => {
            let message = "trusts a host without TLS";
            reading.about_file(FaultKind::Source, line.range, message);
        }
        "-i" | "--index-url" | "-f" | "--find-links" if is_clear(value) => {
            reading.about_file(FaultKind::Source, line.range, "fetches without TLS");
        }
        _ => {}
    }
}

fn requirement(reading: &mut Reading, line: &Logical) {
    let mut words = line.text.split_whitespace();
    let stated: Vec<&str> = words
        .by_ref()
        .take_while(|word| !word.starts_with("--"))
        .collect();
    // `take_while` has eaten the first option.
    let options = line.text.split_whitespace().skip(stated.len());
    let stated = stated.join(" ");
    let options = options
        .collect::<Vec<_>>()
        .join(" ")
        .replace("--hash ", "--hash=");
    let all = options
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--hash="));
    let hashes: Vec<Hash> = all.filter_map(Hash::colon).collect();
    let stated = stated
        .split_once(" ;")
        .map_or(stated.as_str(), |(stated, _)| stated)
        .trim();
    let name = name_of(stated);
    let rest = stated[name.len()..].trim_start();
    let rest = match rest
        .strip_prefix('[')
        .and_then(|extras| extras.split_once(']'))
    {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    if let Some(url) = rest.strip_prefix('@') {
        let package = Package::new(Ecosystem::Pypi, name, "", line.range);
        reading.about(&package, FaultKind::Elsewhere, named(url.trim()));
        let key = package.name.clone();
        reading.add_as_it_is(package, key);
        return;
    }
    let bare = stated.contains("://")
        || stated.starts_with(['.', '/'])
        || stated.contains('/')
        || [".whl", ".tar.gz", ".zip"]
            .iter()
            .any(|end| stated.ends_with(end));
    if bare {
        let package = Package::new(Ecosystem::Pypi, stated, "", line.range);
        let path = !stated.contains("://");
        let source = if path { "." } else { stated };
        reading.about(&package, FaultKind::Elsewhere, named(source));
        return;
    }
    let versions = rest.split(';').next().unwrap_or_default().trim();
    let versions = versions
        .trim_start_matches('(')
        .trim_end_matches(')')
        .trim();
    let pinned = versions
        .strip_prefix("===")
        .or_else(|| versions.strip_prefix("=="));
    let exact = pinned.map(str::trim).filter(|version| is_exact(version));
    let odd = !(versions.is_empty() || versions.starts_with(['=', '<', '>', '!', '~']));
    if name.is_empty() || odd {
        reading.about_file(FaultKind::Unreadable, line.range, "is no requirement");
        return;
    }
    let package = Package {
        hashes,
        ..Package::new(Ecosystem::Pypi, name, exact.unwrap_or(versions), line.range)
    };
    if package.hashes.is_empty() {
        reading.about(&package, FaultKind::Unhashed, "has no SHA-2 hash");
    }
    let key = package.name.clone();
    reading.add(package, [key]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_line() {
        let hash = format!("--hash=sha256:{}", "0a".repeat(32));
        for (text, faults) in [
            (format!("a==1.0 {hash}\n"), vec![]),
            (
                format!("a[x,y]==1.0 ; python_version < '3.9' \\\n    {hash}\n    # via b\n"),
                vec![],
            ),
            (
                format!("A_b===1.0 --hash sha256:{}", "0a".repeat(32)),
                vec![],
            ),
            ("a==1.0\n".to_owned(), vec![FaultKind::Unhashed]),
            (format!("a==1.* {hash}"), vec![FaultKind::Inexact]),
            (format!("a>=1,<2 {hash}"), vec![FaultKind::Inexact]),
            (format!("a {hash}"), vec![FaultKind::Inexact]),
            (
                "a @ git+https://h/a@c".to_owned(),
                vec![FaultKind::Elsewhere],
            ),
            ("https://h/a.whl".to_owned(), vec![FaultKind::Elsewhere]),
            ("./a".to_owned(), vec![FaultKind::Elsewhere]),
            ("-e .".to_owned(), vec![FaultKind::Elsewhere]),
            ("-r other.txt".to_owned(), vec![FaultKind::Unreadable]),
            ("a b".to_owned(), vec![FaultKind::Unreadable]),
            (
                "--extra-index-url https://u:p@h".to_owned(),
                vec![FaultKind::Source],
            ),
            ("-i http://h".to_owned(), vec![FaultKind::Source]),
            (
                "-i https://h\n--no-binary :all:\n# c\n\n".to_owned(),
                vec![],
            ),
        ] {
            let found: Vec<FaultKind> = read(&text, None).faults.iter().map(|f| f.kind).collect();
            assert_eq!(found, faults, "{text}");
        }
    }
}
