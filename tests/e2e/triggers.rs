//! A stack of each kind of trigger: formatted, valid, nothing found, applied, and nothing left to change.

use crate::stack::Stack;

#[test]
fn object_trigger_is_applied_and_scanned() {
    applied_and_scanned("object");
}

#[test]
fn event_trigger_is_applied_and_scanned() {
    applied_and_scanned("event");
}

#[test]
fn url_trigger_is_applied_and_scanned() {
    applied_and_scanned("url");
}

fn applied_and_scanned(kind: &'static str) {
    let stack = Stack::generate(kind, "dev", "111111111111");
    stack.scan();
    stack.apply();
}
