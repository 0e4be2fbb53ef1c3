use std::process::Command;

use super::*;

/// A repository of its own, without the settings of whoever runs the tests.
struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fixture.git(&["init", "-q", "-b", "main"]);
        fixture
    }

    fn path(&self) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().to_owned()).unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        // The message tells commits of two repositories in one second apart.
        self.git(&["commit", "-q", "--allow-empty", "-m", self.path().as_str()]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn open(&self) -> Repository {
        Repository::discover(&self.path()).unwrap()
    }
}

/// What is at hand is not asked for where it is what is committed, and only there.
#[test]
fn what_is_at_hand_is_taken_from_there_where_it_is_the_same() {
    let fixture = Fixture::new();
    for (path, text) in [("x/a.tf", "one\n"), ("x/y/b.tf", "two\n"), ("x/c.tf", "")] {
        fixture.write(path, text);
    }
    fixture.write("x/d.json", "\"\0\"");
    let commit = fixture.commit();
    let at_hand = |texts: &[(&str, &str)]| -> BTreeMap<Utf8PathBuf, String> {
        let texts = texts.iter();
        texts.map(|(p, t)| ((*p).into(), (*t).to_owned())).collect()
    };
    let read = |at_hand: &BTreeMap<Utf8PathBuf, String>| {
        let mut repository = fixture.open();
        let commit = repository.resolve(&commit).unwrap();
        repository.files_of(&commit, "x".into(), &|_| true, at_hand)
    };
    let committed = read(&BTreeMap::new()).unwrap();
    assert_eq!((committed.files.len(), committed.skipped.len()), (3, 1));
    let same = at_hand(&[("a.tf", "one\n"), ("y/b.tf", "two\n"), ("c.tf", "")]);
    for others in [
        same.clone(),
        at_hand(&[("a.tf", "other\n"), ("y/b.tf", "two\n"), ("d.tf", "one\n")]),
        at_hand(&[("a.tf", "one\r\n"), ("y/b.tf", ""), ("c.tf", "one\n")]),
        // No text there, and none here.
        at_hand(&[("d.json", "\"\0\"")]),
    ] {
        assert_eq!(read(&others).unwrap(), committed, "{others:?}");
    }
    // Gone from the repository, it can be had from nowhere else.
    let blob = fixture.git(&["rev-parse", "HEAD:x/y/b.tf"]);
    let (folder, name) = blob.split_at(2);
    let object = fixture.path().join(".git/objects").join(folder).join(name);
    std::fs::remove_file(object).unwrap();
    assert_eq!(read(&same).unwrap(), committed);
    let lacking = read(&at_hand(&[("y/b.tf", "three\n")])).unwrap_err();
    assert!(lacking.contains("lacks files"), "{lacking}");
}

/// Git before 2.36 is asked otherwise, and answers the same.
#[test]
fn both_forms_of_asking_have_the_same_answers() {
    use batch::Form;

    let fixture = Fixture::new();
    fixture.write("a b.tf", "one\n");
    // More than git keeps before it is told to send.
    fixture.write("large", "x".repeat(1 << 20));
    fixture.commit();
    let names = [
        "HEAD",
        "HEAD:./a b.tf",
        "HEAD:./nope",
        "nope",
        "HEAD:./large",
        "HEAD:./",
    ];
    let names: Vec<String> = names
        .iter()
        .cycle()
        .take(100)
        .map(|n| (*n).to_owned())
        .collect();
    let answers = [Form::Commands, Form::Names].map(|form| {
        let mut batch = Batch::spawn(git(&fixture.path()), form).unwrap();
        let found = batch.all(&names, 100).unwrap().into_iter();
        let found: Vec<_> = found
            .map(|o| o.map(|o| (o.kind, o.name, o.content)))
            .collect();
        assert_eq!(batch.find("HEAD").unwrap().unwrap().kind, "commit");
        found
    });
    let [commands, by_name] = answers;
    assert!(commands == by_name);
    assert_eq!(
        commands[1].as_ref().unwrap().2.as_deref(),
        Some(&b"one\n"[..])
    );
    assert_eq!(commands[4].as_ref().unwrap().2, None);
    assert!(commands[2].is_none() && commands[3].is_none());
}

#[test]
fn files_of_a_revision_are_those_committed_there() {
    let fixture = Fixture::new();
    fixture.write("infra/a.tf", "one\n");
    fixture.write("infra/environments/prod.tfvars", "x = 1\n");
    fixture.write("infra-gabcdef1/b.tf", "described\n");
    fixture.write("other.tf", "no\n");
    let first = fixture.commit();
    fixture.write("infra/a.tf", "two\n");
    fixture.commit();
    fixture.write("infra/a.tf", "not committed\n");

    let mut repository = fixture.open();
    let old = repository.resolve("HEAD~1").unwrap();
    assert_eq!(old.to_string(), first);
    assert_eq!(old.short().len(), 12);
    let found = repository.files(&old, "infra".into()).unwrap();
    let texts: Vec<_> = found
        .files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    assert_eq!(
        texts,
        [("a.tf", "one\n"), ("environments/prod.tfvars", "x = 1\n")]
    );
    assert_eq!(found.skipped, []);
    let new = repository.resolve("main").unwrap();
    let text = repository.file(&new, "infra/a.tf".into()).unwrap();
    assert_eq!(text.as_deref(), Some("two\n"));
    assert_eq!(repository.file(&new, "infra".into()).unwrap(), None);
    assert_eq!(repository.file(&new, "infra/b.tf".into()).unwrap(), None);
    // A name that git could take for an abbreviated object.
    let described = repository.files(&new, "infra-gabcdef1".into()).unwrap();
    assert_eq!(described.files.len(), 1);
    assert_eq!(
        repository.files(&new, "nope".into()).unwrap(),
        Files::default()
    );
    assert_eq!(
        repository.files(&new, "other.tf".into()).unwrap(),
        Files::default()
    );
    assert_eq!(repository.files(&new, ".".into()).unwrap().files.len(), 4);
}

#[test]
fn paths_count_from_the_folder_and_stay_below_it() {
    let fixture = Fixture::new();
    fixture.write("services/orders/infra/a.tf", "x\n");
    fixture.write("infra/a.tf", "root\n");
    fixture.commit();
    let mut repository = Repository::discover(&fixture.path().join("services/orders")).unwrap();
    let head = repository.resolve("HEAD").unwrap();
    let found = repository.files(&head, "infra".into()).unwrap();
    assert_eq!(found.files[Utf8Path::new("a.tf")], "x\n");
    for path in ["../../infra", "/infra", "a/../../infra", "a\nHEAD"] {
        let error = repository.files(&head, path.into()).unwrap_err();
        assert!(error.contains("no path inside the project"), "{error}");
    }
}

#[test]
fn many_files_in_one_folder() {
    let fixture = Fixture::new();
    for n in 0..200 {
        fixture.write(&format!("d/{n}.tf"), "x".repeat(3000 + n));
    }
    fixture.commit();
    let mut repository = fixture.open();
    let head = repository.resolve("HEAD").unwrap();
    let found = repository.files(&head, "d".into()).unwrap();
    assert_eq!(found.files.len(), 200);
    for (path, text) in &found.files {
        let n: usize = path.file_stem().unwrap().parse().unwrap();
        assert_eq!(text.len(), 3000 + n);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_text_file_is_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let fixture = Fixture::new();
    fixture.write("d/ok.tf", "x\n");
    fixture.write("d/binary", [0xff, 0, 1]);
    fixture.write("d/zero", "a\0b");
    fixture.write("d/large", "x".repeat((2 << 20) + 1));
    std::os::unix::fs::symlink("ok.tf", fixture.folder.path().join("d/link")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"\xff.tf");
    std::fs::write(fixture.folder.path().join("d").join(name), "x").unwrap();
    let head = fixture.commit();
    let entry = format!("160000,{head},d/module");
    fixture.git(&["update-index", "--add", "--cacheinfo", &entry]);
    fixture.git(&["commit", "-q", "-m", "y"]);
    let mut repository = fixture.open();
    let head = repository.resolve("HEAD").unwrap();
    let found = repository.files(&head, "d".into()).unwrap();
    assert_eq!(found.files.keys().collect::<Vec<_>>(), ["ok.tf"]);
    let skipped: Vec<_> = found
        .skipped
        .iter()
        .map(|s| (s.path.as_str(), s.why))
        .collect();
    assert_eq!(
        skipped,
        [
            ("binary", "it is no text"),
            ("large", "it is larger than 2 MiB"),
            ("link", "it is a symbolic link"),
            ("module", "it is a submodule"),
            ("zero", "it is no text"),
            ("\u{fffd}", "its name is no UTF-8"),
        ]
    );
    let error = repository.file(&head, "d/large".into()).unwrap_err();
    assert!(error.contains("larger than 2 MiB"), "{error}");
    let error = repository.file(&head, "d/zero".into()).unwrap_err();
    assert!(error.contains("no text"), "{error}");
    assert_eq!(repository.file(&head, "d/link".into()).unwrap(), None);
}

#[test]
fn a_revision_is_never_an_option_or_a_second_request() {
    let fixture = Fixture::new();
    fixture.write("a", "x\n");
    fixture.commit();
    let mut repository = fixture.open();
    for name in [
        "--help",
        "-x",
        "--output=/tmp/x",
        "HEAD\nHEAD",
        "",
        "HEAD:a",
        "HEAD^{tree}",
        "@{upstream}",
        "HEAD@{99999999}",
        "no such branch",
        "$(id)",
    ] {
        let error = repository.resolve(name).unwrap_err();
        assert!(
            error.contains("revision") || error.contains("no commit"),
            "{name}: {error}"
        );
        // And the next question is answered.
        assert!(repository.resolve("HEAD").is_ok(), "{name}");
    }
}

#[test]
fn merge_base_of_the_upstream_branch_or_of_origin() {
    let origin = Fixture::new();
    let base = origin.commit();
    let clone = Fixture {
        folder: tempfile::tempdir().unwrap(),
    };
    clone.git(&["clone", "-q", origin.path().as_str(), "."]);
    origin.commit();
    clone.git(&["fetch", "-q"]);
    clone.commit();
    let found = |upstream| clone.open().merge_base(upstream).map(|c| c.to_string());
    // main follows origin/main.
    assert_eq!(found(None), Ok(base.clone()));
    // A branch that follows nothing: origin/HEAD, then origin/main.
    clone.git(&["checkout", "-q", "-b", "feature"]);
    clone.commit();
    assert_eq!(found(None), Ok(base.clone()));
    clone.git(&["remote", "set-head", "origin", "--delete"]);
    assert_eq!(found(None), Ok(base.clone()));
    assert_eq!(found(Some("origin/main")), Ok(base.clone()));
    // A detached HEAD, as pipelines have.
    clone.git(&["checkout", "-q", "--detach"]);
    assert_eq!(found(None), Ok(base));
    // HEAD is upstream.
    assert_eq!(found(Some("HEAD")), Ok(clone.git(&["rev-parse", "HEAD"])));
    clone.git(&["checkout", "-q", "--orphan", "alone"]);
    clone.commit();
    let error = found(None).unwrap_err();
    assert!(error.contains("no commit in common"), "{error}");
    clone.git(&["remote", "remove", "origin"]);
    let error = found(None).unwrap_err();
    assert!(error.contains("no upstream branch"), "{error}");
    assert!(error.contains("--set-upstream-to"), "{error}");
}

#[test]
fn a_shallow_clone_says_how_to_deepen() {
    let origin = Fixture::new();
    let first = origin.commit();
    origin.git(&["branch", "old"]);
    origin.commit();
    origin.commit();
    let clone = Fixture {
        folder: tempfile::tempdir().unwrap(),
    };
    let url = format!("file://{}", origin.path());
    clone.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, "."]);
    let mut repository = clone.open();
    for error in [
        repository.resolve("HEAD~1").unwrap_err(),
        repository.merge_base(Some("origin/old")).unwrap_err(),
    ] {
        assert!(error.contains("git fetch --unshallow"), "{error}");
        assert!(error.contains("fetch-depth: 0"), "{error}");
    }
    assert_eq!(repository.resolve("origin/old").unwrap().to_string(), first);
}

#[test]
fn no_repository_and_no_commit() {
    let fixture = Fixture::new();
    let mut repository = fixture.open();
    let error = repository.resolve("HEAD").unwrap_err();
    assert!(error.contains("no commit yet"), "{error}");
    let error = repository.merge_base(None).unwrap_err();
    assert!(error.contains("no commit yet"), "{error}");

    let plain = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(plain.path()).unwrap();
    let error = Repository::discover(folder).unwrap_err();
    assert!(error.contains("is in no git repository"), "{error}");
    let error = Repository::discover(&folder.join("nope")).unwrap_err();
    assert!(error.contains("could not read the repository"), "{error}");
    let missing = not_started(folder, &ErrorKind::NotFound.into());
    assert!(missing.contains("install it"), "{missing}");
}

#[test]
fn a_lacking_object_is_an_error() {
    let fixture = Fixture::new();
    fixture.write("d/a.tf", "x\n");
    fixture.commit();
    let object = fixture.git(&["rev-parse", "HEAD:d/a.tf"]);
    let (folder, file) = object.split_at(2);
    std::fs::remove_file(fixture.path().join(".git/objects").join(folder).join(file)).unwrap();
    let mut repository = fixture.open();
    let head = repository.resolve("HEAD").unwrap();
    let error = repository.files(&head, "d".into()).unwrap_err();
    assert!(error.contains("lacks files"), "{error}");
}
