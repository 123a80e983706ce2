#![doc = include_str!("../README.md")]
//!
//! # In detail
//!
//! Segmentation masks, their label names and their space: types and questions about them.
//!
//! Arrays are `(z, y, x)` in C order, so x is contiguous. Axis n of a [`Space`] is axis n of its
//! array. World coordinates are LPS+ in mm. This crate reads and writes no files.

mod agreement;
mod distance;
mod fill;
mod grey;
mod label_map;
mod margin;
mod mask;
pub mod parallel;
mod percentile;
mod resample;
mod runs;
mod separation;
mod shape;
mod space;
mod statistics;
mod voxels;

pub use agreement::{
    Agreement, Change, ComponentAgreement, ComponentPair, ComponentRule, Matching, MatchingError,
    SurfaceDistances,
};
pub use distance::DistanceError;
pub use grey::{GreySummary, GreyValues, Image, ImageOnGrid, ImageValues};
pub use label_map::{
    LabelCode, LabelEntry, LabelMap, LabelMapError, distinct_colour, nearest_name,
};
pub use margin::MarginError;
pub use mask::{Mask, MaskError};
pub use medmask_voxel::{
    Bounds, Dtype, Held, Memory, MemoryError, Row, Run, Shown, Sink, Source, Voxel, for_each_run,
    quoted, shortened,
};
pub use percentile::percentile;
pub use resample::Interpolation;
pub use runs::{
    Components, Connectivity, ConnectivityError, LabelOverlap, MaskLabel, MaskOverlap, Runs,
    RunsBuilder, RunsCollector, RunsError, RunsPart, ShapeMismatch,
};
pub use separation::{Separation, Within};
pub use shape::{AxialSlice, Diameter, OrientedBox, ShapeMeasures, SliceAreas};
pub use space::{
    Affine, AffineDifference, AxisCodes, AxisDirection, GridAlignment, ItkGeometry, Reorientation,
    RotationCentre, ShapeRounding, Space, SpaceError, SpaceMismatch, SpacePart, SpacingFit,
};
pub use statistics::{LabelCounter, LabelStatistics};
pub use voxels::Voxels;

/// The crate whose arrays the API has.
pub use ndarray;
