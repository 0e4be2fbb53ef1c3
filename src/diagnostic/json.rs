//! For programs: `slgen.diagnostics/1`.

use super::{Diagnostic, Sources};

/// Renders diagnostics for programs (`slgen.diagnostics/1`): lines and columns from 1, columns in
/// characters, the end exclusive.
pub fn render_json(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let list: Vec<serde_json::Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let mut value = serde_json::to_value(diagnostic).unwrap_or_default();
            if let (Some(map), Some(place)) = (value.as_object_mut(), diagnostic.place(sources)) {
                map.insert("file".to_owned(), place.file.as_str().into());
                let numbers = [
                    ("line", Some(place.line)),
                    ("column", place.column),
                    ("end_line", Some(place.end_line)),
                    ("end_column", place.end_column),
                ];
                for (key, number) in numbers {
                    if let Some(number) = number {
                        map.insert(key.to_owned(), number.into());
                    }
                }
            }
            value
        })
        .collect();
    serde_json::json!({ "schema": "slgen.diagnostics/1", "diagnostics": list })
}
