//! `medmask view`.

mod html;
mod preview;
mod underlay;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use medmask::adapter::Formats;
use medmask::medmask_files::{Durability, write_whole};
use medmask::medmask_render::{Picture, Plane, Side};
use medmask::{PictureOptions, picture, select};

use crate::archives::ArchivesAndNames;
use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::opened;
use html::PageOf;
use preview::Preview;
use underlay::Underlay;
pub use underlay::{note_window, window};

/// Draw masks: slices with their structures in colour, or a whole case from one side
#[derive(Args)]
#[command(long_about = "\
Draw masks: slices with their structures in colour, or a whole case from one side.

A montage shows as many slices as --slices says, evenly over the structures that were chosen; --at
shows the three planes through a point instead, and --project all structures from one side. The front
is at the top or on the left, the patient's left on the viewer's right (R and L say so; --neurological
swaps them). Voxels have their true aspect; slices are those of the array, which the letters name by
the nearest axis of the body.

--image puts a grey image under the masks. Where it lies on another grid it is interpolated linearly;
where it does not cover the masks it is refused. Without --window a CT, which is an image with a value
below -500, has the window 40,400, and every other image that from the 1st to the 99th percentile of
what is shown.

Without -o the picture appears on the terminal: as an image where the terminal is known to show some,
else in half blocks of 24-bit colours, or of characters where NO_COLOR is set.

A structure is drawn in its own colour where it has one, else in the one that TotalSegmentator gives
its name, else in one made from its name: the same in every picture.

--html makes a page that opens from disk in any browser. Of one archive it shows slices and 3-D, in
which structures are switched on and off by name; those that are named here are on at first. The
archive is inside the page.

Of several archives --html makes one page for quality control. It has a
row for each case with its picture, the volume of every structure, and what lies far from the other
cases; pass, fail and notes by keyboard, saved as CSV. A case that cannot be read is a row that says
why, and a name that a case lacks is shown as missing.")]
#[command(after_long_help = "\
EXAMPLES
  medmask view case.mska liver
  medmask view case.mska -o case.png
  medmask view case.mska liver 'kidney_*' --plane coronal --slices 4 --contour -o organs.svg
  medmask view case.mska --image ct.nii.gz --window 40,400 --contour -o case.png
  medmask view case.mska tumour --at 95,-142,313 -o tumour.png
  medmask view case.mska --project front -o case.png
  medmask view case.mska liver --html case.html --image ct.nii.gz
  medmask view cohort/*/case.mska --html quality.html
  medmask view cohort/*/case.mska liver spleen --slices 4 --html quality.html")]
pub struct View {
    #[command(flatten)]
    inputs: ArchivesAndNames,
    /// The picture to write: .png or .svg [default: show it on the terminal]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The page to write: of one archive its structures in slices and 3-D, of several a picture and the volumes of each
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    html: Option<PathBuf>,
    /// Replace the output if there is one
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    underlay: Underlay,
    #[command(flatten)]
    memory: MemoryLimit,
}

/// What is drawn, and how.
#[derive(Args)]
pub struct Drawing {
    /// Which slices: axial, coronal, sagittal [default: axial]
    #[arg(long, value_name = "PLANE")]
    plane: Option<PlaneName>,
    /// How many slices at most [default: 9]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=400))]
    slices: Option<u16>,
    /// The three planes through this point (x, y, z; LPS+, mm)
    #[arg(long, value_name = "X,Y,Z", allow_hyphen_values = true, value_parser = point, conflicts_with = "slices")]
    at: Option<[f64; 3]>,
    /// All structures, shaded, from one side: front, side, top
    #[arg(long, value_name = "SIDE", conflicts_with_all = ["slices", "at", "plane"])]
    project: Option<SideName>,
    /// The patient's left on the viewer's left
    #[arg(long)]
    neurological: bool,
    /// Draw outlines, without filling unless --fill is given
    #[arg(long)]
    contour: bool,
    /// Fill masks
    #[arg(long)]
    fill: bool,
    /// How much filled masks hide of what is under them, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    opacity: Option<f64>,
    /// Leave out the legend
    #[arg(long)]
    no_legend: bool,
    /// Pixels of the longest side of a slice [default: 320]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(16..=4096))]
    size: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum PlaneName {
    Axial,
    Coronal,
    Sagittal,
}

impl From<PlaneName> for Plane {
    fn from(name: PlaneName) -> Self {
        match name {
            PlaneName::Axial => Self::Axial,
            PlaneName::Coronal => Self::Coronal,
            PlaneName::Sagittal => Self::Sagittal,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum SideName {
    Front,
    Side,
    Top,
}

impl From<SideName> for Side {
    fn from(name: SideName) -> Self {
        match name {
            SideName::Front => Self::Front,
            SideName::Side => Self::Side,
            SideName::Top => Self::Top,
        }
    }
}

impl View {
    pub fn run(self, formats: &Formats) -> Result {
        let (archives, names) = self.inputs.split()?;
        if let Some(html) = &self.html {
            let page = PageOf {
                archives: &archives,
                names: &names,
                drawing: self.drawing.of_a_case(),
                of_pictures: self.drawing.of_pictures(),
                neurological: self.drawing.neurological,
                at_lps_mm: self.drawing.at,
                underlay: &self.underlay,
                memory: self.memory,
                force: self.force,
            };
            return page.write(html, formats);
        }
        let [archive] = &archives[..] else {
            return Err(Failure::usage(
                "a picture shows one archive; --html makes a page of several",
            ));
        };
        let target = match &self.output {
            Some(path) => Target::File(path, Format::of(path)?),
            None => Target::Terminal(Preview::new()?),
        };
        let archive = opened::open_with(archive, &self.memory.open_options())?;
        let selections = select(&archive, &names)?;
        let image = self.underlay.read(formats, self.memory)?;
        let mut options = self.drawing.options();
        (options.image, options.window) = (image.as_ref(), self.underlay.window());
        if let Target::Terminal(preview) = &target {
            preview.fit(&mut options);
        }
        let drawn = picture(&archive, &selections, &options)?;
        note_window(&drawn, self.underlay.window());
        match target {
            Target::File(path, format) => format.write(&drawn, path, self.force),
            Target::Terminal(preview) => preview.show(drawn),
        }
    }
}

/// Where a picture goes.
enum Target<'a> {
    File(&'a Path, Format),
    Terminal(Preview),
}

impl Drawing {
    /// The library's options.
    pub fn options<'a>(&self) -> PictureOptions<'a> {
        let mut options = PictureOptions::default();
        options.plane = self.plane.map_or(Plane::Axial, Into::into);
        options.slices = self.slices.map_or(options.slices, usize::from);
        options.at_lps_mm = self.at;
        options.project = self.project.map(Into::into);
        options.neurological = self.neurological;
        options.legend = !self.no_legend;
        options.style.contour = self.contour;
        options.style.fill = self.fill || !self.contour;
        options.style.opacity = self.opacity.unwrap_or(options.style.opacity);
        options.style.panel_pixels = self.size.unwrap_or(options.style.panel_pixels);
        options
    }

    /// The flags that were given.
    pub fn given(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            ("--plane", self.plane.is_some()),
            ("--slices", self.slices.is_some()),
            ("--at", self.at.is_some()),
            ("--project", self.project.is_some()),
            ("--neurological", self.neurological),
            ("--contour", self.contour),
            ("--fill", self.fill),
            ("--opacity", self.opacity.is_some()),
            ("--no-legend", self.no_legend),
            ("--size", self.size.is_some()),
        ];
        flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag))
    }

    /// A flag that was given and makes no difference to the page of one archive.
    fn of_pictures(&self) -> Option<&'static str> {
        self.given().find(|flag| !["--at", "--neurological"].contains(flag))
    }

    /// What a page of several archives shows of each: the front, where no slices were asked for. Its names stand in the table.
    fn of_a_case(&self) -> PictureOptions<'static> {
        let mut options = self.options();
        let slices = self.plane.is_some() || self.slices.is_some() || self.at.is_some();
        if !slices && options.project.is_none() {
            options.project = Some(Side::Front);
        }
        options.legend = false;
        options
    }
}

/// What a picture is written as.
#[derive(Clone, Copy)]
pub enum Format {
    Png,
    Svg,
}

impl Format {
    /// By the name of the file.
    pub fn of(path: &Path) -> Result<Self> {
        let suffix = path.extension().map(|suffix| suffix.to_string_lossy().to_ascii_lowercase());
        match suffix.as_deref() {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => Err(Failure::usage(format!(
                "{}: a picture's name must end in .png or .svg",
                path.display()
            ))),
        }
    }

    /// Writes the picture, whole or not at all.
    pub fn write(self, picture: &Picture, path: &Path, force: bool) -> Result {
        let drawn = match self {
            Self::Png => picture.to_png(),
            Self::Svg => picture.to_svg().map(String::into_bytes),
        };
        let bytes = drawn.map_err(|error| Failure::from(medmask::Error::from(error)))?;
        Ok(write_whole(path, &bytes, force, Durability::Full)?)
    }
}

fn point(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|number| number.trim().parse().ok()).collect();
    let point = numbers.and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
    let point = point.filter(|point| point.iter().all(|mm| mm.is_finite()));
    point.ok_or_else(|| "it must be three numbers of mm with commas between them".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    number.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}
