//! What is listed, whatever it is printed as.

use std::path::Path;

use medmask::groups::Group;
use medmask::medmask_archive::Label;
use medmask::{AnyArchive, Bounds, LabelStatistics, Space};

use crate::failure::Result;
use crate::opened::{Chosen, Listed};

/// What an archive is called where there are several.
pub struct Subject<'a> {
    pub name: &'a str,
    pub archive: &'a Path,
}

/// What is listed of an archive.
pub struct Listing<'a> {
    pub lines: Vec<Line<'a>>,
    pub groups: Vec<Group>,
    pub space: &'a Space,
}

/// What is listed.
pub enum Line<'a> {
    Entry(Chosen<'a>),
    /// The one label of an expression; no statistics where no voxel is labelled.
    Computed(String, Option<LabelStatistics>),
}

impl<'a> Line<'a> {
    pub fn of(listed: Listed<'a>, archive: &'a AnyArchive) -> Result<Self> {
        Ok(match listed {
            Listed::Entry(mut chosen) => {
                chosen.count(archive)?;
                Self::Entry(chosen)
            }
            Listed::Expression(mask) => {
                Self::Computed(mask.name(), mask.to_runs(archive)?.statistics().pop())
            }
        })
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Entry(one) => one.entry.name(),
            Self::Computed(name, _) => name,
        }
    }

    /// Voxels of all labels that are listed; `None` where nobody has counted them.
    pub fn voxels(&self) -> Option<u64> {
        match self {
            Self::Entry(one) => one.labels().map(|label| label.voxels).sum(),
            Self::Computed(_, statistics) => Some(statistics.map_or(0, |known| known.voxels)),
        }
    }

    pub fn bytes(&self) -> u64 {
        match self {
            Self::Entry(one) => one.entry.stored_bytes(),
            Self::Computed(..) => 0,
        }
    }

    pub fn leave_out_empty(&mut self) {
        if let Self::Entry(one) = self {
            one.retain(|label| label.voxels != Some(0));
        }
    }
}

/// Start and end along z, y and x.
pub fn bounds_json(bounds: &Bounds) -> [[usize; 2]; 3] {
    [0, 1, 2].map(|axis| [bounds.start[axis], bounds.end[axis]])
}

/// The label's name; `-` where it was stored without one.
pub fn name_of(label: &Label<'_>) -> String {
    label.name.as_deref().unwrap_or("-").to_owned()
}

/// `128:179 24:123 88:166`, along z, y and x.
pub fn bounds_text(bounds: &Bounds) -> String {
    let axis = |axis: usize| format!("{}:{}", bounds.start[axis], bounds.end[axis]);
    format!("{} {} {}", axis(0), axis(1), axis(2))
}
