//! Formats of label tables, by the names that people type.

use clap::ValueEnum;
use medmask::medmask_labels::LabelFormat;

/// A format of label tables.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Names and numbers
    Json,
    /// ITK-SNAP's label description
    #[value(alias = "itk-snap")]
    Itksnap,
    /// 3D Slicer's colour table (.ctbl)
    Slicer,
    /// FreeSurfer's look-up table; its last column is a transparency
    Freesurfer,
    /// MRtrix's look-up table; its last column is an opacity
    Mrtrix,
    /// The look-up table of FSLeyes (.lut)
    Fsl,
    /// FSL's description of an atlas (.xml)
    FslAtlas,
    /// 3D Slicer's table of commas (.csv), and others with a column of labels and one of names
    Csv,
    /// BIDS's dseg.tsv
    Bids,
    /// The dataset.json of TotalSegmentator and nnU-Net
    #[value(alias = "dataset", alias = "nnunet")]
    Totalsegmentator,
}

impl From<TableFormat> for LabelFormat {
    fn from(format: TableFormat) -> Self {
        match format {
            TableFormat::Json => Self::Json,
            TableFormat::Itksnap => Self::ItkSnap,
            TableFormat::Slicer => Self::Slicer,
            TableFormat::Freesurfer => Self::FreeSurfer,
            TableFormat::Mrtrix => Self::Mrtrix,
            TableFormat::Fsl => Self::Fsl,
            TableFormat::FslAtlas => Self::FslAtlas,
            TableFormat::Csv => Self::Csv,
            TableFormat::Bids => Self::Bids,
            TableFormat::Totalsegmentator => Self::Dataset,
        }
    }
}
