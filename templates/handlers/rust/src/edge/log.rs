//! Structured logs. What goes in is ours: never an event, a part of one, or another crate's words.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

/// From here on lines of ours go to standard output; a panic tells its place and nothing else.
pub fn start() {
    // Only a second call could fail, and would change nothing.
    let _ = tracing::subscriber::set_global_default(subscriber(std::io::stdout));
    std::panic::set_hook(Box::new(|panic| {
        let line = panic.location().map(std::panic::Location::line);
        let file = panic.location().map(std::panic::Location::file);
        tracing::error!(file, line, "panicked");
    }));
}

/// JSON of what this crate logs. What is finer than `info` is not compiled in; see `Cargo.toml`.
pub fn subscriber<W>(writer: W) -> impl Subscriber
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_writer(writer);
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    tracing_subscriber::registry().with(ours).with(lines)
}
