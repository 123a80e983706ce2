//! Codecs as people write them.

use std::fmt;
use std::str::FromStr;

use medmask_archive::{Codec, Entropy};
use medmask_core::quoted;

/// A codec, from a text such as `smallest`, `zstd:9` or `runs:lz4`.
///
/// | text | codec |
/// |---|---|
/// | `smallest`, `default`, `fastest` | `context`, `transitions`, `runs` |
/// | `raw`, `lz4`, `context`, `transitions` | as named |
/// | `zstd`, `zstd:LEVEL` | Zstandard of level 3, or 1 to 22 |
/// | `runs`, `runs:zstd`, `runs:zstd:LEVEL` | row-delta coded runs behind Zstandard of level 15, or 1 to 22 |
/// | `runs:lz4`, `runs:none` | row-delta coded runs behind that |
///
/// ```
/// use medmask::{Codec, CodecChoice};
///
/// let choice: CodecChoice = "zstd:9".parse()?;
/// assert_eq!(choice.0, Codec::Zstd { level: 9 });
/// assert!("zstd:99".parse::<CodecChoice>().is_err());
/// # Ok::<(), medmask::UnknownCodec>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodecChoice(pub Codec);

/// A text that names no codec.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error(
    "{text} is no codec; there are smallest, default and fastest, or by name context, transitions, runs[:zstd[:LEVEL]], \
     runs:lz4, runs:none, zstd[:LEVEL], lz4 and raw, with levels from 1 to 22",
    text = quoted(text)
)]
pub struct UnknownCodec {
    /// The text.
    pub text: String,
}

/// The level of `zstd`, which has all voxels before it.
const LEVEL: i32 = 3;

impl FromStr for CodecChoice {
    type Err = UnknownCodec;

    fn from_str(text: &str) -> Result<Self, UnknownCodec> {
        let unknown = || UnknownCodec { text: text.to_owned() };
        let parts: Vec<&str> = text.split(':').collect();
        let level = |text: &str| {
            let level = text.parse().ok().filter(|level| (1..=22).contains(level));
            level.ok_or_else(unknown)
        };
        let codec = match parts[..] {
            ["raw"] => Codec::Raw,
            ["lz4"] => Codec::Lz4,
            ["zstd"] => Codec::Zstd { level: LEVEL },
            ["zstd", text] => Codec::Zstd { level: level(text)? },
            ["default" | "transitions"] => Codec::Transitions,
            ["fastest" | "runs"] => Codec::Runs { entropy: Entropy::default() },
            ["runs", "zstd"] => {
                Codec::Runs { entropy: Entropy::Zstd { level: Entropy::ZSTD_LEVEL } }
            }
            ["runs", "zstd", text] => {
                Codec::Runs { entropy: Entropy::Zstd { level: level(text)? } }
            }
            ["runs", "lz4"] => Codec::Runs { entropy: Entropy::Lz4 },
            ["runs", "none"] => Codec::Runs { entropy: Entropy::None },
            ["smallest" | "context"] => Codec::Context,
            _ => return Err(unknown()),
        };
        Ok(Self(codec))
    }
}

impl fmt::Display for CodecChoice {
    /// The full text, with a level where it is not the default of `runs`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Codec::Zstd { level } => write!(formatter, "zstd:{level}"),
            Codec::Runs { entropy } if entropy == Entropy::default() => formatter.write_str("runs"),
            Codec::Runs { entropy: Entropy::None } => formatter.write_str("runs:none"),
            Codec::Runs { entropy: Entropy::Lz4 } => formatter.write_str("runs:lz4"),
            Codec::Runs { entropy: Entropy::Zstd { level } } => {
                write!(formatter, "runs:zstd:{level}")
            }
            other => formatter.write_str(other.id().name()),
        }
    }
}
