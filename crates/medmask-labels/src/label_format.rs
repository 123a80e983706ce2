//! The formats by name.

use std::fmt;

use medmask_core::quoted;

/// A format of label tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelFormat {
    /// The `dataset.json` of nnU-Net and TotalSegmentator, either way round: name to label or label to name.
    Dataset,
    /// A JSON object of names and labels, either way round.
    Json,
    /// The `dseg.tsv` of BIDS: columns index and name, and maybe color (`#RRGGBB`).
    Bids,
    /// 3D Slicer's table of commas, and others with a column of labels and one of names.
    Csv,
    /// ITK-SNAP's label description: index, red, green, blue, opacity (0 to 1), two flags, name in quotes.
    ItkSnap,
    /// 3D Slicer's colour table (`.ctbl`): index, name, red, green, blue, opacity (0 to 255).
    Slicer,
    /// FreeSurfer's look-up table: index, name, red, green, blue, transparency (0 to 255), maybe a type of tissue.
    FreeSurfer,
    /// MRtrix's look-up tables: index, maybe a short name, name, maybe red, green, blue and opacity (0 to 255).
    Mrtrix,
    /// The look-up table of FSLeyes: index, red, green, blue (0 to 1), name.
    Fsl,
    /// FSL's description of an atlas, in XML.
    FslAtlas,
}

impl LabelFormat {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Dataset,
        Self::Json,
        Self::Bids,
        Self::Csv,
        Self::ItkSnap,
        Self::Slicer,
        Self::FreeSurfer,
        Self::Mrtrix,
        Self::Fsl,
        Self::FslAtlas,
    ];

    /// Its name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Json => "json",
            Self::Bids => "bids",
            Self::Csv => "csv",
            Self::ItkSnap => "itk-snap",
            Self::Slicer => "slicer",
            Self::FreeSurfer => "freesurfer",
            Self::Mrtrix => "mrtrix",
            Self::Fsl => "fsl",
            Self::FslAtlas => "fsl-atlas",
        }
    }
}

impl fmt::Display for LabelFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::str::FromStr for LabelFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.iter().copied().find(|format| format.name() == text);
        found.ok_or_else(|| UnknownFormat { found: text.to_owned() })
    }
}

/// A word that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} is none of {}", known(), found = quoted(found))]
#[non_exhaustive]
pub struct UnknownFormat {
    /// The word.
    pub found: String,
}

/// The names of all formats.
fn known() -> String {
    let names: Vec<&str> = LabelFormat::ALL.iter().map(|format| format.name()).collect();
    names.join(", ")
}
