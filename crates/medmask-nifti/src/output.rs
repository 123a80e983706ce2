//! Files that appear whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes beside `path` and renames, so that nobody ever sees half a file.
///
/// # Errors
/// Of kind `AlreadyExists` where the file exists and may not be replaced, and whatever the disk says.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], overwrite: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".medmask-").suffix(".part");
    // As for any new file, the umask decides; temporary files are private otherwise.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let persisted = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    persisted.map(drop).map_err(|error| error.error)
}
