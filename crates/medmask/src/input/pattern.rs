//! Patterns that choose files by their names.

use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for files: `*`, `?`, `[abc]` and `{a,b}`. One with a `/` is for the path within the folder that was named, in which `**` stands
/// for any folders; another is for the name of a file, or of a folder, alone.
///
/// ```
/// use medmask::input::Pattern;
///
/// let pattern: Pattern = "*_seg.nii*".parse()?;
/// assert!(pattern.fits("ct_seg.nii.gz", "day1/ct_seg.nii.gz"));
/// let pattern: Pattern = "day1/**".parse()?;
/// assert!(pattern.fits("ct_seg.nii.gz", "day1/ct_seg.nii.gz"));
/// assert!(!pattern.fits("ct_seg.nii.gz", "day2/ct_seg.nii.gz"));
/// # Ok::<(), medmask::input::BadPattern>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern {
    glob: GlobMatcher,
    is_for_paths: bool,
}

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pattern:?} is no pattern: {reason}")]
#[non_exhaustive]
pub struct BadPattern {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl FromStr for Pattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let bad = |reason: String| BadPattern { pattern: text.to_owned(), reason };
        if text.is_empty() {
            return Err(bad("it is empty".to_owned()));
        }
        let glob = GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build();
        let glob = glob.map_err(|error| bad(error.kind().to_string()))?;
        Ok(Self { glob: glob.compile_matcher(), is_for_paths: text.contains('/') })
    }
}

impl Pattern {
    /// Whether it fits a file called `name`, whose path within the folder that was named is `path`.
    #[must_use]
    pub fn fits(&self, name: &str, path: &str) -> bool {
        self.glob.is_match(if self.is_for_paths { path } else { name })
    }
}
