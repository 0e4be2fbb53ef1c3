//! Counts what a corpus is judged by.

use std::collections::BTreeMap;

use slgen::diff::{Direction, Finding};

/// One sort of case.
#[derive(Default)]
struct Count {
    cases: usize,
    found: usize,
    right: usize,
    extra: usize,
}

/// Precision, recall and accuracy of directions, for each sort of case.
#[derive(Default)]
pub(crate) struct Score {
    sorts: BTreeMap<String, Count>,
    wrong: Vec<String>,
}

impl Score {
    /// A case whose one finding is expected at this address and path.
    pub(crate) fn case(
        &mut self,
        sort: &str,
        name: &str,
        expected: (&str, &str, Direction),
        findings: &[Finding],
    ) {
        let (address, path, direction) = expected;
        let count = self.sorts.entry(sort.to_owned()).or_default();
        count.cases += 1;
        let at: Vec<&Finding> = findings
            .iter()
            .filter(|f| f.address == address && f.path == path)
            .collect();
        if at.is_empty() {
            let others: Vec<_> = findings
                .iter()
                .map(|f| (f.address.as_str(), f.path.as_str(), f.direction))
                .collect();
            self.wrong
                .push(format!("{name}: nothing at {address}.{path}; {others:?}"));
        } else {
            count.found += 1;
        }
        if at.iter().any(|f| f.direction == direction) {
            count.right += 1;
        } else if let Some(finding) = at.first() {
            self.wrong.push(format!(
                "{name}: {} where {direction} is expected ({})",
                finding.direction, finding.meaning
            ));
        }
        for extra in findings.iter().filter(|f| {
            (f.address != address || f.path != path) && f.direction != Direction::Neutral
        }) {
            count.extra += 1;
            self.wrong.push(format!(
                "{name}: {} {} {} is one too many ({})",
                extra.direction, extra.address, extra.path, extra.meaning
            ));
        }
    }

    /// Prints the figures and holds them against what is asked for.
    pub(crate) fn check(&self, title: &str) {
        let mut table = format!(
            "{title}\n{:14} cases  recall  precision  direction\n",
            "sort"
        );
        let (mut cases, mut found, mut right, mut extra) = (0, 0, 0, 0);
        #[allow(clippy::cast_precision_loss, reason = "small counts")]
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        for (sort, count) in &self.sorts {
            table.push_str(&format!(
                "{sort:14} {:5}  {:5.1}%  {:8.1}%  {:8.1}%\n",
                count.cases,
                percent(count.found, count.cases),
                percent(count.found, count.found + count.extra),
                percent(count.right, count.cases),
            ));
            cases += count.cases;
            found += count.found;
            right += count.right;
            extra += count.extra;
        }
        table.push_str(&format!(
            "{:14} {cases:5}  {:5.1}%  {:8.1}%  {:8.1}%\n",
            "all",
            percent(found, cases),
            percent(found, found + extra),
            percent(right, cases),
        ));
        println!("{table}");
        assert!(self.wrong.is_empty(), "{table}\n{}", self.wrong.join("\n"));
    }
}
