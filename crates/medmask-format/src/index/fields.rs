//! How single fields of an index document are read, and when they are left out.

use std::borrow::Cow;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::Dtype;
use crate::codec::CodecId;

/// A text that mostly is one of a few words, which are not copied: opening an archive of many entries takes less time.
struct Word(Cow<'static, str>);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(WordVisitor)
    }
}

struct WordVisitor;

impl Visitor<'_> for WordVisitor {
    type Value = Word;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Word, E> {
        let codec = CodecId::from_name(text).map(CodecId::name);
        let known = codec.or_else(|| Dtype::from_name(text).map(Dtype::name));
        Ok(Word(known.map_or_else(|| text.to_owned().into(), Cow::Borrowed)))
    }
}

pub(super) fn word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Cow<'static, str>, D::Error> {
    Word::deserialize(deserializer).map(|word| word.0)
}

pub(super) fn optional_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'static, str>>, D::Error> {
    word(deserializer).map(Some)
}

/// For what may be absent but not `null`.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Mostly there are none, and an index of thousands of rows is read faster where they take no room.
pub(super) fn unknown_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<Map<String, Value>>>, D::Error> {
    let keys = Map::deserialize(deserializer)?;
    Ok((!keys.is_empty()).then(|| Box::new(keys)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) fn is_one(number: &u32) -> bool {
    *number == 1
}

pub(super) fn one() -> u32 {
    1
}

pub(super) fn is_bool(dtype: &str) -> bool {
    dtype == Dtype::Bool.name()
}

pub(super) fn bool_name() -> Cow<'static, str> {
    Dtype::Bool.name().into()
}
