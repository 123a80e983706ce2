//! What `medmask diff` prints for people.

use std::fmt::Write;

use medmask::Space;
use medmask::compare::{CasesComparison, ComparedMask, Comparison, Mean, means};
use medmask::medmask_core::{ComponentAgreement, ComponentPair, LabelStatistics};

use crate::output::{self, count, millilitres, plural};
use crate::table::Table;

/// Measures that are shown, and their headings; NSD at each tolerance follows.
const SHOWN: [(&str, &str); 6] = [
    ("dice", ">DICE"),
    ("iou", ">IOU"),
    ("volume_difference_ml", ">ML +-"),
    ("hd_mm", ">HD MM"),
    ("hd95_mm", ">HD95 MM"),
    ("assd_mm", ">ASSD MM"),
];

/// Of one case.
pub fn of_one(comparison: &Comparison) -> String {
    let mut text = String::new();
    if let Some(first) = comparison.masks.iter().find(|mask| !mask.both_empty()) {
        let columns = columns(&first.measures());
        let mut table = Table::new(&headings(&["NAME"], &columns));
        for mask in comparison.masks.iter().filter(|mask| !mask.both_empty()) {
            let measures = mask.measures();
            let value = |place: usize| measures[place].1;
            table.row([mask.name.clone()].into_iter().chain(cells(&columns, value)).collect());
        }
        if comparison.masks.len() > 1 {
            let means = means(&comparison.masks);
            table.row(mean_row(vec!["mean".to_owned()], &columns, &means));
            let counts = columns.iter().map(|(place, _)| count(means[*place].count as u64));
            table.row(["of".to_owned()].into_iter().chain(counts).collect());
        }
        text += &table.to_text();
    }
    undefined(&mut text, &comparison.masks);
    components(&mut text, comparison);
    only(&mut text, "only in the first", &comparison.only_in_first);
    only(&mut text, "only in the second", &comparison.only_in_second);
    if comparison.resampled {
        text += "the second was brought onto the grid of the first\n";
    }
    text
}

/// Of all cases: the means of each structure.
pub fn of_cases(cases: &CasesComparison) -> String {
    let mut text = String::new();
    let all = cases.means();
    if let Some((_, first)) = all.first() {
        let named: Vec<_> = first.iter().map(|mean| (mean.measure.clone(), mean.mean)).collect();
        let columns = columns(&named);
        let mut table = Table::new(&headings(&["NAME", ">CASES", ">NULL"], &columns));
        for (name, means) in &all {
            let [cases, undefined] =
                [counted(means), most_undefined(means)].map(|n| count(n as u64));
            table.row(mean_row(vec![name.clone(), cases, undefined], &columns, means));
        }
        text += &table.to_text();
    }
    let compared = cases.cases.iter().filter(|case| case.result.is_ok()).count();
    let _ = writeln!(
        text,
        "means over {}; NULL says how many have no distance, since a mask is empty; --csv has every case",
        plural(compared, "case", "cases")
    );
    let lacking = cases.cases.iter().filter_map(|case| {
        let known = case.result.as_ref().ok()?;
        (!known.only_in_first.is_empty() || !known.only_in_second.is_empty())
            .then_some((&case.name, known))
    });
    for (name, known) in lacking {
        only(&mut text, &format!("{name}: only in the first"), &known.only_in_first);
        only(&mut text, &format!("{name}: only in the second"), &known.only_in_second);
    }
    only(&mut text, "cases only in the first", &cases.only_in_first);
    only(&mut text, "cases only in the second", &cases.only_in_second);
    text
}

/// The places of the measures that are shown, and their headings.
fn columns(measures: &[(String, Option<f64>)]) -> Vec<(usize, String)> {
    let heading = |name: &str| {
        let known = SHOWN.iter().find(|(measure, _)| *measure == name);
        let nsd = name.strip_prefix("nsd_").and_then(|rest| rest.strip_suffix("_mm"));
        known
            .map(|(_, heading)| (*heading).to_owned())
            .or_else(|| Some(format!(">NSD {} MM", nsd?)))
    };
    let places = measures.iter().enumerate();
    places.filter_map(|(place, (name, _))| Some((place, heading(name)?))).collect()
}

fn headings(first: &[&str], columns: &[(usize, String)]) -> Vec<String> {
    let first = first.iter().map(|heading| (*heading).to_owned());
    first.chain(columns.iter().map(|(_, heading)| heading.clone())).collect()
}

fn cells(columns: &[(usize, String)], value: impl Fn(usize) -> Option<f64>) -> Vec<String> {
    let cell = |(place, heading): &(usize, String)| match value(*place) {
        None => "-".to_owned(),
        Some(value) if heading == ">ML +-" => {
            format!("{}{}", if value > 0.0 { "+" } else { "" }, signed_ml(value))
        }
        Some(value) if heading.ends_with("MM") && !heading.starts_with(">NSD") => {
            format!("{value:.2}")
        }
        Some(value) => format!("{value:.4}"),
    };
    columns.iter().map(cell).collect()
}

fn signed_ml(ml: f64) -> String {
    if ml < 0.0 { format!("-{}", millilitres(-ml)) } else { millilitres(ml) }
}

fn mean_row(mut first: Vec<String>, columns: &[(usize, String)], means: &[Mean]) -> Vec<String> {
    first.extend(cells(columns, |place| means[place].mean));
    first
}

fn counted(means: &[Mean]) -> usize {
    means.first().map_or(0, |mean| mean.count + mean.undefined)
}

fn most_undefined(means: &[Mean]) -> usize {
    means.iter().filter(|mean| mean.measure == "hd_mm").map(|mean| mean.undefined).sum()
}

/// Which structures have no distances, and are in no mean of them.
fn undefined(text: &mut String, masks: &[ComparedMask]) {
    let named = |is_empty: fn(&ComparedMask) -> bool| {
        masks.iter().filter(|mask| is_empty(mask)).map(|mask| mask.name.clone()).collect::<Vec<_>>()
    };
    only(text, "empty in one of both, without distances", &named(ComparedMask::one_empty));
    only(text, "empty in both, nothing to measure", &named(ComparedMask::both_empty));
}

fn only(text: &mut String, what: &str, names: &[String]) {
    const LISTED: usize = 8;
    if names.is_empty() {
        return;
    }
    let listed = names.iter().take(LISTED).map(|name| output::printable(name));
    let listed = listed.collect::<Vec<_>>().join(", ");
    let _ = match names.len().saturating_sub(LISTED) {
        0 => writeln!(text, "{what}: {listed}"),
        more => writeln!(text, "{what}: {listed} and {} more", count(more as u64)),
    };
}

/// How the components were matched, where they were.
fn components(text: &mut String, comparison: &Comparison) {
    let all: Vec<(&str, &ComponentAgreement)> = comparison
        .masks
        .iter()
        .filter_map(|mask| Some((mask.name.as_str(), mask.components.as_ref()?)))
        .collect();
    let Some((_, first)) = all.first() else { return };
    let _ = writeln!(text, "\ncomponents: {}", first.rule);
    let mut table = Table::new(&["NAME", ">TP", ">FP", ">FN", ">F1", ">SQ", ">PQ"]);
    for (name, components) in &all {
        let counts = [
            components.true_positives(),
            components.false_positives(),
            components.false_negatives(),
        ];
        let qualities =
            [components.f1(), components.segmentation_quality(), components.panoptic_quality()];
        let mut row = vec![(*name).to_owned()];
        row.extend(counts.map(|number| count(number as u64)));
        row.extend(
            qualities
                .map(|value| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))),
        );
        table.row(row);
    }
    text.push_str(&table.to_text());
    text.push('\n');
    text.push_str(&rows_of(&all, &comparison.space).to_text());
}

fn rows_of(all: &[(&str, &ComponentAgreement)], space: &Space) -> Table {
    let mut table = Table::new(&[
        "NAME",
        ">FIRST",
        ">VOXELS",
        ">ML",
        ">SECOND",
        ">VOXELS",
        ">ML",
        ">IOU",
        "CENTROID MM (L, P, S)",
        "CHANGE",
    ]);
    for (name, pair) in
        all.iter().flat_map(|(name, known)| known.pairs.iter().map(move |pair| (name, pair)))
    {
        let mut row = vec![(*name).to_owned()];
        row.extend(component(pair.first.as_ref(), space));
        row.extend(component(pair.second.as_ref(), space));
        row.push(pair.iou().map_or_else(|| "-".to_owned(), |iou| format!("{iou:.4}")));
        let place = pair.second.or(pair.first).map(|one| space.index_to_world(one.centroid()));
        row.push(
            place.map_or_else(String::new, |place| place.map(|mm| format!("{mm:.1}")).join(" ")),
        );
        row.push(change(pair));
        table.row(row);
    }
    table
}

fn component(one: Option<&LabelStatistics>, space: &Space) -> [String; 3] {
    one.map_or(["-", "-", "-"].map(str::to_owned), |one| {
        [one.label.to_string(), count(one.voxels), millilitres(space.volume_ml(one.voxels))]
    })
}

fn change(pair: &ComponentPair) -> String {
    let alone = if pair.first.is_some() { "missed" } else { "extra" };
    let matched = if pair.is_match() { "matched" } else { alone };
    pair.change.map_or(matched, |change| change.name()).to_owned()
}
