//! What a signal leaves behind: nothing.

use std::io;

/// Sees to it that a signal which ends the process takes half-written outputs with it, and that a file which grows beyond the
/// limit of the process is an error. For programs; a library leaves this to the program that it is part of.
///
/// INT, TERM and HUP still end the process, as far as they did before: a program that `nohup` has started goes on. A second
/// signal ends it at once. Where the system is no Unix it is the console that ends the process.
///
/// # Errors
/// Where the system has no room for a handler, or for the thread that waits for it.
#[cfg(unix)]
pub fn remove_drafts_on_signals() -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use medmask::medmask_files::abandon_drafts;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::{flag, iterator::Signals, low_level};

    // With any handler at all the write fails instead.
    flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let endings: Vec<i32> =
        [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal)).collect();
    let mut signals = Signals::new(&endings)?;
    let second = Arc::new(AtomicBool::new(false));
    for signal in endings {
        // In this order: the first signal only sets what the next one finds.
        flag::register_conditional_default(signal, Arc::clone(&second))?;
        flag::register(signal, Arc::clone(&second))?;
    }
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            abandon_drafts();
            // Who started the process is told that a signal has ended it, and which.
            let _ = low_level::emulate_default_handler(signal);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Whether the process was started with the signal ignored.
#[cfg(unix)]
#[expect(unsafe_code, reason = "only the system knows, and only sigaction asks it")]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action sigaction changes nothing and writes the current one to `action`, which is of its type. All
    // bytes zero are a valid value of that type, so that it may be read whatever happened.
    let (failed, action) = unsafe {
        let failed = libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr());
        (failed, action.assume_init())
    };
    failed == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Sees to it that what ends the process at the console takes half-written outputs with it.
///
/// # Errors
/// Where the system has no room for a handler, or for the thread that waits for it.
#[cfg(windows)]
pub fn remove_drafts_on_signals() -> io::Result<()> {
    /// STATUS_CONTROL_C_EXIT, as the system itself would say.
    const ENDED_AT_THE_CONSOLE: i32 = 0xC000_013A_u32 as i32;
    let end = || {
        medmask::medmask_files::abandon_drafts();
        std::process::exit(ENDED_AT_THE_CONSOLE);
    };
    ctrlc::set_handler(end).map_err(io::Error::other)
}

/// There are no signals.
///
/// # Errors
/// None.
#[cfg(not(any(unix, windows)))]
pub fn remove_drafts_on_signals() -> io::Result<()> {
    Ok(())
}
