//! The geometry of a NIfTI file as the metadata of an entry keep it (SPEC.md, "Metadata of NIfTI sources").

use medmask_nifti::{Affine, Forms, Header, LengthUnit, QformFields, SourceGeometry};
use serde_json::{Map, Value, json};

/// The metadata that keep the geometry of `header`, under `key`.
pub(super) fn kept(key: &str, header: &Header) -> Map<String, Value> {
    let SourceGeometry { affine, sform_code, qform_code, forms, unit, .. } =
        SourceGeometry::of(header);
    let mut geometry = json!({
        "affine": affine[..3],
        "sform_code": sform_code,
        "qform_code": qform_code,
    });
    if let Some(Forms { sform, qform, .. }) = forms {
        let QformFields { quatern, offset, pixdim } = qform;
        geometry["qform"] = json!({"quatern": quatern, "offset": offset, "pixdim": pixdim});
        if sform != affine {
            geometry["sform"] = json!(sform[..3]);
        }
    }
    if unit != LengthUnit::default() {
        geometry["unit"] = unit.name().into();
    }
    Map::from_iter([(key.to_owned(), geometry)])
}

/// The geometry that [`kept`] left; `None` where it is not of that form.
pub(super) fn source_geometry(kept: &Value) -> Option<SourceGeometry> {
    let affine = affine_of(kept.get("affine")?)?;
    let code = |key: &str| i32::try_from(kept.get(key)?.as_i64()?).ok();
    let mut geometry = SourceGeometry::new(affine, code("qform_code")?, code("sform_code")?);
    if let Some(qform) = kept.get("qform") {
        let sform = kept.get("sform").map_or(Some(affine), affine_of)?;
        let qform = QformFields {
            quatern: numbers(qform.get("quatern")?)?,
            offset: numbers(qform.get("offset")?)?,
            pixdim: numbers(qform.get("pixdim")?)?,
        };
        geometry.forms = Some(Forms::new(sform, qform));
    }
    if let Some(unit) = kept.get("unit") {
        geometry.unit = LengthUnit::named(unit.as_str()?)?;
    }
    Some(geometry)
}

/// An affine of three rows.
fn affine_of(rows: &Value) -> Option<Affine> {
    let mut affine = [[0.0; 4], [0.0; 4], [0.0; 4], [0.0, 0.0, 0.0, 1.0]];
    let rows = rows.as_array().filter(|rows| rows.len() == 3)?;
    for (row, values) in affine.iter_mut().zip(rows) {
        *row = numbers(values)?;
    }
    Some(affine)
}

fn numbers<const N: usize>(values: &Value) -> Option<[f64; N]> {
    let values = values.as_array()?.iter().map(Value::as_f64);
    values.collect::<Option<Vec<f64>>>()?.try_into().ok()
}
