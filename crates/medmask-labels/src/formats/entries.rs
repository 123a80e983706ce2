//! JSON objects of names and labels, either way round.

use std::fmt;

use medmask_core::LabelMap;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::Problem;

/// A JSON object with its entries in order, so that a name given twice is noticed.
struct Entries(Vec<(String, Value)>);

#[derive(Deserialize)]
struct Dataset {
    labels: Entries,
}

/// Whether the text is an object with an object `labels`.
pub(super) fn is_dataset(text: &str) -> bool {
    serde_json::from_str::<Dataset>(text).is_ok()
}

/// The labels of an object, or of the object `labels` in it.
pub(super) fn parse(text: &str) -> Result<LabelMap, Problem> {
    if let Ok(dataset) = serde_json::from_str::<Dataset>(text) {
        return labels(dataset.labels);
    }
    // The form with colours and codes is core's own.
    if let Ok(mut labels) = LabelMap::from_json(text) {
        labels.remove_background();
        return Ok(labels);
    }
    labels(serde_json::from_str(text)?)
}

/// Name to label, or label to name.
fn labels(entries: Entries) -> Result<LabelMap, Problem> {
    let mut labels = LabelMap::new();
    for (key, value) in entries.0 {
        let (name, label) = match &value {
            Value::Number(label) => (key.as_str(), label.as_u64()),
            Value::String(text) => match key.parse::<u64>() {
                Ok(label) => (text.as_str(), Some(label)),
                Err(_) => (key.as_str(), text.parse().ok()),
            },
            _ => (key.as_str(), None),
        };
        let Some(label) = label.and_then(|label| u32::try_from(label).ok()) else {
            return Err(Problem::Value { key, value: value.to_string() });
        };
        if label != 0 {
            labels.insert(name, label)?;
        }
    }
    Ok(labels)
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of names and labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}
