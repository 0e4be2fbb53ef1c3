//! Images: by what their registry says.

use super::{Age, Run};
use crate::pin::oci::{Registry, Resolved};
use crate::pin::reference::Reference;
use crate::pin::trouble::{Kind, Trouble};
use crate::pin::{Lock, PinnedImage, Pins};

impl Run<'_> {
    /// Whether an image is to stay as this slgen carries it, so that nobody has to be asked.
    pub(super) fn carried_image(&self, lock: &Lock, name: &str) -> bool {
        let own = lock.images.iter().find(|i| i.image == name);
        own.is_some() && own == Pins::default().image(name) && !(self.wanted.update)("images", name)
    }

    /// What to pin for an image; `None` to leave it.
    pub(super) fn image(
        &mut self,
        name: &str,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        let wrong =
            |why: String, help: &str| Trouble::new(Kind::Wrong, &format!("{name}: {why}"), help);
        let reference = Reference::parse(name).map_err(|why| wrong(why, "write name:tag"))?;
        let Some(registry) = self.registry.take() else {
            return Ok(None);
        };
        let outcome = self.image_by(&registry, &reference, name, old);
        self.registry = Some(registry);
        outcome
    }

    fn image_by(
        &mut self,
        registry: &Registry,
        reference: &Reference,
        name: &str,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        let update = (self.wanted.update)("images", name);
        let Some(found) = registry.resolve(reference)? else {
            let pinned = old.map_or_else(String::new, |old| format!(" (pinned: {})", old.digest));
            return Err(Trouble::new(
                Kind::Wrong,
                &format!("{name}: the registry has no such image{pinned}"),
                "check name and tag, and use an image that is kept",
            ));
        };
        let Some(old) = old else {
            return self.taken_if_old(registry, reference, name, &found, None);
        };
        if old.digest == found.digest {
            if old.platforms == found.platforms {
                return Ok(None);
            }
            let help = "find out who changed slgen.lock, then run `slgen pin --update images`";
            // What the binary carries names the index alone.
            if !update && !old.platforms.is_empty() {
                let message = format!(
                    "{name}: slgen.lock says other platforms than {}",
                    old.digest
                );
                return Err(Trouble::new(Kind::Wrong, &message, help));
            }
            // What the binary carries names the index alone.
        } else if !update && !old.platforms.is_empty() {
            if !registry.has(reference, &old.digest)? {
                return Err(Trouble::new(
                    Kind::Wrong,
                    &format!(
                        "{name}: the registry no longer has what is pinned, {}; the tag is now {}",
                        old.digest, found.digest
                    ),
                    "review the new image, then run `slgen pin --update images`",
                ));
            }
            self.moved = true;
            self.told.push(format!(
                "{name}: its tag has moved, and the pin was kept: `slgen pin --update images` takes the new one\n- {}\n+ {}",
                old.digest, found.digest
            ));
            return Ok(None);
        }
        self.taken_if_old(registry, reference, name, &found, Some(old))
    }

    fn taken_if_old(
        &mut self,
        registry: &Registry,
        reference: &Reference,
        name: &str,
        found: &Resolved,
        old: Option<&PinnedImage>,
    ) -> Result<Option<PinnedImage>, Trouble> {
        if let Some(days) = self.wanted.cooldown {
            let made = registry.created(reference, found)?;
            if let Age::TooYoung(why) = self.age(name, made, days) {
                return self.kept(name, &why, old.map(|old| old.digest.as_str()));
            }
        }
        self.told.push(format!(
            "{name}: {} is pinned, {}",
            found.digest,
            found.described()
        ));
        Ok(Some(PinnedImage {
            image: name.to_owned(),
            digest: found.digest.clone(),
            platforms: found.platforms.clone(),
        }))
    }
}
