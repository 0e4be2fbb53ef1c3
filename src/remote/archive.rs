//! The files of a blueprint as one archive: the same bytes of the same files, wherever and whenever it is made.

use std::io::{self, Read, Write as _};

use camino::Utf8PathBuf;
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use tar::{Archive, Builder, EntryType, Header};

use crate::blueprint::Files;
use crate::blueprint::files::{DEFINITION, FOLDERS, LARGEST, LARGEST_TOTAL, MOST};

/// Longest archive: its files, and for each of them a header, its padding and a long name.
pub(super) const LONGEST: u64 = LARGEST_TOTAL + (MOST as u64 + 2) * 4 * 512;

/// The files as a tar archive (POSIX.1-1988, "ustar"), in the order of their paths, without owners, modes and times of
/// whoever makes it.
///
/// # Errors
/// A path that the format cannot hold.
pub fn pack(files: &Files) -> io::Result<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    for (path, bytes) in files.iter() {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        builder.append_data(&mut header, path, bytes)?;
    }
    builder.into_inner()
}

/// An archive, compressed, without name and time of its own (RFC 1952).
///
/// # Errors
/// Never, in memory.
pub fn compress(archive: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    encoder.write_all(archive)?;
    encoder.finish()
}

/// The files of an archive, compressed or not. Nothing is written anywhere, and no more is unpacked than a blueprint
/// may hold.
///
/// # Errors
/// What in it is no file of a blueprint.
pub fn unpack(bytes: &[u8]) -> Result<Files, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        GzDecoder::new(bytes)
            .take(LONGEST + 1)
            .read_to_end(&mut plain)
            .map_err(|error| format!("it is no gzip archive: {error}"))?;
        return from_tar(&plain);
    }
    from_tar(bytes)
}

fn from_tar(bytes: &[u8]) -> Result<Files, String> {
    if bytes.len() as u64 > LONGEST {
        return Err("it unpacks to more than 16 MiB".to_owned());
    }
    let broken = |error: io::Error| format!("it is no tar archive: {error}");
    let mut files = Files::default();
    let mut archive = Archive::new(bytes);
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| "the name of a file is no UTF-8".to_owned())?;
        let kind = entry.header().entry_type();
        if kind == EntryType::Directory {
            continue;
        }
        if kind != EntryType::Regular {
            return Err(format!("{path:?} is no regular file"));
        }
        let path = Utf8PathBuf::from(path);
        if !takes_effect(&path) {
            return Err(format!("{path:?} is no part of a blueprint"));
        }
        if files.get(&path).is_some() {
            return Err(format!("{path:?} stands in it twice"));
        }
        let mut content = Vec::new();
        entry
            .take(LARGEST + 1)
            .read_to_end(&mut content)
            .map_err(broken)?;
        files.insert(path, content)?;
    }
    if files.get(DEFINITION.into()).is_none() {
        return Err(format!("there is no {DEFINITION} in it"));
    }
    Ok(files)
}

/// Whether a file of a blueprint's folder is part of the blueprint: its tests and its README are not.
pub(super) fn takes_effect(path: &camino::Utf8Path) -> bool {
    path == DEFINITION || FOLDERS.iter().any(|folder| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let mut files = Files::default();
        let long = format!("templates/{}/{}.hbs", "d".repeat(90), "f".repeat(90));
        for (path, text) in [
            (DEFINITION, "name: a\n"),
            ("policies/a.rego", "x"),
            (&long, ""),
        ] {
            files.insert(path.into(), text.as_bytes().into()).unwrap();
        }
        files
    }

    /// An archive with one entry that the builder would refuse.
    fn hostile(name: &[u8], kind: EntryType, content: &[u8]) -> Vec<u8> {
        let mut builder = Builder::new(pack(&files()).unwrap());
        builder.get_mut().truncate(0);
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let tar = pack(&files()).unwrap();
        assert_eq!(unpack(&tar).unwrap(), files());
        let gzip = compress(&tar).unwrap();
        assert_eq!(unpack(&gzip).unwrap(), files());
        assert_eq!(gzip, compress(&pack(&files()).unwrap()).unwrap());
    }

    #[test]
    fn nothing_but_files_of_a_blueprint_is_unpacked() {
        for (name, kind, told) in [
            (
                &b"../blueprint.yaml"[..],
                EntryType::Regular,
                "no part of a blueprint",
            ),
            (b"/etc/passwd", EntryType::Regular, "no part of a blueprint"),
            (
                b"templates/../../x",
                EntryType::Regular,
                "no path inside a blueprint",
            ),
            (b"templates/x", EntryType::Symlink, "no regular file"),
            (b"templates/x", EntryType::Link, "no regular file"),
            (b"templates/x", EntryType::Char, "no regular file"),
            (b"templates/\xff", EntryType::Regular, "no UTF-8"),
            (b"README.md", EntryType::Regular, "no part of a blueprint"),
            (b"templates/x", EntryType::Regular, "no blueprint.yaml"),
        ] {
            let found = unpack(&hostile(name, kind, b"")).unwrap_err();
            assert!(found.contains(told), "{name:?}: {found}");
        }
        let large = vec![b'x'; 1024 * 1024 + 1];
        let found = unpack(&hostile(b"templates/x", EntryType::Regular, &large)).unwrap_err();
        assert!(found.contains("larger than 1 MiB"), "{found}");
    }

    #[test]
    fn a_bomb_is_stopped() {
        let bomb = compress(&vec![0; 64 << 20]).unwrap();
        assert!(bomb.len() < 1 << 20);
        assert!(unpack(&bomb).unwrap_err().contains("more than 16 MiB"));
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..4000, byte in 0_u8..=255) {
            let mut tar = pack(&files()).unwrap();
            let at = at % tar.len();
            tar[at] = byte;
            let _ = unpack(&tar);
            let mut gzip = compress(&tar).unwrap();
            let at = at % gzip.len();
            gzip[at] = byte;
            let _ = unpack(&gzip);
        }
    }
}
