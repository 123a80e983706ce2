//! Which system keeps the locks of this process.

/// Letters that this system alone has: a lock is seen for certain by those who share it, and by nobody else. Programs on
/// other machines, which may see the same folder through a network, have other letters.
#[cfg(target_os = "linux")]
pub(crate) fn letters() -> Option<String> {
    // Drawn at each start of the kernel, and the same in all containers on it.
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let letters: String = id.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    (letters.len() == 8).then_some(letters)
}

/// Letters that this machine alone has in its network.
#[cfg(all(not(target_os = "linux"), any(unix, windows)))]
pub(crate) fn letters() -> Option<String> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    gethostname::gethostname().hash(&mut hasher);
    Some(format!("{:08x}", hasher.finish() as u32))
}

/// Nothing is known of the machine.
#[cfg(not(any(unix, windows)))]
pub(crate) fn letters() -> Option<String> {
    None
}
