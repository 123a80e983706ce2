//! JSON objects of names and labels, either way round.

use std::fmt;

use medmask_core::LabelMap;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::format::Parsed;
use super::values::parse_label;
use crate::error::Problem;
use crate::parsed::{Collector, Colour, Row};

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
pub(super) fn parse(text: &str) -> Parsed {
    if let Ok(dataset) = serde_json::from_str::<Dataset>(text) {
        return labels(dataset.labels);
    }
    // The form with colours and codes is core's own.
    if let Ok(mut labels) = LabelMap::from_json(text)
        && !labels.is_empty()
    {
        labels.remove_background();
        return Ok((labels, Vec::new()));
    }
    labels(serde_json::from_str(text)?)
}

/// Name to label, or label to name.
fn labels(entries: Entries) -> Parsed {
    let mut table = Collector::default();
    for (key, value) in entries.0 {
        let (name, label) = match &value {
            Value::String(text) => match key.parse::<u64>() {
                Ok(label) => (text.as_str(), u32::try_from(label).ok()),
                Err(_) => (key.as_str(), parse_label(text).ok()),
            },
            // A region of a single label is that label.
            Value::Array(region) if region.len() == 1 => (key.as_str(), whole(&region[0])),
            value => (key.as_str(), whole(value)),
        };
        match label {
            Some(label) => drop(table.add(&Row { line: None, label, name, colour: Colour::None })),
            None => table.leave_out(Problem::Value { key, value: value.to_string() }),
        }
    }
    table.finish()
}

fn whole(value: &Value) -> Option<u32> {
    value.as_number().and_then(|number| parse_label(&number.to_string()).ok())
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
