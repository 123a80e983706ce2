//! What the page knows of a case.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use medmask::medmask_render::RenderError;
use medmask::selection::name_of_label;
use medmask::{
    AnyArchive, Error, MeasureOptions, MeasuredMask, PictureOptions, Result, Selection, measure,
    picture, sides_swapped,
};
use serde::{Serialize, Serializer};

/// A case: a row of the page.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Case {
    /// What people call it.
    pub name: String,
    /// Its file. Verdicts are kept by it.
    pub file: String,
    /// Tells one content of the file from another: a verdict on an earlier one no longer counts.
    pub state: String,
    /// Its picture as PNG; `None` where there is none.
    #[serde(skip)]
    pub picture_png: Option<Vec<u8>>,
    /// Structures by name, with their volumes in mL. A structure that other cases have and this one lacks is shown as missing.
    #[serde(skip)]
    pub volumes_ml: Vec<(String, f64)>,
    /// Why the case could not be read, or not as a whole.
    pub problem: Option<String>,
    /// What else a reader should know.
    pub remarks: Vec<String>,
}

impl Case {
    /// A case of which nothing is known yet.
    pub fn new(name: impl Into<String>, file: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            file: file.into(),
            state: String::new(),
            picture_png: None,
            volumes_ml: Vec::new(),
            problem: None,
            remarks: Vec::new(),
        }
    }

    /// Measures and draws what `selections` choose of the archive. What was found before an error stays.
    ///
    /// # Errors
    /// Damage, and what does not fit into memory.
    pub fn fill(
        &mut self,
        archive: &AnyArchive,
        selections: &[Selection],
        drawing: &PictureOptions,
    ) -> Result<()> {
        let space = archive.space();
        self.remarks.extend(archive.damage().map(|damage| damage.to_string()));
        let masks = measure(archive, selections, &MeasureOptions::default(), |_| {})?;
        let volumes = masks.iter().flat_map(|mask| volumes(archive, mask));
        self.volumes_ml.extend(volumes.map(|(name, voxels)| (name, space.volume_ml(voxels))));
        let swapped = sides_swapped(&masks, space).into_iter();
        self.remarks
            .extend(swapped.map(|pair| format!("{} lies right of {}", pair.left, pair.right)));
        match picture(archive, selections, drawing) {
            Err(Error::Render(RenderError::Nothing)) => {}
            drawn => self.picture_png = Some(drawn?.to_png()?),
        }
        Ok(())
    }
}

/// The structures of a mask by the names that selections have for them, with their voxels.
fn volumes<'a>(
    archive: &'a AnyArchive,
    mask: &'a MeasuredMask,
) -> impl Iterator<Item = (String, u64)> + 'a {
    let entry = archive.entry(&mask.name).ok();
    mask.labels.iter().map(move |label| {
        let name = match (entry, &label.name) {
            (None, _) => mask.name.clone(),
            (Some(entry), Some(name)) => name_of_label(entry, name),
            (Some(entry), None) => name_of_label(entry, &format!("label_{}", label.number)),
        };
        (name, label.voxels())
    })
}

/// A case as it stands in the page.
#[derive(Serialize)]
pub(super) struct CaseJson<'a> {
    #[serde(flatten)]
    pub case: &'a Case,
    /// Columns and mL.
    pub volumes: Vec<(usize, f64)>,
    #[serde(serialize_with = "base64")]
    pub picture: Option<&'a [u8]>,
}

fn base64<S: Serializer>(bytes: &Option<&[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.map(|bytes| STANDARD.encode(bytes)).serialize(serializer)
}
