//! `dataset.json` of nnU-Net and TotalSegmentator: an object whose key `labels` holds names and labels.
//!
//! ```json
//! {"labels": {"background": 0, "liver": 1, "spleen": 2}, "numTraining": 42}
//! ```
//!
//! Either way round, name to label or label to name; other keys are passed over. A region of several labels has no label of its own and
//! is left out. Colours have no place in it. Written is the part that names labels.

use medmask_core::LabelMap;
use serde_json::{Map, json};

use super::entries;
use super::format::Format;
use crate::error::Problem;
use crate::label_format::LabelFormat;

pub(super) const FORMAT: Format = Format { parse: entries::parse, format };

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut entries = Map::new();
    entries.insert(labels.name(0).unwrap_or("background").to_owned(), 0.into());
    for (name, label) in labels.iter().filter(|(_, label)| *label != 0) {
        if entries.insert(name.to_owned(), label.into()).is_some() {
            return Err(Problem::Name {
                format: LabelFormat::Dataset,
                name: name.to_owned(),
                reason: "it stands for label 0 there",
            });
        }
    }
    Ok(format!("{:#}", json!({ "labels": entries })))
}
