//! How `medmask stats` prints what was measured.

use std::path::Path;

use medmask::medmask_core::AxisDirection;
use medmask::{MeasuredLabel, MeasuredMask, Space};
use serde_json::{Map, Value, json};

use super::options::StatsOptions;
use crate::failure::{Failure, Result};
use crate::output;
use crate::table::Table;
use crate::verbs::ls::{bounds_json, bounds_text};

/// What was measured of one archive.
pub struct Measured<'a> {
    /// `None` where there is one archive.
    pub subject: Option<&'a str>,
    pub archive: &'a Path,
    pub space: &'a Space,
    pub masks: &'a [MeasuredMask],
}

/// Prints archive after archive, so that memory does not grow with a cohort.
pub struct Printer<'a> {
    form: Form,
    options: &'a StatsOptions,
    several: bool,
    /// How many archives were printed.
    printed: usize,
    /// The rows of all archives, which are laid out together.
    text: Option<Table>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
    Text,
}

impl<'a> Printer<'a> {
    pub fn new(json: bool, csv: bool, options: &'a StatsOptions, several: bool) -> Self {
        let form = match (json, csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Text,
        };
        Self { form, options, several, printed: 0, text: None }
    }

    pub fn add(&mut self, measured: &Measured<'_>) -> Result {
        match self.form {
            Form::Json => {
                let entries = measured.masks.iter();
                let entries: Vec<Value> =
                    entries.map(|mask| mask_json(mask, measured.space, self.options)).collect();
                match measured.subject {
                    None => output::print_json(&json!({"entries": entries})),
                    Some(subject) => self.element(&json!({
                        "subject": subject,
                        "archive": measured.archive.to_string_lossy(),
                        "entries": entries,
                    })),
                }
            }
            Form::Csv => {
                let table = csv(measured, self.options);
                // One line of headings is enough.
                let csv = if self.printed > 0 { table.to_csv_rows() } else { table.to_csv() };
                self.printed += 1;
                output::print(&csv)
            }
            Form::Text => {
                self.add_text(measured);
                Ok(())
            }
        }
    }

    /// An archive that could not be measured: in JSON an element with the reason.
    pub fn add_failed(&mut self, subject: &str, archive: &Path, failure: &Failure) -> Result {
        if self.form != Form::Json {
            return Ok(());
        }
        self.element(&json!({
            "subject": subject,
            "archive": archive.to_string_lossy(),
            "error": failure.to_string(),
        }))
    }

    pub fn finish(self) -> Result {
        match self.form {
            Form::Json if self.several => {
                output::print(if self.printed == 0 { "{\"archives\":[]}\n" } else { "\n]}\n" })
            }
            Form::Text => {
                let empty = || Table::new(&text_headings(self.several, self.options));
                let mut table = self.text.unwrap_or_else(empty);
                table.drop_repetition("ENTRY", "LABEL");
                output::print(&table.to_text())
            }
            _ => Ok(()),
        }
    }

    fn element(&mut self, value: &Value) -> Result {
        let before = if self.printed == 0 { "{\"archives\":[\n" } else { ",\n" };
        self.printed += 1;
        output::print(&format!("{before}{value}"))
    }

    fn add_text(&mut self, measured: &Measured<'_>) {
        let (several, options) = (self.several, self.options);
        let table = self.text.get_or_insert_with(|| Table::new(&text_headings(several, options)));
        for mask in measured.masks {
            for label in &mask.labels {
                let mut cells: Vec<String> =
                    measured.subject.map(str::to_owned).into_iter().collect();
                cells.push(mask.name.clone());
                cells.push(label.name.clone().unwrap_or_else(|| "-".to_owned()));
                cells.extend(text_cells(label, measured.space, options));
                table.row(cells);
            }
        }
    }
}

/// The centroid in the world, in the axes that were asked for.
fn centroid_mm(label: &MeasuredLabel, space: &Space, options: &StatsOptions) -> Option<[f64; 3]> {
    let [x, y, z] = label.centroid_lps_mm(space)?;
    Some(if options.ras { [-x, -y, z] } else { [x, y, z] })
}

fn axes(options: &StatsOptions) -> &'static str {
    if options.ras { "ras" } else { "lps" }
}

fn touched(label: &MeasuredLabel, space: &Space) -> Vec<AxisDirection> {
    label.statistics.map_or_else(Vec::new, |known| space.faces_touched(&known.bounds))
}

fn mask_json(mask: &MeasuredMask, space: &Space, options: &StatsOptions) -> Value {
    let label = |label: &MeasuredLabel| {
        let known = label.statistics;
        let faces = touched(label, space);
        let mut value = Map::new();
        value.insert("name".into(), json!(label.name));
        value.insert("label".into(), json!(label.number));
        value.insert("voxels".into(), json!(label.voxels()));
        value.insert("volume_ml".into(), json!(space.volume_ml(label.voxels())));
        value.insert("bounds".into(), json!(known.map(|known| bounds_json(&known.bounds))));
        value.insert("centroid_voxel".into(), json!(known.map(|known| known.centroid())));
        let centroid = centroid_mm(label, space, options);
        value.insert(format!("centroid_{}_mm", axes(options)), json!(centroid));
        let faces: Vec<_> = faces.into_iter().map(AxisDirection::name).collect();
        value.insert("touches_edge".into(), json!(faces));
        if let Some(sizes) = &label.components {
            value.insert("components".into(), json!({"count": sizes.len(), "voxels": sizes}));
        }
        Value::Object(value)
    };
    json!({"name": mask.name, "labels": mask.labels.iter().map(label).collect::<Vec<_>>()})
}

fn csv(measured: &Measured<'_>, options: &StatsOptions) -> Table {
    let mut headings: Vec<&'static str> =
        measured.subject.iter().flat_map(|_| ["subject", "archive"]).collect();
    headings.extend(["entry", "label_name", "label", "voxels", "volume_ml"]);
    headings.extend(["z0", "z1", "y0", "y1", "x0", "x1"]);
    headings.extend(["centroid_voxel_z", "centroid_voxel_y", "centroid_voxel_x"]);
    headings.extend(match options.ras {
        true => ["centroid_ras_x_mm", "centroid_ras_y_mm", "centroid_ras_z_mm"],
        false => ["centroid_lps_x_mm", "centroid_lps_y_mm", "centroid_lps_z_mm"],
    });
    headings.push("touches_edge");
    if options.components {
        headings.extend(["components", "largest_component_voxels", "largest_component_ml"]);
    }
    let mut table = Table::new(&headings);
    for mask in measured.masks {
        for label in &mask.labels {
            let mut cells = Vec::with_capacity(headings.len());
            if let Some(subject) = measured.subject {
                cells.extend([subject.to_owned(), measured.archive.to_string_lossy().into_owned()]);
            }
            cells.push(mask.name.clone());
            csv_cells(label, measured.space, options, &mut cells);
            table.row(cells);
        }
    }
    table
}

fn csv_cells(
    label: &MeasuredLabel,
    space: &Space,
    options: &StatsOptions,
    cells: &mut Vec<String>,
) {
    let (voxels, known) = (label.voxels(), label.statistics);
    cells.extend([
        label.name.clone().unwrap_or_default(),
        label.number.to_string(),
        voxels.to_string(),
        space.volume_ml(voxels).to_string(),
    ]);
    let bounds = known.map(|known| bounds_json(&known.bounds));
    let bounds = bounds.as_ref().map(|bounds| bounds.as_flattened());
    cells.extend((0..6).map(|n| bounds.map_or_else(String::new, |bounds| bounds[n].to_string())));
    for point in [known.map(|known| known.centroid()), centroid_mm(label, space, options)] {
        cells.extend((0..3).map(|n| point.map_or_else(String::new, |point| point[n].to_string())));
    }
    let faces: Vec<_> = touched(label, space).into_iter().map(AxisDirection::name).collect();
    cells.push(faces.join(" "));
    if let Some(sizes) = &label.components {
        let largest = sizes.first().copied().unwrap_or(0);
        let ml = space.volume_ml(largest);
        cells.extend([sizes.len().to_string(), largest.to_string(), ml.to_string()]);
    }
}

fn text_headings(several: bool, options: &StatsOptions) -> Vec<&'static str> {
    let mut headings = if several { vec!["SUBJECT"] } else { Vec::new() };
    headings.extend(["ENTRY", "LABEL", ">VOXELS", ">ML", "BOX (Z, Y, X)"]);
    headings.push("CENTROID VOXEL (Z, Y, X)");
    headings.push(if options.ras { "CENTROID MM (R, A, S)" } else { "CENTROID MM (L, P, S)" });
    headings.push("EDGE");
    if options.components {
        headings.extend([">PARTS", ">LARGEST ML"]);
    }
    headings
}

fn text_cells(label: &MeasuredLabel, space: &Space, options: &StatsOptions) -> Vec<String> {
    let point = |point: Option<[f64; 3]>| match point {
        None => "-".to_owned(),
        Some(point) => point.map(|number| format!("{number:.2}")).join(" "),
    };
    let known = label.statistics;
    let faces = touched(label, space);
    let mut cells = vec![
        output::count(label.voxels()),
        output::millilitres(space.volume_ml(label.voxels())),
        known.map_or_else(|| "-".to_owned(), |known| bounds_text(&known.bounds)),
        point(known.map(|known| known.centroid())),
        point(centroid_mm(label, space, options)),
        faces.into_iter().map(AxisDirection::letter).collect(),
    ];
    if let Some(sizes) = &label.components {
        let largest = sizes.first().copied().unwrap_or(0);
        cells.push(output::count(sizes.len() as u64));
        cells.push(output::millilitres(space.volume_ml(largest)));
    }
    cells
}
