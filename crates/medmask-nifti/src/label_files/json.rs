//! Label files in JSON.

use std::fmt;

use medmask_core::LabelMap;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{LabelFileFormat, LabelFileProblem};

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

pub(super) fn parse(text: &str) -> Result<LabelMap, LabelFileProblem> {
    if let Ok(dataset) = serde_json::from_str::<Dataset>(text) {
        return labels(dataset.labels);
    }
    // The form with colours and codes is core's own.
    if let Ok(labels) = LabelMap::from_json(text) {
        return Ok(labels);
    }
    labels(serde_json::from_str(text).map_err(|error| problem(error.to_string()))?)
}

fn problem(reason: impl Into<String>) -> LabelFileProblem {
    LabelFileProblem::Json { reason: reason.into() }
}

/// Name to label, or label to name.
fn labels(entries: Entries) -> Result<LabelMap, LabelFileProblem> {
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
            return Err(problem(format!("{key:?}: {value} is not one label, 0 to 4294967295")));
        };
        if label != 0 {
            labels.insert(name, label).map_err(|error| problem(error.to_string()))?;
        }
    }
    Ok(labels)
}

/// The part of a `dataset.json` that names labels.
pub(super) fn format_dataset(labels: &LabelMap) -> Result<String, LabelFileProblem> {
    let mut entries = serde_json::Map::new();
    entries.insert("background".to_owned(), 0.into());
    for (name, label) in labels.iter() {
        if entries.insert(name.to_owned(), label.into()).is_some() {
            return Err(LabelFileProblem::Name {
                format: LabelFileFormat::Dataset,
                name: name.to_owned(),
                reason: "it stands for label 0 there",
            });
        }
    }
    let dataset = serde_json::json!({ "labels": entries });
    serde_json::to_string_pretty(&dataset).map_err(|error| problem(error.to_string()))
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
