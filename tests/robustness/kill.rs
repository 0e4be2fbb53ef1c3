//! `slgen generate`, killed: before every system call that writes, and at random.
//!
//! `SLGEN_KILLS` says how often in all (90 without it; 1000 in the nightly run). First comes every
//! point, or an even share of them, then as many random ones. After each kill every file is whole,
//! the tree is old, new or has a journal, and the next run makes exactly the new tree of it. Needs
//! strace.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the figures are the result")]

mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use project::{
    Tree, before_and_after, copy, everything, files, is_committed, journal, slgen, text,
};

const SLGEN: &str = env!("CARGO_BIN_EXE_slgen");

/// Calls that change what is on disk, under the names of all architectures (`?`: where there is one).
const WRITING: &str = "?open,openat,?creat,write,?writev,?pwrite64,?rename,?renameat,?renameat2,\
    ?unlink,?unlinkat,?rmdir,?mkdir,?mkdirat,?link,?linkat,?symlink,?symlinkat,fsync,fdatasync,\
    ?chmod,fchmod,?fchmodat,?fchmodat2,ftruncate,?copy_file_range,?sendfile,?fallocate";

/// A place to die.
#[derive(Debug, Clone)]
enum Kill {
    /// Before the n-th call of a system call.
    Before(String, usize),
    /// So long after the start, in parts of a whole run.
    After(f64),
    /// So long after the journal was begun, in milliseconds.
    Writing(f64),
}

/// What was found after a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Old,
    New,
    Journalled,
    /// The run was faster than the kill.
    Finished,
}

/// A start, and what it must become.
struct Scenario {
    name: &'static str,
    folder: tempfile::TempDir,
    before: Tree,
    after: Tree,
    points: Vec<Kill>,
    length: Duration,
}

struct Job<'a> {
    scenario: &'a Scenario,
    kill: Kill,
    /// A kill of the run that completes it.
    again: Option<Kill>,
}

/// Numbers that are the same in every run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// From 0 to below 1.
    fn part(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

fn strace(arguments: &[&str], project: &Path) -> Command {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(arguments)
        .arg(SLGEN)
        .arg("-C")
        .arg(project)
        .arg("generate")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Every writing call of a run, by name and number. Threads count for themselves.
fn points(start: &Path, scratch: &Path) -> Vec<Kill> {
    let (traced, log) = (scratch.join("traced"), scratch.join("log"));
    copy(start, &traced, false);
    let trace = format!("trace={WRITING}");
    let status = strace(&["-o", log.to_str().unwrap(), "-e", &trace], &traced)
        .status()
        .expect("strace runs: install the package strace");
    assert!(status.success(), "strace may trace here");
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points = BTreeSet::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        let Some((name, arguments)) = call.trim_start().split_once('(') else {
            continue;
        };
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            continue;
        }
        let number = counts
            .entry((thread.to_owned(), name.to_owned()))
            .or_default();
        *number += 1;
        let reads = name.starts_with("open") && !arguments.contains("O_CREAT");
        if !reads {
            points.insert((name.to_owned(), *number));
        }
    }
    points
        .into_iter()
        .map(|(name, number)| Kill::Before(name, number))
        .collect()
}

fn scenario(name: &'static str, over_an_older_tree: bool) -> Scenario {
    let (folder, before, after) = before_and_after(over_an_older_tree);
    let start = folder.path().join("start");
    let points = points(&start, folder.path());
    let timed = folder.path().join("timed");
    copy(&start, &timed, false);
    let begun = Instant::now();
    assert!(slgen(&timed, &["generate"]).status.success());
    let length = begun.elapsed();
    Scenario {
        name,
        folder,
        before,
        after,
        points,
        length,
    }
}

/// Runs and kills; gives whether it died of it.
fn kill(project: &Path, kill: &Kill, length: Duration) -> bool {
    if let Kill::Before(name, number) = kill {
        let (trace, inject) = (
            format!("trace={name}"),
            format!("inject={name}:signal=KILL:when={number}"),
        );
        let status = strace(&["-o", "/dev/null", "-e", &trace, "-e", &inject], project)
            .status()
            .unwrap();
        // strace ends as what it traced ended.
        assert!(status.success() || status.signal() == Some(9), "{status}");
        return !status.success();
    }
    let mut child = Command::new(SLGEN)
        .arg("-C")
        .arg(project)
        .arg("generate")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let wait = match kill {
        Kill::After(part) => length.mul_f64(*part),
        Kill::Writing(milliseconds) => {
            let journal = project.join(journal());
            while !journal.exists() && child.try_wait().unwrap().is_none() {
                std::hint::spin_loop();
            }
            Duration::from_secs_f64(milliseconds / 1000.0)
        }
        Kill::Before(..) => Duration::ZERO,
    };
    let begun = Instant::now();
    while begun.elapsed() < wait {
        std::hint::spin_loop();
    }
    let _ = child.kill();
    !child.wait().unwrap().success()
}

/// Every file is whole; the tree is old, new, or has a journal.
fn check(project: &Path, scenario: &Scenario, died: bool, at: &str) -> Found {
    let now = files(project);
    for (path, bytes) in &now {
        let known = [scenario.before.get(path), scenario.after.get(path)];
        assert!(
            known.contains(&Some(bytes)),
            "{at}: {} is torn",
            path.display()
        );
    }
    for path in scenario.before.keys() {
        assert!(
            now.contains_key(path) || !scenario.after.contains_key(path),
            "{at}: {} is gone",
            path.display()
        );
    }
    if !died {
        assert_eq!(now, scenario.after, "{at}");
        Found::Finished
    } else if is_committed(project) {
        Found::Journalled
    } else if now == scenario.before {
        Found::Old
    } else {
        assert_eq!(now, scenario.after, "{at}: half way, and no journal");
        Found::New
    }
}

/// Commands that only look say so, and write nothing.
fn look(project: &Path, found: Found, at: &str) {
    let before = everything(project);
    let output = slgen(project, &["generate", "--check"]);
    let pending = project.join(journal()).exists();
    let expected = if pending || found == Found::Old { 2 } else { 0 };
    assert_eq!(output.status.code(), Some(expected), "{at}");
    let says = text(&output.stdout).contains("was interrupted");
    assert_eq!(says, pending, "{at}: {}", text(&output.stdout));
    assert!(slgen(project, &["generate", "--dry-run"]).status.success());
    assert!(slgen(project, &["validate"]).status.success());
    assert_eq!(everything(project), before, "{at}");
}

fn run(number: usize, job: &Job) -> Found {
    let scenario = job.scenario;
    let project = scenario.folder.path().join(format!("run{number}"));
    copy(&scenario.folder.path().join("start"), &project, false);
    let at = format!("{}, {:?}, then {:?}", scenario.name, job.kill, job.again);
    let died = kill(&project, &job.kill, scenario.length);
    let found = check(&project, scenario, died, &at);
    if let Kill::Before(..) = job.kill {
        assert!(died, "{at}: this call was not reached");
    }
    if number.is_multiple_of(8) {
        look(&project, found, &at);
    }
    if let Some(again) = &job.again {
        let died = kill(&project, again, scenario.length);
        check(&project, scenario, died, &at);
    }
    let output = slgen(&project, &["generate"]);
    assert!(output.status.success(), "{at}: {}", text(&output.stderr));
    assert_eq!(everything(&project), scenario.after, "{at}");
    fs::remove_dir_all(project).unwrap();
    found
}

#[test]
fn killed_anywhere_the_next_run_completes_it() {
    let total: usize = std::env::var("SLGEN_KILLS").map_or(90, |n| n.parse().unwrap());
    let begun = Instant::now();
    let scenarios = [
        scenario("over an older tree", true),
        scenario("into an empty project", false),
    ];
    let all: Vec<(&Scenario, &Kill)> = scenarios
        .iter()
        .flat_map(|scenario| scenario.points.iter().map(move |kill| (scenario, kill)))
        .collect();
    // All of them, or every so many, so that a third is left for random ones.
    let share = (all.len() * 3).div_ceil(total * 2).max(1);
    let mut jobs: Vec<Job> = all
        .iter()
        .step_by(share)
        .map(|(scenario, kill)| Job {
            scenario,
            kill: (*kill).clone(),
            again: None,
        })
        .collect();
    let exact = jobs.len();
    let mut numbers = Numbers(0x5107_0a11);
    while jobs.len() < total {
        let (scenario, point) = all[numbers.below(all.len())];
        let timed = |numbers: &mut Numbers| match numbers.below(4) {
            0 => Kill::After(numbers.part()),
            _ => Kill::Writing(numbers.part() * 40.0),
        };
        // A third dies twice.
        let (kill, again) = match numbers.below(3) {
            0 => (point.clone(), Some(timed(&mut numbers))),
            _ => (timed(&mut numbers), None),
        };
        jobs.push(Job {
            scenario,
            kill,
            again,
        });
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::<Found, usize>::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(number) else {
                        break;
                    };
                    let one = run(number, job);
                    *found.lock().unwrap().entry(one).or_default() += 1;
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let twice = jobs.iter().filter(|job| job.again.is_some()).count();
    println!(
        "{} runs killed in {:.0?}: {exact} before a writing system call (of {} such), {} at random, {twice} of these twice; found {found:?}",
        jobs.len(),
        begun.elapsed(),
        all.len(),
        jobs.len() - exact,
    );
    assert_eq!(found.values().sum::<usize>(), total.max(exact));
    // The kills do fall on both sides of the point from which the run counts as done.
    assert!(found.contains_key(&Found::Old) && found.contains_key(&Found::Journalled));
}
