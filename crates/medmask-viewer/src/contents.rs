//! What a page knows of its archive before it decodes anything.

use medmask::medmask_archive::ReadAt;
use medmask::medmask_core::{Affine, Runs};
use medmask::{AnyArchive, ListedStructure, Look, Selection, listed_structures, select};
use medmask_wasm::numbered_runs;
use serde::Serialize;

use crate::ViewerError;

/// Up to so many structures with voxels are all shown at first, where none were chosen.
const ALL_SHOWN: usize = 300;

/// An archive as a page lists it: its structures with names, colours and volumes, and which of them are shown at first.
#[derive(Clone, Debug, Serialize)]
pub struct Contents {
    /// What the page calls the archive.
    title: String,
    /// Voxels along z, y and x.
    shape: [usize; 3],
    /// From voxels (x, y, z) to RAS+ mm.
    affine: Affine,
    structures: Vec<Structure>,
    /// What the user should know of the file.
    notes: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Structure {
    name: String,
    /// `None` where `runs` are embedded.
    entry: Option<String>,
    label: u32,
    colour: [u8; 3],
    /// `None` where that is not known.
    ml: Option<f64>,
    /// Whether it is shown at first.
    on: bool,
    /// Why it cannot be shown.
    problem: Option<String>,
    /// Of a selection that is computed, as [`numbered_runs`] gives them.
    #[serde(skip)]
    runs: Option<Vec<u32>>,
}

impl Contents {
    /// The contents of an `archive` that is embedded. Those structures are shown at first that `chosen` say, or all where it is empty and they are few;
    /// each is decoded, so that the page tells which are damaged. Expressions among `chosen` are computed here.
    ///
    /// # Errors
    /// Where the archive cannot be listed, or an expression not be computed.
    pub fn of<S: ReadAt>(
        archive: &AnyArchive<S>,
        title: impl Into<String>,
        chosen: &[Selection],
    ) -> Result<Self, ViewerError> {
        Self::looked_at(archive, title.into(), chosen, Look::Voxels)
    }

    /// The contents of an `archive` that stays where it is, by its index alone: nothing is shown at first, volumes that it does not have are
    /// not told, and damage is found when a structure is switched on.
    ///
    /// # Errors
    /// As [`Contents::of`].
    pub fn of_index<S: ReadAt>(
        archive: &AnyArchive<S>,
        title: impl Into<String>,
    ) -> Result<Self, ViewerError> {
        let mut contents = Self::looked_at(archive, title.into(), &[], Look::Index)?;
        contents.structures.iter_mut().for_each(|structure| structure.on = false);
        Ok(contents)
    }

    fn looked_at<S: ReadAt>(
        archive: &AnyArchive<S>,
        title: String,
        chosen: &[Selection],
        look: Look,
    ) -> Result<Self, ViewerError> {
        let all = select(archive, &[""; 0]).map_err(medmask::Error::from)?;
        let space = archive.space();
        let listed = listed_structures(archive, &all, look)?;
        let few = listed.iter().filter(|one| one.statistics.is_some()).count() <= ALL_SHOWN;
        let is_on = |one: &ListedStructure| match chosen {
            [] => few,
            chosen => chosen.iter().any(|selection| {
                selection.entry() == one.entry.as_deref()
                    && selection.label_number().is_none_or(|number| number == one.label)
            }),
        };
        let mut structures: Vec<Structure> = listed
            .into_iter()
            .map(|one| Structure {
                ml: one
                    .is_counted
                    .then(|| one.statistics.map_or(0.0, |known| space.volume_ml(known.voxels))),
                on: is_on(&one) && (one.statistics.is_some() || !one.is_counted),
                name: one.name,
                entry: one.entry,
                label: one.label,
                colour: one.colour,
                problem: one.problem,
                runs: None,
            })
            .collect();
        let expressions = chosen.iter().filter(|selection| selection.is_expression());
        for selection in expressions {
            structures.push(Structure::computed(archive, selection)?);
        }
        let notes = archive.damage().map(|damage| damage.to_string()).into_iter().collect();
        let affine = space.to_nifti_affine();
        Ok(Self { title, shape: space.shape(), affine, structures, notes })
    }
}

impl Contents {
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    /// Runs of the structures that are computed, each with the structure's place in the list.
    pub(crate) fn computed(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let structures = self.structures.iter().enumerate();
        structures.filter_map(|(index, structure)| Some((index, structure.runs.as_deref()?)))
    }
}

impl Structure {
    fn computed<S: ReadAt>(
        archive: &AnyArchive<S>,
        selection: &Selection,
    ) -> Result<Self, ViewerError> {
        let runs: Runs = selection.to_runs(archive)?;
        let name = selection.name();
        Ok(Self {
            colour: medmask::medmask_render::colour_of(None, &name),
            name,
            entry: None,
            label: 1,
            ml: Some(archive.space().volume_ml(runs.voxel_count())),
            on: true,
            problem: None,
            runs: Some(
                numbered_runs(&runs).ok_or(ViewerError::TooManyVoxels { shape: runs.shape() })?,
            ),
        })
    }
}
