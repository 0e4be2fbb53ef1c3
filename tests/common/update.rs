//! A change of the orders example that reaches as many kinds of resources as a change can.

/// The manifest with every change made.
pub(crate) fn updated(manifest: &str) -> String {
    let mut text = manifest.to_owned();
    for (from, to) in [
        ("owner: team-checkout", "owner: team-orders"),
        ("retention_days: 365", "retention_days: 400"),
        ("concurrency: 50", "concurrency: 60"),
        ("audience: [orders-api]", "audience: [orders-api, shop]"),
        ("burst: 200", "burst: 300"),
        ("memory_mb: 256", "memory_mb: 512"),
        ("timeout_s: 10\n", "timeout_s: 12\n"),
        (
            "scopes: [orders.read]",
            "scopes: [orders.read, orders.write]",
        ),
        ("timeout_s: 60", "timeout_s: 70"),
        ("batch: 10", "batch: 5"),
        ("cron(0 3", "cron(0 4"),
        ("10.20.0.0/16:443", "10.20.0.0/17:443"),
        (
            "allow: [Publish] }\n",
            "allow: [Publish] }\n      - { to: jobs, allow: [SendMessage] }\n",
        ),
        (
            "\nexceptions:",
            "\n  audit-orders:\n    description: Lists what has been ordered\n    runtime: python3.13\n    source: src/create_order\n    handler: app.handler\n    access:\n      - { to: orders-table, allow: [Query] }\n\nexceptions:",
        ),
    ] {
        text = text.replace(from, to);
    }
    text
}
