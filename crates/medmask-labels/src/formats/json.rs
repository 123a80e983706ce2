//! A plain JSON object of names and labels, either way round.
//!
//! ```json
//! {"liver": 5, "spleen": 1}
//! ```
//!
//! It is what [`LabelMap::to_json`] writes, colours and codes included, and archives store.

use medmask_core::LabelMap;

use super::entries;
use super::format::Format;
use crate::error::Problem;

pub(super) const FORMAT: Format =
    Format { extensions: &["json"], recognises: is_object, parse, format };

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn parse(text: &str) -> Result<LabelMap, Problem> {
    entries::parse(text)
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    Ok(labels.to_json())
}
