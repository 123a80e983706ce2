//! What `medmask diff` measures.

use clap::Args;
use medmask::Space;
use medmask::compare::{CompareOptions, Ignored};
use medmask::medmask_core::{ComponentRule, Connectivity, Matching};

use crate::failure::Result;
use crate::reading::not_negative;
use crate::verbs::extract::Method;
use crate::verbs::stats::connectivity;

#[derive(Args)]
pub struct DiffOptions {
    /// Give surface Dice (NSD) at this tolerance; several with commas between them
    #[arg(long, value_name = "MM", value_delimiter = ',', value_parser = not_negative)]
    surface_tolerance_mm: Vec<f64>,
    /// Match connected components one to one
    #[arg(long)]
    components: bool,
    /// What components must share to match: iou:SHARE, any, voxels:N; implies --components [default: iou:0.5]
    #[arg(long = "match", value_name = "RULE")]
    matching: Option<Matching>,
    /// Leave out smaller components; implies --components
    #[arg(long, value_name = "N")]
    min_voxels: Option<u64>,
    /// How much a component's volume must change to be larger or smaller, such as 20%; implies --components [default: 30%]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    change: Option<f64>,
    /// How many neighbours a voxel has: 6 (faces), 18 (edges) or 26 (corners)
    #[arg(long, default_value = "26", value_name = "N", value_parser = connectivity)]
    connectivity: Connectivity,
    /// Bring SECOND onto the grid of FIRST where their spaces differ
    #[arg(long, value_name = "METHOD", num_args = 0..=1, require_equals = true, default_missing_value = "nearest")]
    resample: Option<Method>,
    /// How far a corner of SECOND may lie from that of FIRST
    #[arg(long, default_value_t = Space::DEFAULT_TOLERANCE_MM, value_name = "MM", value_parser = not_negative)]
    tolerance_mm: f64,
    /// Leave out the structures of this name, or that this pattern matches
    #[arg(long, value_name = "NAME")]
    ignore: Vec<String>,
}

impl DiffOptions {
    /// The library's options; with `quiet` voxels alone are counted.
    pub fn to_compare(&self, quiet: bool) -> Result<CompareOptions> {
        let mut options = CompareOptions::default();
        options.surfaces = !quiet;
        options.surface_tolerances_mm.clone_from(&self.surface_tolerance_mm);
        options.components = self.rule().filter(|_| !quiet);
        options.resample = self.resample.map(Into::into);
        options.tolerance_mm = self.tolerance_mm;
        options.ignored = Ignored::new(&self.ignore)?;
        Ok(options)
    }

    fn rule(&self) -> Option<ComponentRule> {
        let rule = ComponentRule::default();
        let asked = self.components
            || self.matching.is_some()
            || self.min_voxels.is_some()
            || self.change.is_some();
        asked.then(|| ComponentRule {
            connectivity: self.connectivity,
            matching: self.matching.unwrap_or(rule.matching),
            min_voxels: self.min_voxels.unwrap_or(rule.min_voxels),
            change: self.change.unwrap_or(rule.change),
        })
    }
}

/// A part of something, from a text such as `30%` or `0.3`.
fn percent(text: &str) -> Result<f64, String> {
    let part = match text.strip_suffix('%') {
        Some(number) => not_negative(number.trim_end()).map(|number| number / 100.0),
        None => not_negative(text),
    };
    part.map_err(|_| "it must be a percentage, such as 30%".to_owned())
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn parts_are_read_with_and_without_the_sign() {
        assert_eq!(
            (percent("30%"), percent("0.3"), percent("7.5 %")),
            (Ok(0.3), Ok(0.3), Ok(0.075))
        );
        for text in ["-1%", "%", "x", "inf"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
