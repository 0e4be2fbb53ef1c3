//! Users of RDS servers that are no function's.

/// Users that RDS makes or that administer a server by custom (RDS user guide, "Master user account
/// privileges").
const ADMINISTRATORS: [&str; 11] = [
    "admin",
    "administrator",
    "master",
    "mysql",
    "postgres",
    "public",
    "rds_iam",
    "rds_superuser",
    "rdsadmin",
    "rdsrepladmin",
    "root",
];

/// Whether a user of a database administers it, or stands for several.
pub fn is_administrator(user: &str) -> bool {
    let user = user.to_ascii_lowercase();
    ADMINISTRATORS.contains(&user.as_str()) || user.starts_with("pg_") || user.starts_with("mysql.")
}
