//! Paths of settings, as locks and floors name them: `functions.*.timeout_s`.

use serde_json::Value as Json;

use crate::manifest::escape;

/// A path in the manifest; `*` stands for any name, `(http-api)` for the functions of an archetype.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting(Vec<String>);

impl Setting {
    /// Reads a path.
    pub fn new(path: &str) -> Self {
        Self(path.split('.').map(str::to_owned).collect())
    }

    /// A setting of one function, or with `*` of any.
    pub fn of_function(function: &str, setting: &str) -> Self {
        let mut path = Self::new(setting).0;
        path.splice(0..0, ["functions".to_owned(), function.to_owned()]);
        Self(path)
    }

    /// A setting of the functions of an archetype.
    pub fn of_archetype(archetype: &str, setting: &str) -> Self {
        Self::of_function(&format!("({archetype})"), setting)
    }

    /// Whether it is of the functions of an archetype alone.
    pub fn is_of_archetype(&self) -> bool {
        matches!(&*self.0, [_, of, ..] if of.starts_with('('))
    }

    /// The same of one function, where this is of several.
    #[must_use]
    pub fn for_function(&self, name: &str) -> Self {
        let mut path = self.0.clone();
        if let [functions, any, ..] = &mut *path
            && functions == "functions"
            && (any == "*" || any.starts_with('('))
        {
            name.clone_into(any);
        }
        Self(path)
    }

    /// A path by its parts.
    pub fn of(path: &[&str]) -> Self {
        Self(path.iter().map(|part| (*part).to_owned()).collect())
    }

    /// A tag, whose name may have dots.
    pub fn of_tag(tag: &str) -> Self {
        Self::of(&["tags", tag])
    }

    /// As messages name it: a function's setting by its own name.
    pub fn short(&self) -> String {
        match &*self.0 {
            [functions, _, rest @ ..] if functions == "functions" => rest.join("."),
            all => all.join("."),
        }
    }

    /// Its parts.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether both can stand for one place.
    pub fn overlaps(&self, other: &Self) -> bool {
        let same = |(a, b): (&String, &String)| a == b || a == "*" || b == "*";
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }

    /// Where a manifest has it: pointer and value.
    pub fn found<'v>(&self, manifest: &'v Json) -> Vec<(String, &'v Json)> {
        let mut found = vec![(String::new(), manifest)];
        for segment in self.segments() {
            let mut next = Vec::new();
            for (pointer, value) in found {
                let Json::Object(map) = value else { continue };
                let keys = map
                    .iter()
                    .filter(|(key, _)| segment == "*" || *key == segment);
                next.extend(keys.map(|(key, value)| (format!("{pointer}/{}", escape(key)), value)));
            }
            found = next;
        }
        found
    }

    /// Where a manifest can have it, whether or not it does: names that stand for `*` have to be there.
    pub fn places(&self, manifest: &Json) -> Vec<String> {
        let mut places = vec![(String::new(), Some(manifest))];
        for segment in self.segments() {
            let mut next = Vec::new();
            for (pointer, value) in places {
                let map = value.and_then(Json::as_object);
                if segment == "*" {
                    let all = map.into_iter().flatten();
                    next.extend(
                        all.map(|(key, value)| (format!("{pointer}/{}", escape(key)), Some(value))),
                    );
                } else {
                    let value = map.and_then(|map| map.get(segment));
                    next.push((format!("{pointer}/{}", escape(segment)), value));
                }
            }
            places = next;
        }
        places.into_iter().map(|(pointer, _)| pointer).collect()
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// Settings as JSON, in which they are looked up by path.
pub(super) fn to_json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_star_stands_for_every_name() {
        let manifest = json!({"functions": {"a": {"timeout_s": 1}, "b": {}}, "logs": {}});
        let setting = Setting::new("functions.*.timeout_s");
        assert_eq!(
            setting.found(&manifest),
            [("/functions/a/timeout_s".to_owned(), &json!(1))]
        );
        assert_eq!(
            setting.places(&manifest),
            ["/functions/a/timeout_s", "/functions/b/timeout_s"]
        );
        assert!(setting.overlaps(&Setting::of_function("a", "timeout_s")));
        assert!(!setting.overlaps(&Setting::new("functions.*.memory_mb")));
        assert_eq!(
            Setting::new("logs.retention_days").places(&manifest),
            ["/logs/retention_days"]
        );
    }
}
