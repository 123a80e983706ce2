//! Comparisons as JSON: the same for the command and for Python.

use medmask_core::{ComponentAgreement, ComponentPair, LabelStatistics, Space};
use serde_json::{Map, Value, json};

use super::{
    CasesComparison, ComparedCase, ComparedMask, Comparison, Mean, SurfaceMeasures, means,
};

impl Comparison {
    /// `names` with the measures of each structure, `means` over them, and what only one of both has. What is not defined is null.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "names": self.masks.iter().map(|mask| mask.to_json(&self.space)).collect::<Vec<_>>(),
            "means": means_to_json(&means(&self.masks)),
            "only_in_first": self.only_in_first,
            "only_in_second": self.only_in_second,
            "resampled": self.resampled,
        })
    }
}

impl CasesComparison {
    /// `cases`, each as [`Comparison::to_json`] gives it or with its `error`, `means` by structure, and cases that only one of both has.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let by_name = self
            .means()
            .into_iter()
            .map(|(name, means)| json!({"name": name, "measures": means_to_json(&means)}));
        json!({
            "cases": self.cases.iter().map(ComparedCase::to_json).collect::<Vec<_>>(),
            "means": by_name.collect::<Vec<_>>(),
            "only_in_first": self.only_in_first,
            "only_in_second": self.only_in_second,
        })
    }
}

impl ComparedCase {
    fn to_json(&self) -> Value {
        match &self.result {
            Ok(comparison) => {
                let mut value = comparison.to_json();
                value["case"] = self.name.clone().into();
                value["error"] = Value::Null;
                value
            }
            Err(error) => json!({"case": self.name, "error": error.to_string()}),
        }
    }
}

impl ComparedMask {
    fn to_json(&self, space: &Space) -> Value {
        let agreement = &self.agreement;
        let surface = |of: fn(&SurfaceMeasures) -> f64| self.surfaces.as_ref().map(of);
        let nsd = self.surface_dice.iter();
        let nsd = nsd.map(|(mm, value)| json!({"tolerance_mm": mm, "value": value}));
        let mut value = json!({
            "name": self.name,
            "first_voxels": agreement.first,
            "second_voxels": agreement.second,
            "dice": agreement.dice(),
            "iou": agreement.iou(),
            "tp": agreement.shared,
            "fp": agreement.second - agreement.shared,
            "fn": agreement.first - agreement.shared,
            "volume_difference_ml": self.volume_difference_ml,
            "volume_difference_relative": agreement.relative_volume_difference(),
            "hd_mm": surface(|known| known.hd_mm),
            "hd95_mm": surface(|known| known.hd95_mm),
            "hd95_pooled_mm": surface(|known| known.hd95_pooled_mm),
            "assd_mm": surface(|known| known.assd_mm),
            "masd_mm": surface(|known| known.masd_mm),
            "nsd": nsd.collect::<Vec<_>>(),
            "one_empty": self.one_empty(),
            "both_empty": self.both_empty(),
        });
        if let Some(components) = &self.components {
            value["components"] = components_to_json(components, space);
        }
        value
    }
}

fn components_to_json(components: &ComponentAgreement, space: &Space) -> Value {
    let row = |pair: &ComponentPair| {
        json!({
            "first": pair.first.map(|one| component(&one, space)),
            "second": pair.second.map(|one| component(&one, space)),
            "match": pair.is_match(),
            "shared_voxels": pair.shared,
            "iou": pair.iou(),
            "change": pair.change.map(medmask_core::Change::name),
        })
    };
    json!({
        "tp": components.true_positives(),
        "fp": components.false_positives(),
        "fn": components.false_negatives(),
        "f1": components.f1(),
        "sq": components.segmentation_quality(),
        "pq": components.panoptic_quality(),
        "rule": components.rule.to_string(),
        "rows": components.pairs.iter().map(row).collect::<Vec<_>>(),
    })
}

fn component(one: &LabelStatistics, space: &Space) -> Value {
    // A coordinate that is not known is null.
    let centroid = space.index_to_world(one.centroid());
    json!({
        "component": one.label,
        "voxels": one.voxels,
        "volume_ml": space.volume_ml(one.voxels),
        "centroid_lps_mm": centroid,
    })
}

fn means_to_json(means: &[Mean]) -> Value {
    let mean = |mean: &Mean| {
        let value = json!({"mean": mean.mean, "n": mean.count, "null": mean.undefined});
        (mean.measure.clone(), value)
    };
    means.iter().map(mean).collect::<Map<_, _>>().into()
}
