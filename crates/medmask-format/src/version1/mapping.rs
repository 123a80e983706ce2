//! The names of a mask's labels (SPEC.md, "Version 1.0: mapping").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::json;
use crate::FormatError;

/// Name to label, in the order of the file and as the file has them: labels may be 0, negative or
/// shared by several names, and names may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Mapping {
    entries: Vec<(String, i64)>,
}

impl Mapping {
    /// Parses the JSON, which starts at byte `offset` of the file.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] where it is not a JSON object of whole numbers.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        json::parse(bytes, "mapping", offset)
    }

    /// The JSON as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self)
    }

    /// Names with their labels, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, i64)> {
        self.entries.iter().map(|(name, label)| (name.as_str(), *label))
    }
}

impl<N: Into<String>> FromIterator<(N, i64)> for Mapping {
    fn from_iter<I: IntoIterator<Item = (N, i64)>>(names: I) -> Self {
        Self { entries: names.into_iter().map(|(name, label)| (name.into(), label)).collect() }
    }
}

impl TryFrom<Map<String, Value>> for Mapping {
    type Error = &'static str;

    fn try_from(object: Map<String, Value>) -> Result<Self, Self::Error> {
        object
            .into_iter()
            .map(|(name, label)| Some((name, whole_number(&label)?)))
            .collect::<Option<_>>()
            .map(|entries| Self { entries })
            .ok_or("a label is not a whole number")
    }
}

impl From<Mapping> for Map<String, Value> {
    fn from(mapping: Mapping) -> Self {
        mapping.entries.into_iter().map(|(name, label)| (name, label.into())).collect()
    }
}

/// Python writes a label that was a float as `2.0` and one that was a truth value as `true`.
fn whole_number(label: &Value) -> Option<i64> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    match label {
        Value::Bool(label) => Some((*label).into()),
        Value::Number(number) => number.as_i64().or_else(|| {
            let label = number.as_f64()?;
            (label.fract() == 0.0 && label.abs() < EXACT).then_some(label as i64)
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_odd_labels() {
        let json =
            "{\"\": 0, \"left \\u00e4\\ud83e\\udec1\": 7, \"ignore\": -1, \"a\": 2.0, \"b\": true}";
        let mapping = Mapping::parse(json.as_bytes(), 0).unwrap();
        let expected = [("", 0), ("left ä🫁", 7), ("ignore", -1), ("a", 2), ("b", 1)];
        assert_eq!(mapping.iter().collect::<Vec<_>>(), expected);
        assert_eq!(Mapping::parse(&mapping.to_bytes(), 0).unwrap(), mapping);
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        for json in ["[]", "{\"a\": null}", "{\"a\": 1.5}", "{\"a\": \"1\"}", "{\"a\": 1e300}", ""]
        {
            assert!(Mapping::parse(json.as_bytes(), 0).is_err(), "{json}");
        }
    }
}
