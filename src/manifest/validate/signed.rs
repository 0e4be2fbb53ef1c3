//! Requests that their sender signs with a shared secret.

use super::super::model::{Auth, Hmac, Trigger};
use super::super::structure::shown;
use super::{Check, shapes};
use crate::catalog::webhooks::{BODY, TIMESTAMP};

/// Longest difference of clocks: what is older was not sent just now.
const MOST_TOLERANCE_S: u32 = 3600;
/// Methods whose requests carry a body.
const WITH_BODY: [&str; 3] = ["POST ", "PUT ", "PATCH "];

impl Check<'_> {
    pub(super) fn hmac(&mut self, pointer: &str, hmac: &Hmac) {
        let said = [
            ("header", hmac.header.is_some()),
            ("prefix", hmac.prefix.is_some()),
            ("encoding", hmac.encoding.is_some()),
            ("timestamp", hmac.timestamp.is_some()),
            ("signed", hmac.signed.is_some()),
        ];
        match &hmac.sender {
            Some(sender) => {
                for (key, _) in said.into_iter().filter(|(_, given)| *given) {
                    self.fault(
                        "SLG-MANIFEST-008",
                        &format!("{pointer}/{key}"),
                        format!("`{key}` of {} is known", shown(sender)),
                        "remove it, or remove sender and say how requests are signed",
                    );
                }
            }
            None if hmac.header.is_none()
                && !self.loaded.is_doubtful(&format!("{pointer}/sender")) =>
            {
                self.missing(
                    &format!("{pointer}/header"),
                    "nothing says where the signature stands",
                    "give sender: with one that is known, or header:",
                );
            }
            None => self.own(pointer, hmac),
        }
        let at = format!("{pointer}/tolerance_s");
        if let Some(seconds) = hmac.tolerance_s {
            if !hmac.scheme().is_timed() {
                self.fault(
                    "SLG-MANIFEST-008",
                    &at,
                    "nothing that is signed says when it was sent",
                    "remove it, or name the header of the time: timestamp",
                );
            } else if !(1..=MOST_TOLERANCE_S).contains(&seconds) {
                self.value(
                    &at,
                    format!("{seconds} s; slgen takes 1 to {MOST_TOLERANCE_S}"),
                    "for example 300",
                );
            }
        }
    }

    /// A sender that is not known.
    fn own(&mut self, pointer: &str, hmac: &Hmac) {
        for (key, header) in [("header", &hmac.header), ("timestamp", &hmac.timestamp)] {
            if let Some(header) = header {
                self.shape(
                    &shapes::HEADER,
                    &format!("{pointer}/{key}"),
                    header,
                    "a header of at most 64 letters, digits and `-`",
                );
            }
        }
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        if let (Some(header), Some(timestamp)) = (&hmac.header, &hmac.timestamp)
            && same(header, timestamp)
        {
            self.value(
                &format!("{pointer}/timestamp"),
                "signature and time stand in one header",
                "name the header of the time",
            );
        }
        if let Some(prefix) = &hmac.prefix {
            self.shape(
                &shapes::SIGNATURE_PREFIX,
                &format!("{pointer}/prefix"),
                prefix,
                "a prefix of at most 32 letters, digits and `_.:=-`",
            );
        }
        let Some(signed) = &hmac.signed else { return };
        let at = format!("{pointer}/signed");
        self.shape(
            &shapes::SIGNED,
            &at,
            signed,
            "text of at most 128 letters, digits and `_.:|-` with {body} and {timestamp}",
        );
        if self.faults.iter().any(|fault| fault.faults(&at)) {
            return;
        }
        let timed = usize::from(hmac.timestamp.is_some());
        if signed.matches(BODY).count() != 1 {
            self.value(&at, "the body is signed once", "write {body} once");
        } else if signed.matches(TIMESTAMP).count() != timed {
            // What is not signed may be changed: a time beside the signature proves nothing.
            let (message, help) = if timed == 1 {
                (
                    "the time of sending is not signed, or twice",
                    "write {timestamp} once",
                )
            } else {
                (
                    "nothing says where the time of sending stands",
                    "name its header: timestamp",
                )
            };
            self.value(&at, message, help);
        }
    }

    /// A route whose requests are signed carries what is signed.
    pub(super) fn signed_route(
        &mut self,
        at: &str,
        trigger: &Trigger,
        route: &str,
        auth: Option<&Auth>,
    ) {
        let has_body = WITH_BODY.iter().any(|method| route.starts_with(method));
        if matches!(auth, Some(Auth::Hmac(_))) && !has_body {
            let key = if trigger.auth.is_some() {
                "auth"
            } else {
                "http"
            };
            self.fault(
                "SLG-MANIFEST-008",
                &format!("{at}/{key}"),
                "a sender signs the body, and requests of this route have none",
                "make it a POST route, or give auth: iam or { jwt: … }",
            );
        }
    }
}
