//! Label names as JSON.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LabelCode, LabelEntry, LabelMap, LabelMapError};

impl LabelMap {
    /// `{"name": label}` in the order of insertion, as the original writes it. Colours and codes are left
    /// out; serialising with serde keeps them.
    #[must_use]
    pub fn to_json(&self) -> String {
        let object: serde_json::Map<String, serde_json::Value> =
            self.iter().map(|(name, label)| (name.to_owned(), label.into())).collect();
        serde_json::Value::Object(object).to_string()
    }

    /// Reads `{"name": label}`, and what serialising with serde writes.
    ///
    /// # Errors
    /// Where the text is not such JSON, a name or label is there twice, a label is not within 0 to
    /// 4,294,967,295, or a name is empty or has control characters.
    pub fn from_json(json: &str) -> Result<Self, LabelMapError> {
        serde_json::from_str(json)
            .map_err(|error| LabelMapError::Json { reason: error.to_string() })
    }
}

/// A label alone, or with what else is known of it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LabelRecord {
    Label(u32),
    Full {
        label: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        colour: Option<[u8; 4]>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<LabelCode>,
    },
}

impl From<&LabelEntry> for LabelRecord {
    fn from(entry: &LabelEntry) -> Self {
        if entry.colour.is_none() && entry.code.is_none() {
            Self::Label(entry.label)
        } else {
            Self::Full { label: entry.label, colour: entry.colour, code: entry.code.clone() }
        }
    }
}

impl Serialize for LabelMap {
    /// As an object in the order of insertion: `"name": label`, or where there is a colour or code
    /// `"name": {"label", "colour", "code"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for entry in self.entries() {
            map.serialize_entry(entry.name(), &LabelRecord::from(entry))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for LabelMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LabelsVisitor)
    }
}

struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = LabelMap;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of names and labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LabelMap, A::Error> {
        let mut labels = LabelMap::new();
        while let Some((name, record)) = map.next_entry::<String, LabelRecord>()? {
            match record {
                LabelRecord::Label(label) => {
                    labels.insert(name, label).map_err(A::Error::custom)?;
                }
                LabelRecord::Full { label, colour, code } => {
                    labels.insert(name, label).map_err(A::Error::custom)?;
                    labels.set_colour(label, colour).map_err(A::Error::custom)?;
                    labels.set_code(label, code).map_err(A::Error::custom)?;
                }
            }
        }
        Ok(labels)
    }
}
