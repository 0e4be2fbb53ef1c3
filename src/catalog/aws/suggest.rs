//! "Did you mean": the nearest of a list of names.

/// The candidate nearest to `word`, case ignored, if it is near enough to be meant; of equals the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Far longer than any name: a hostile word must not cost quadratic time.
    if word.len() > 128 {
        return None;
    }
    let folded = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&folded, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["GetItem", "PutItem", "Query"];
        assert_eq!(nearest("getitem", names), Some("GetItem"));
        assert_eq!(nearest("GetItm", names), Some("GetItem"));
        assert_eq!(nearest("Publish", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), names), None);
    }
}
