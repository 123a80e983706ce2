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

pub(super) const FORMAT: Format =
    Format { parse: entries::parse, format: |labels| Ok(LabelMap::to_json(labels)) };
