//! What is measured of a structure that two segmentations have.

use medmask_core::{Agreement, ComponentAgreement, Runs, Space};

use super::options::CompareOptions;
use crate::{Error, Result};

/// How a structure of the second segmentation agrees with the one of the first.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ComparedMask {
    /// What it is called.
    pub name: String,
    /// Voxels of both and of each, from which Dice and IoU follow.
    pub agreement: Agreement,
    /// The volume of the second less that of the first, in mL.
    pub volume_difference_ml: f64,
    /// Distances between the surfaces; `None` where one of them is empty, or where they were not asked for.
    pub surfaces: Option<SurfaceMeasures>,
    /// Surface Dice at each tolerance in mm: 0 where one is empty, `None` where both are. Empty where it was not asked for.
    pub surface_dice: Vec<(f64, Option<f64>)>,
    /// Components, where they were asked for.
    pub components: Option<ComponentAgreement>,
}

/// How far two surfaces are apart, in mm. What each is says [`SurfaceDistances`](medmask_core::SurfaceDistances).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SurfaceMeasures {
    /// The Hausdorff distance.
    pub hd_mm: f64,
    /// The larger of both directed 95th percentiles.
    pub hd95_mm: f64,
    /// The 95th percentile of both directions together.
    pub hd95_pooled_mm: f64,
    /// The mean of both directions together.
    pub assd_mm: f64,
    /// The mean of both directed means.
    pub masd_mm: f64,
}

impl ComparedMask {
    /// Of voxels on `space`, which both lie on.
    pub(super) fn of(
        name: &str,
        first: &Runs,
        second: &Runs,
        space: &Space,
        options: &CompareOptions,
    ) -> Result<Self> {
        let shape = |source| Error::MaskShape { name: name.to_owned(), source };
        let agreement = first.agreement(second).map_err(shape)?;
        let distances = match options.surfaces {
            true => first.surface_distances(second, space.spacing())?,
            false => None,
        };
        let both_empty = agreement.first == 0 && agreement.second == 0;
        let tolerances = options.surface_tolerances_mm.iter().filter(|_| options.surfaces);
        let surface_dice = |tolerance: &f64| {
            let known = distances.as_ref().map(|known| known.surface_dice(*tolerance));
            (*tolerance, known.or((!both_empty).then_some(0.0)))
        };
        let components = options.components.as_ref();
        let components = components.map(|rule| first.component_agreement(second, rule)).transpose();
        let [before, after] =
            [agreement.first, agreement.second].map(|voxels| space.volume_ml(voxels));
        Ok(Self {
            name: name.to_owned(),
            agreement,
            volume_difference_ml: after - before,
            surface_dice: tolerances.map(surface_dice).collect(),
            surfaces: distances.map(|distances| SurfaceMeasures {
                hd_mm: distances.hausdorff_mm(),
                hd95_mm: distances.hausdorff_percentile_mm(0.95),
                hd95_pooled_mm: distances.pooled_percentile_mm(0.95),
                assd_mm: distances.pooled_mean_mm(),
                masd_mm: distances.mean_of_means_mm(),
            }),
            components: components.map_err(shape)?,
        })
    }

    /// Whether both have the same voxels.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let Agreement { first, second, shared } = self.agreement;
        first == shared && second == shared
    }

    /// Whether neither has a voxel. Then nothing but voxels can be measured.
    #[must_use]
    pub fn both_empty(&self) -> bool {
        self.agreement.first == 0 && self.agreement.second == 0
    }

    /// Whether one has voxels and the other has none. Then no distance can be measured.
    #[must_use]
    pub fn one_empty(&self) -> bool {
        (self.agreement.first == 0) != (self.agreement.second == 0)
    }

    /// All measures that were asked for, by name and in one order for all structures: those that have a mean. `None` where a measure
    /// is not defined.
    #[must_use]
    pub fn measures(&self) -> Vec<(String, Option<f64>)> {
        let agreement = &self.agreement;
        let surface = |of: fn(&SurfaceMeasures) -> f64| self.surfaces.as_ref().map(of);
        let mut all = vec![
            ("dice".to_owned(), agreement.dice()),
            ("iou".to_owned(), agreement.iou()),
            ("volume_difference_ml".to_owned(), Some(self.volume_difference_ml)),
            ("volume_difference_relative".to_owned(), agreement.relative_volume_difference()),
            ("hd_mm".to_owned(), surface(|known| known.hd_mm)),
            ("hd95_mm".to_owned(), surface(|known| known.hd95_mm)),
            ("hd95_pooled_mm".to_owned(), surface(|known| known.hd95_pooled_mm)),
            ("assd_mm".to_owned(), surface(|known| known.assd_mm)),
            ("masd_mm".to_owned(), surface(|known| known.masd_mm)),
        ];
        let nsd = self.surface_dice.iter().map(|(mm, value)| (format!("nsd_{mm}_mm"), *value));
        all.extend(nsd);
        if let Some(components) = &self.components {
            all.extend([
                ("f1".to_owned(), components.f1()),
                ("sq".to_owned(), components.segmentation_quality()),
                ("pq".to_owned(), components.panoptic_quality()),
            ]);
        }
        all
    }
}
