//! Rules on handler sources, one file each, named after its id: metadata, and what is looked for.

use std::sync::LazyLock;

use super::about::About;
use super::{Check, Metadata, Rule};

/// Registers each rule's file: the one line a new rule needs.
macro_rules! rules {
    ($($file:ident)*) => {
        const FILES: &[&str] = &[$(include_str!(concat!(stringify!($file), ".json"))),*];
    };
}

rules! {
    slg_src_001
    slg_src_002
    slg_src_003
    slg_src_004
    slg_src_005
    slg_src_006
    slg_src_007
    slg_src_008
    slg_src_009
    slg_src_010
    slg_src_011
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let read = FILES
        .iter()
        .filter_map(|file| serde_json::from_str::<About>(file).ok());
    let rule = |about: About| {
        let meta: Metadata = about.into();
        Rule {
            meta: Box::leak(Box::new(meta)),
            check: Check::Source,
        }
    };
    read.map(rule).collect()
});

/// Every rule on sources, by id.
pub(super) fn rules() -> &'static [Rule] {
    &RULES
}

#[cfg(feature = "source")]
pub use engine::{check, data};

#[cfg(feature = "source")]
mod engine {
    use super::{FILES, LazyLock};
    use crate::diagnostic::Span;
    use crate::guardrail::{Finding, rule};
    use crate::source::{RuleData, Scan};

    static DATA: LazyLock<Vec<RuleData>> = LazyLock::new(|| {
        let read = FILES.iter().map(|file| serde_json::from_str(file));
        read.filter_map(Result::ok).collect()
    });

    /// What the rules look for.
    pub fn data() -> &'static [RuleData] {
        &DATA
    }

    /// The findings of a scan, exceptions not applied. `place` gives the path of a file as the
    /// user names it.
    pub fn check(
        scan: &Scan,
        place: impl Fn(&camino::Utf8Path) -> camino::Utf8PathBuf,
    ) -> Vec<Finding> {
        let findings = scan.hits.iter().filter_map(|hit| {
            let meta = rule(&hit.rule)?.meta;
            Some(Finding {
                resource: Some(hit.file.to_string()),
                span: Some(Span {
                    file: place(&hit.file),
                    start: hit.start,
                    end: hit.end,
                }),
                ..Finding::new(
                    meta,
                    format!("functions.{}", hit.function),
                    hit.message.clone(),
                )
            })
        });
        findings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_rule() {
        for file in FILES {
            let about = serde_json::from_str::<About>(file);
            assert!(about.is_ok(), "{:?}", about.err());
        }
        assert_eq!(rules().len(), FILES.len());
        #[cfg(feature = "source")]
        for file in FILES {
            let data = serde_json::from_str::<crate::source::RuleData>(file);
            assert!(data.is_ok(), "{:?}", data.err());
        }
    }
}
