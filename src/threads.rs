//! Work on several threads.

use std::thread::{ScopedJoinHandle, scope};

/// What a thread came to; where it panicked, so does this one.
pub(crate) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Does the same with each of several things, in any order, and gives the results in theirs. The last is this thread's, each
/// other has a thread of its own.
pub(crate) fn each<T: Send, R: Send>(mut things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let Some(last) = things.pop() else {
        return Vec::new();
    };
    let work = &work;
    scope(|scope| {
        let others = things
            .into_iter()
            .map(|thing| scope.spawn(move || work(thing)));
        let others: Vec<_> = others.collect();
        let last = work(last);
        others.into_iter().map(joined).chain([last]).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_are_in_order() {
        for count in 0..5 {
            let doubled = each((0..count).collect(), |n: i32| 2 * n);
            assert_eq!(doubled, (0..count).map(|n| 2 * n).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "two")]
    fn a_panic_is_passed_on() {
        each(vec![1, 2, 3], |n| assert_ne!(n, 2, "two"));
    }
}
