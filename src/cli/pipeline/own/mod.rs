//! The user's own Terraform beside what is generated: judged together with it, as Terraform reads the folder.
//!
//! What is generated is read back and held against the ledger without it (`render.rs`): nothing here can make that fail.

mod files;
mod place;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::Failure;
use crate::diff::{self, ChangeKind, Direction, Nature, Pairing, Question, Side};
use crate::graph::hcl::{self, Written, is_override};
use crate::graph::{Address, Graph, Location, Resource};
use crate::guardrail::{self, Finding, ReadBack, own};
use crate::iam::read::written_in;
use crate::iam::{self, Permission};
use crate::security::OwnFile;
use files::{Laid, Texts, Tree};
use place::{Key, key};

/// Where the user's own Terraform is looked for.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// Folder of the manifest.
    pub(super) root: &'a Utf8Path,
    /// Folder of the generated Terraform, below it.
    pub(super) out: &'a Utf8Path,
    /// Manifest, as the user names it.
    pub(super) manifest: &'a Utf8Path,
    /// Name of the service.
    pub(super) service: &'a str,
}

/// The user's own Terraform, read together with what is generated.
pub(in crate::cli) struct Own {
    /// Each environment of both together.
    pub(in crate::cli) environments: Vec<ReadBack>,
    /// The files in the root module.
    pub(super) files: Vec<OwnFile>,
    /// What the rules on the user's own find.
    findings: Vec<Finding>,
    /// The root module, as the user would name it.
    folder: Utf8PathBuf,
    /// Files of the user, by path from the root module.
    texts: Texts,
    /// The blocks of those in the root module.
    blocks: BTreeMap<Utf8PathBuf, Vec<Written>>,
    /// Where what is not generated stands.
    added: BTreeMap<String, Option<Location>>,
    /// What is generated and is other than it was.
    changed: BTreeSet<String>,
    /// What the two grant, and where it is written.
    granted: BTreeMap<Permission, String>,
    /// What is found in each environment without the user's own.
    without: BTreeMap<String, BTreeSet<Key>>,
}

impl Own {
    /// Reads what stands beside the generated files; `None` where nothing does.
    ///
    /// # Errors
    /// What slgen wrote in the folder, or where the repository begins, cannot be told.
    pub(super) fn read(
        site: Site<'_>,
        generated: &Texts,
        read_back: &[ReadBack],
    ) -> Result<Option<Self>, Failure> {
        let Some(laid) = Laid::beside(site.root, site.out, generated)? else {
            return Ok(None);
        };
        let mut own = Self::of(site, &laid);
        let names: Vec<&str> = read_back.iter().map(|e| e.environment.as_str()).collect();
        let mut tree = Tree::new(site.root, site.out, site.service, generated)?;
        let sound = laid.texts.iter().filter(|(path, _)| {
            // What is no Terraform is said already.
            own.blocks.contains_key(*path) || is_values(path)
        });
        let sound: Texts = sound.map(|(p, text)| (p.clone(), text.clone())).collect();
        let whole = tree.whole(&sound, &names);
        for (whole, read_back) in whole.into_iter().zip(read_back) {
            own.judge(tree.generated(&read_back.environment), whole, read_back);
        }
        let found = own.findings.iter().filter_map(|f| f.location.as_ref());
        let places = own.added.values().flatten().chain(found);
        let modules = places.filter(|place| !generated.contains_key(&place.file));
        let modules: Texts = modules
            .filter_map(|place| Some((place.file.clone(), tree.text(&place.file)?.clone())))
            .collect();
        own.texts.extend(modules);
        own.findings = guardrail::fold(std::mem::take(&mut own.findings));
        own.files = laid.paths().map(|path| own.file(path)).collect();
        Ok(Some(own))
    }

    /// The files, not yet read together with what is generated.
    fn of(site: Site<'_>, laid: &Laid) -> Self {
        let folder = site.manifest.parent().unwrap_or(Utf8Path::new(""));
        let folder = folder.join(site.out);
        let unread = |path: &Utf8Path, line: usize, why: &str| {
            let (file, message) = (path.to_owned(), format!("{path} was not judged: {why}"));
            own::unread(Location { file, line }, message)
        };
        let laid_aside = laid.unread.iter();
        let mut findings: Vec<Finding> =
            laid_aside.map(|(path, why)| unread(path, 1, why)).collect();
        let code = laid.texts.iter().filter(|(path, _)| !is_values(path));
        let code: Texts = code.map(|(p, text)| (p.clone(), text.clone())).collect();
        let mut blocks = BTreeMap::new();
        for (path, read) in hcl::written(&code) {
            match read {
                Ok(written) => drop(blocks.insert(path, written)),
                Err(fault) => {
                    let text = laid.texts.get(&path).map_or("", String::as_str);
                    findings.push(Finding {
                        span: Some(place::of_fault(text, &fault, &folder)),
                        ..unread(&path, fault.line, &fault.message)
                    });
                }
            }
        }
        Self {
            environments: Vec::new(),
            files: Vec::new(),
            findings,
            folder,
            texts: laid.texts.clone(),
            blocks,
            added: BTreeMap::new(),
            changed: BTreeSet::new(),
            granted: BTreeMap::new(),
            without: BTreeMap::new(),
        }
    }

    /// Adds an environment: `generated` is what was read back, read as the user's code is.
    fn judge(&mut self, generated: Graph, whole: Graph, read_back: &ReadBack) {
        let environment = &read_back.environment;
        let of = |graph: Graph| {
            let (permissions, unread) = iam::permissions(&graph);
            let read = ReadBack {
                environment: environment.clone(),
                graph,
                permissions,
                permissions_boundary: read_back.permissions_boundary.clone(),
            };
            (read, unread)
        };
        let ((generated, unread_before), (whole, unread)) = (of(generated), of(whole));
        let before = &generated.graph.resources;
        for resource in whole.graph.resources.values() {
            let address = resource.address.to_string();
            match before.get(&resource.address) {
                None => drop(self.added.insert(address, resource.location.clone())),
                Some(was) if !alike(was, resource) => drop(self.changed.insert(address)),
                Some(_) => {}
            }
        }
        let gone = before
            .keys()
            .filter(|a| !whole.graph.resources.contains_key(a));
        self.changed.extend(gone.map(Address::to_string));
        self.granted.extend(written_in(&whole.graph, |resource| {
            let address = resource.address.to_string();
            self.added.contains_key(&address) || self.changed.contains(&address)
        }));
        let found = guardrail::check(&generated.input());
        let without: BTreeSet<Key> = found.iter().map(key).collect();
        let mut new = guardrail::check(&whole.input());
        new.retain(|finding| !without.contains(&key(finding)));
        self.without.insert(environment.clone(), without);
        let weakened = self.weakened(&generated.graph, &whole, &new);
        self.findings.extend(own::check(&own::Input {
            environment,
            generated: own::Side {
                graph: &generated.graph,
                permissions: &generated.permissions,
                unread: &unread_before,
            },
            whole: own::Side {
                graph: &whole.graph,
                permissions: &whole.permissions,
                unread: &unread,
            },
            weakened: &weakened,
        }));
        self.environments.push(whole);
    }

    /// What of the generated resources is weaker than it was, and not found by another rule, whose findings are `new`.
    fn weakened(&self, generated: &Graph, whole: &ReadBack, new: &[Finding]) -> Vec<own::Weakened> {
        let code = |graph| Side {
            graph,
            nature: Nature::Code,
        };
        let question = Question {
            kind: ChangeKind::Pending,
            pairing: Pairing::Address,
            environment: &whole.environment,
            complete: &|_| true,
        };
        let kinds: BTreeMap<String, &str> = generated
            .resources
            .keys()
            .map(|address| (address.to_string(), address.kind.as_str()))
            .collect();
        let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
        let known = |found: &diff::Finding| {
            let same = |finding: &&Finding| {
                let attribute = finding.attribute.as_deref().unwrap_or_default();
                finding.address == found.address && first(attribute) == first(&found.path)
            };
            new.iter().any(|finding| same(&finding))
        };
        let concerns = |found: &diff::Finding| {
            if found.witness.is_none() && found.gained.is_empty() && found.lost.is_empty() {
                return self.changed.contains(&found.address) && !known(found);
            }
            // What roles may do is SLG-IAM-018's; what a resource of the user's own grants, other rules judge.
            let mut granted = self.granted.iter();
            kinds.get(&found.address).copied() != Some("aws_iam_role")
                && granted.any(|(p, by)| p.holder == found.address && self.changed.contains(by))
        };
        let found = diff::compare(code(generated), code(&whole.graph), &question).into_iter();
        found
            .filter(|found| {
                matches!(
                    found.direction,
                    Direction::Widening | Direction::Undetermined
                ) && kinds.contains_key(&found.address)
                    && concerns(found)
            })
            .map(|found| own::Weakened {
                severity: found.gate().unwrap_or(found.severity),
                address: found.address,
                attribute: found.path,
                meaning: found.meaning,
            })
            .collect()
    }

    /// What the rules on the user's own find in the environments that are asked for.
    pub(super) fn findings(&self, asked: impl Fn(&str) -> bool) -> Vec<Finding> {
        let findings = self.findings.iter().cloned().map(|mut finding| {
            let everywhere = finding.environments.is_empty();
            finding.environments.retain(|name| asked(name));
            (everywhere || !finding.environments.is_empty()).then_some(finding)
        });
        findings.flatten().collect()
    }

    /// Whether something with this address is the user's, and so belongs to the service as a whole.
    pub(super) fn has(&self, address: &str) -> bool {
        self.added.contains_key(address) || self.findings.iter().any(|f| f.address == address)
    }

    /// A resource of the user's own, where there is one of this address.
    pub(in crate::cli) fn resource(&self, address: &str) -> Option<&Resource> {
        if !self.added.contains_key(address) {
            return None;
        }
        let resources = self
            .environments
            .iter()
            .flat_map(|e| e.graph.resources.values());
        resources
            .into_iter()
            .find(|resource| resource.address.to_string() == address)
    }

    /// Whether a file of the root module is the user's.
    pub(in crate::cli) fn is_laid(&self, path: &Utf8Path) -> bool {
        self.files.iter().any(|own| own.file == path)
    }

    /// What `SECURITY.md` says of a file.
    fn file(&self, path: &Utf8Path) -> OwnFile {
        let names = self.blocks.get(path).into_iter().flatten();
        let names: BTreeSet<String> = names.map(|block| block.name.clone()).collect();
        let names: Vec<String> = if is_values(path) {
            vec!["values of variables".to_owned()]
        } else {
            names.into_iter().collect()
        };
        let (adds, changes) = if is_override(path) || is_values(path) {
            (Vec::new(), names)
        } else {
            (names, Vec::new())
        };
        let here = |f: &&Finding| {
            let file = f.location.as_ref().map(|place| place.file.as_path());
            f.rule == own::NOT_JUDGED && file == Some(path)
        };
        let not_judged = self.findings.iter().filter(here);
        let not_judged: BTreeSet<String> = not_judged.map(|f| f.address.clone()).collect();
        OwnFile {
            file: path.to_owned(),
            adds,
            changes,
            not_judged: not_judged.into_iter().collect(),
        }
    }
}

/// Whether a file holds values of variables.
fn is_values(path: &Utf8Path) -> bool {
    path.as_str().ends_with(".tfvars") || path.as_str().ends_with(".tfvars.json")
}

/// Whether a resource is what it was, wherever it stands.
fn alike(was: &Resource, is: &Resource) -> bool {
    was.attributes == is.attributes
        && was.prevent_destroy == is.prevent_destroy
        && was.ignore_changes == is.ignore_changes
}
