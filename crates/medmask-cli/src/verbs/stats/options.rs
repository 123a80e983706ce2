//! What `medmask stats` measures and shows.

use clap::{Args, ValueEnum};
use medmask::medmask_core::Connectivity;

use super::image::ImageOptions;

#[derive(Args)]
pub struct StatsOptions {
    /// Count connected components and their voxels
    #[arg(long)]
    pub components: bool,
    /// Which voxels are neighbours: 6 (faces), 18 (edges too) or 26 (corners too)
    #[arg(long, value_name = "N", default_value = "26", value_parser = connectivity, requires = "components")]
    pub connectivity: Connectivity,
    /// Measure the largest diameter, the oriented box, the surface, and the largest axial slice with its two diameters
    #[arg(long)]
    pub shape: bool,
    /// The area in mm^2 of each axial slice: a row for each in the table and in CSV
    #[arg(long, conflicts_with_all = ["components", "shape", "image"])]
    pub per_slice: bool,
    #[command(flatten)]
    pub image: ImageOptions,
    /// World coordinates in RAS+ (as NIfTI's) instead of LPS+
    #[arg(long)]
    pub ras: bool,
    /// Leave out labels without voxels
    #[arg(long)]
    pub non_empty: bool,
    /// Only labels that touch a face of the volume
    #[arg(long, conflicts_with = "whole")]
    pub cut: bool,
    /// Only labels that touch no face of the volume
    #[arg(long)]
    pub whole: bool,
    /// Sort entries, and the labels of each, by name, or by voxels with the most first [default: as in the archive]
    #[arg(long, value_name = "BY")]
    pub sort: Option<Sort>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Sort {
    Name,
    Voxels,
}

/// The neighbourhood of 6, 18 or 26 voxels.
pub fn connectivity(text: &str) -> Result<Connectivity, String> {
    let number = text.parse::<u32>().ok().and_then(|number| Connectivity::try_from(number).ok());
    number.ok_or_else(|| "it must be 6, 18 or 26".to_owned())
}
