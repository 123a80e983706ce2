//! The label table that TotalSegmentator and Connectome Workbench keep in a header extension.

use medmask_core::LabelMap;

/// The label table in an extension's bytes, if it holds one.
pub(crate) fn parse_label_table(_data: &[u8]) -> Option<(LabelMap, Vec<String>)> {
    None
}
