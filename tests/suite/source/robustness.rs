//! No input makes the reader panic, hang or take memory without bound.

use std::path::Path;
use std::time::Duration;

use camino::Utf8Path;
use proptest::prelude::*;
use slgen::guardrail::source::data;
use slgen::source::{Events, Function, STACK, Scan, scan};

use super::{CORPUS, one, slgen, write};

/// As the program does.
pub(crate) fn on_a_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK);
    thread.spawn(work).unwrap().join().unwrap()
}

fn scanned(folder: &Path) -> Scan {
    let folder = folder.to_owned();
    on_a_large_stack(move || read(&folder))
}

fn read(folder: &Path) -> Scan {
    let function = Function {
        name: "f".to_owned(),
        source: "src".into(),
        handler: "app.handler".to_owned(),
    };
    let root = Utf8Path::from_path(folder).unwrap();
    scan(root, &[function], data(), Events::Handlers)
}

/// Processor time of this thread: what else the machine does is not in it.
#[cfg(unix)]
fn spent() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = Duration::from_secs(now.tv_sec.try_into().unwrap());
    seconds + Duration::from_nanos(now.tv_nsec.try_into().unwrap())
}

#[cfg(not(unix))]
fn spent() -> Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap()
}

#[test]
fn what_is_not_read_is_named() {
    let folder = one("def handler(event, context):\n    pass\n", "");
    write(folder.path(), "src/large.py", "#".repeat((1 << 20) + 1));
    write(folder.path(), "src/latin.py", b"# caf\xe9\n");
    write(folder.path(), "src/binary.js", b"a\0b");
    let deep = "a/".repeat(12);
    write(folder.path(), &format!("src/{deep}x.py"), "eval(x)\n");
    #[cfg(unix)]
    {
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "evil.py", "eval(x)\n");
        std::os::unix::fs::symlink(outside.path(), folder.path().join("src/linked")).unwrap();
        std::os::unix::fs::symlink(
            outside.path().join("evil.py"),
            folder.path().join("src/link.py"),
        )
        .unwrap();
    }
    let output = slgen(folder.path(), &["validate"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "src/large.py was not read: it is larger than 1 MiB",
        "src/latin.py was not read: it is no UTF-8 text",
        "src/binary.js was not read: it is no text",
        "was not read: it is nested too deeply",
        #[cfg(unix)]
        "src/link.py was not read: it is no plain file",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("SLG-SRC-003"), "{text}");
}

#[test]
fn hostile_files_end_in_time() {
    let nested = |open: &str, close: &str| open.repeat(20_000) + &close.repeat(20_000);
    let call = "f(event, ".repeat(5_000) + &")".repeat(5_000);
    let helpers: String = (0..2_000)
        .map(|n| format!("def h{n}(x):\n    h{}(x)\n    h{}(x)\n", n + 1, n + 2))
        .collect();
    let names: String = (0..60_000).map(|n| format!("a{n} = event\n")).collect();
    for (file, text) in [
        ("a.py", nested("(", ")")),
        ("a.js", nested("[", "]")),
        ("b.js", nested("{", "}")),
        ("c.js", "`${".repeat(20_000)),
        ("d.ts", nested("f(x => ", ")")),
        ("a.go", format!("package a\nvar x = {}", nested("(", ")"))),
        ("a.rs", format!("fn a() {{ {} }}", nested("(", ")"))),
        ("b.rs", nested("m!(", ")")),
        (
            "b.py",
            format!("def handler(event, context):\n    {call}\n"),
        ),
        (
            "c.py",
            format!("{helpers}\ndef handler(event, context):\n    h0(event)\n"),
        ),
        ("d.py", names),
        ("e.py", format!("x = {}1\n", "1 + ".repeat(100_000))),
        ("f.py", "eval(x)\n".repeat(100_000)),
        ("g.py", "\"\"\"".repeat(50_000)),
    ] {
        let folder = one("def handler(event, context):\n    pass\n", "");
        write(folder.path(), &format!("src/{file}"), text);
        let root = folder.path().to_owned();
        let (found, took) = on_a_large_stack(move || {
            let before = spent();
            let found = read(&root);
            (found, spent().saturating_sub(before))
        });
        assert!(took < Duration::from_secs(20), "{file}: {took:?}");
        assert!(
            found.hits.len() <= 400,
            "{file}: {} findings",
            found.hits.len()
        );
    }
}

fn snippets() -> Vec<(String, String)> {
    let mut snippets = Vec::new();
    for language in std::fs::read_dir(CORPUS).unwrap() {
        for entry in std::fs::read_dir(language.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().unwrap().to_str().unwrap().to_owned();
            snippets.push((extension, std::fs::read_to_string(&path).unwrap()));
        }
    }
    snippets.sort();
    snippets
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Snippets cut, doubled, joined and with bytes changed, in their own language and in others.
    #[test]
    fn damaged_snippets_are_read(
        first in 0_usize..1000,
        second in 0_usize..1000,
        cut in 0_usize..2000,
        at in 0_usize..2000,
        inserted in "[\\PC\n(){}\\[\\]\"'`$:;.,=]{0,12}",
        swapped in any::<bool>(),
    ) {
        let snippets = snippets();
        let (extension, text) = &snippets[first % snippets.len()];
        let (other, more) = &snippets[second % snippets.len()];
        let mut text: Vec<char> = text.chars().collect();
        text.truncate(cut.max(1));
        let at = at.min(text.len());
        text.splice(at..at, inserted.chars());
        let text: String = text.into_iter().chain(more.chars()).collect();
        let folder = tempfile::tempdir().unwrap();
        let extension = if swapped { other } else { extension };
        write(folder.path(), &format!("src/app.{extension}"), &text);
        for hit in scanned(folder.path()).hits {
            prop_assert!(text.get(hit.start..hit.end).is_some(), "{hit:?}");
        }
    }
}
