//! What a comparison measures.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use medmask_core::{ComponentRule, Interpolation, Space};

use super::ignored::Ignored;

/// What is measured, and of what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CompareOptions {
    /// Whether distances between surfaces are measured; without them voxels alone are counted.
    pub surfaces: bool,
    /// Tolerances in mm at which surface Dice is given.
    pub surface_tolerances_mm: Vec<f64>,
    /// Matches connected components, by this rule.
    pub components: Option<ComponentRule>,
    /// Brings the second masks onto the grid of the first where their spaces differ.
    pub resample: Option<Interpolation>,
    /// How far, in mm, a corner of the second space may lie from that of the first.
    pub tolerance_mm: f64,
    /// Structures that are left out.
    pub ignored: Ignored,
    /// Set from the progress callback or from another thread, ends the work with [`Error::Stopped`](crate::Error::Stopped) after what is at hand.
    pub stop: Arc<AtomicBool>,
}

impl Default for CompareOptions {
    /// All distances without surface Dice, no components, spaces that are the same, nothing left out.
    fn default() -> Self {
        Self {
            surfaces: true,
            surface_tolerances_mm: Vec::new(),
            components: None,
            resample: None,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            ignored: Ignored::default(),
            stop: Arc::default(),
        }
    }
}
