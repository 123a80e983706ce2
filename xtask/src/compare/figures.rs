//! What was measured.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// All answers, by system and operation.
pub struct Figures {
    /// The case, in words.
    pub what: String,
    /// What is in it, and the versions of the other systems.
    pub described: Value,
    measured: BTreeMap<(String, String), Measured>,
    /// What systems could not do, in words.
    pub failures: Vec<String>,
}

/// The answers to one question.
#[derive(Default)]
struct Measured {
    /// Seconds of each part, for each time it was asked.
    seconds: Vec<Vec<f64>>,
    bytes: Option<u64>,
}

impl Figures {
    /// None yet.
    pub fn new(what: String, described: Value) -> Self {
        Self { what, described, measured: BTreeMap::new(), failures: Vec::new() }
    }

    /// Takes an answer.
    pub fn add(&mut self, system: &str, operation: &str, answer: &Value) {
        let measured = self.measured.entry((system.to_owned(), operation.to_owned())).or_default();
        let seconds = answer["seconds"].as_array().into_iter().flatten();
        measured.seconds.push(seconds.filter_map(Value::as_f64).collect());
        measured.bytes = answer["bytes"].as_u64().or(measured.bytes);
    }

    /// Takes back what a system answered, since it brought other voxels back.
    pub fn forget(&mut self, system: &str, operation: &str) {
        self.measured.remove(&(system.to_owned(), operation.to_owned()));
    }

    /// Bytes of the files that the operation wrote; 0 where it was not measured.
    pub fn bytes(&self, system: &str, operation: &str) -> u64 {
        self.get(system, operation).and_then(|measured| measured.bytes).unwrap_or(0)
    }

    /// Median seconds over the repeats; where the operation has parts, the mean of their medians. NaN where it was not
    /// measured.
    pub fn seconds(&self, system: &str, operation: &str) -> f64 {
        let parts = self.parts(system, operation);
        parts.iter().sum::<f64>() / parts.len() as f64
    }

    /// Median seconds of each part over the repeats, ascending.
    pub fn parts(&self, system: &str, operation: &str) -> Vec<f64> {
        let repeats = self.get(system, operation).map_or(&[][..], |measured| &measured.seconds);
        let parts = repeats.iter().map(Vec::len).min().unwrap_or(0);
        let mut medians: Vec<f64> = (0..parts)
            .map(|part| median(repeats.iter().map(|seconds| seconds[part]).collect()))
            .collect();
        medians.sort_by(f64::total_cmp);
        medians
    }

    /// Voxels of the grid.
    pub fn grid_voxels(&self) -> f64 {
        let axes = self.described["shape"].as_array().into_iter().flatten();
        axes.filter_map(Value::as_f64).product()
    }

    fn get(&self, system: &str, operation: &str) -> Option<&Measured> {
        self.measured.get(&(system.to_owned(), operation.to_owned()))
    }

    /// Everything, raw.
    pub fn to_json(&self) -> Value {
        let measured = self.measured.iter().map(|((system, operation), measured)| {
            json!({
                "system": system,
                "operation": operation,
                "bytes": measured.bytes,
                "seconds": measured.seconds,
            })
        });
        let measured: Vec<Value> = measured.collect();
        json!({
            "case": self.what,
            "described": self.described,
            "measured": measured,
            "failures": self.failures,
        })
    }
}

/// NaN where there are no values.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_over_repeats() {
        let mut figures = Figures::new(String::new(), json!({"shape": [2, 3, 4]}));
        for seconds in [[1.0, 9.0], [3.0, 5.0], [100.0, 7.0]] {
            figures.add("runs", "slices", &json!({"seconds": seconds, "bytes": 7}));
        }
        assert_eq!(figures.parts("runs", "slices"), [3.0, 7.0]);
        assert_eq!(figures.seconds("runs", "slices"), 5.0);
        assert_eq!(figures.bytes("runs", "slices"), 7);
        assert_eq!(figures.grid_voxels(), 24.0);
        assert!(figures.seconds("zarr", "slices").is_nan());
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
    }
}
