//! The pipeline.

use super::super::interpolate;
use super::super::model::{Ci, Manifest, Platform, Updates};
use super::{Check, shapes};

const ROLE: &str = "the ARN of an IAM role";

impl Check<'_> {
    pub(super) fn ci(&mut self, manifest: &Manifest) {
        let Some(ci) = &manifest.ci else { return };
        self.platform(ci);
        if let Some(branch) = &ci.branch {
            self.shape(
                &shapes::BRANCH,
                "/ci/branch",
                branch,
                "the name of one branch: letters, digits and `._-/`",
            );
        }
        if let Some(label) = &ci.runs_on {
            self.shape(
                &shapes::RUNNER,
                "/ci/runs_on",
                label,
                "the label of a runner: letters, digits and `._-`",
            );
        }
        if let Some(image) = &ci.image {
            self.shape(
                &shapes::PINNED_IMAGE,
                "/ci/image",
                image,
                "an image with its registry and digest, `host/name@sha256:…`",
            );
        }
        for (key, role) in [
            ("deployer_role", &ci.deployer_role),
            ("reader_role", &ci.reader_role),
        ] {
            if let Some(role) = role {
                self.role(manifest, &format!("/ci/{key}"), role);
            }
        }
    }

    /// Keys that only one of the platforms has.
    fn platform(&mut self, ci: &Ci) {
        let (other, foreign) = match ci.platform {
            Platform::Github => ("gitlab", vec![("image", ci.image.is_some())]),
            Platform::Gitlab => (
                "github",
                vec![
                    ("branch", ci.branch.is_some()),
                    ("runs_on", ci.runs_on.is_some()),
                ],
            ),
        };
        for (key, _) in foreign.into_iter().filter(|(_, given)| *given) {
            self.fault(
                "SLG-MANIFEST-008",
                &format!("/ci/{key}"),
                format!("`{key}` is a setting of {other}"),
                "remove it, or name that platform",
            );
        }
        if ci.platform == Platform::Gitlab {
            if ci.image.is_none() {
                self.missing(
                    "/ci",
                    "no image for the jobs",
                    "give image: host/name@sha256:…; docs/ci.md says what it needs",
                );
            }
            if ci.updates == Some(Updates::Dependabot) {
                self.fault(
                    "SLG-MANIFEST-008",
                    "/ci/updates",
                    "Dependabot runs on GitHub alone",
                    "write updates: renovate",
                );
            }
        }
    }

    /// An IAM role of each environment's own account.
    fn role(&mut self, manifest: &Manifest, pointer: &str, text: &str) {
        self.interpolated(pointer, text);
        for (name, environment) in &manifest.environments {
            let place = (environment.account.as_str(), environment.region.as_str());
            let Ok(role) = interpolate::resolve(text, &manifest.service, name, place) else {
                return;
            };
            if !shapes::fits(&shapes::ROLE, &role) {
                self.shape(&shapes::ROLE, pointer, &role, ROLE);
                return;
            }
            if role.split(':').nth(4) != Some(&environment.account) {
                self.value(
                    pointer,
                    format!("in {name} this is a role of another account"),
                    "write ${account} where the account stands",
                );
                return;
            }
        }
    }
}
