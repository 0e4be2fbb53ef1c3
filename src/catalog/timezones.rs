//! Names of the IANA time zone database, as `EventBridge` Scheduler takes them (user guide, "Time zones").

const LIST: &str = include_str!("timezones.txt");

/// Every name, zones and links, sorted.
pub fn all() -> impl Iterator<Item = &'static str> + Clone {
    LIST.lines().filter(|line| !line.starts_with('#'))
}

/// Release of the database, `2025b`.
pub fn release() -> &'static str {
    let header = LIST.lines().next().unwrap_or_default();
    header.split(", ").nth(1).unwrap_or_default()
}

/// Whether a name is one of them; case matters.
pub fn is_known(name: &str) -> bool {
    all().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let names: Vec<&str> = all().collect();
        assert!(names.len() > 550 && names.is_sorted());
        for name in [
            "UTC",
            "Europe/Berlin",
            "America/Argentina/Ushuaia",
            "Asia/Kolkata",
            "Etc/GMT+3",
        ] {
            assert!(is_known(name), "{name}");
        }
        for name in ["Europe/Berln", "europe/berlin", "", "#", "CEST"] {
            assert!(!is_known(name), "{name}");
        }
    }
}
