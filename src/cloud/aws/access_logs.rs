//! The bucket that receives the access logs of the stack's other buckets.
//!
//! It is none of those: S3 delivers neither into a bucket with a default retention, as the archive
//! has, nor into one encrypted with a key of one's own, and a bucket that logs into itself grows
//! without end (Amazon S3 user guide, "Enabling Amazon S3 server access logging").

use serde_json::json;

use super::builder::{Builder, retention_days};
use super::resources::access_log_bucket;

/// Adds the bucket where there are others. Comes after them.
pub fn add(builder: &mut Builder<'_>) {
    if builder.logged_buckets.is_empty() {
        return;
    }
    let bucket = access_log_bucket(builder, "access-logs");
    let context = json!({ "bucket": bucket, "retention_days": retention_days(builder.service) });
    builder.shared("access_logs.tf", "access_logs.tf", context);
}
