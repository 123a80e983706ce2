//! What an index document says of one label (SPEC.md, "Entries").

use std::collections::HashSet;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::fields::{is_one, is_zero, one, present, unknown_keys};

/// One label of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelRow {
    /// The label's name, unique in the entry; absent where it is the entry's own.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The label, at least 1; absent means 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub label: u32,
    /// Voxels that hold it; absent means none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub voxels: u64,
    /// Tight box, `[[z0, z1], [y0, y1], [x0, x1]]`, ends exclusive; absent where there are no voxels.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[[u64; 2]; 3]>,
    /// Sums of the voxel indices along z, y and x; absent where there are no voxels.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub sums: Option<[u64; 3]>,
    /// How to draw it: red, green, blue, alpha.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub colour: Option<[u8; 4]>,
    /// The structure in a terminology: scheme, value and meaning.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<[String; 3]>>,
    /// Keys of later versions.
    #[serde(flatten, deserialize_with = "unknown_keys")]
    pub unknown: Option<Box<Map<String, Value>>>,
}

/// A list that mostly has one item, beside which no room is made for three more: a row of the index would take four
/// times the memory. What follows a label that is there twice is left out.
pub(super) fn few<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<LabelRow>>, D::Error> {
    deserializer.deserialize_seq(FewVisitor).map(Some)
}

struct FewVisitor;

impl<'de> Visitor<'de> for FewVisitor {
    type Value = Vec<LabelRow>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of labels")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<LabelRow>, A::Error> {
        let Some(first) = items.next_element::<LabelRow>()? else { return Ok(Vec::new()) };
        let mut known = HashSet::new();
        let mut labels = Vec::with_capacity(1);
        labels.push(first);
        while let Some(label) = items.next_element::<LabelRow>()? {
            if known.is_empty() {
                known.insert(labels[0].label);
            }
            let is_new = known.insert(label.label);
            labels.push(label);
            // The entry is damaged, and rows that say nothing take fifty times their length in memory.
            if !is_new {
                while items.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(labels)
    }
}
