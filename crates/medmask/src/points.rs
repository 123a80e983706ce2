//! What is at points: the names of the structures there.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use medmask_core::{Bounds, Space, parallel};
use medmask_files::open_input;

use crate::layers::{Layer, layers};
use crate::masks::Masks;
use crate::point_table::parse;
use crate::selection::Selection;
use crate::{Error, Result};

/// In which coordinates points are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PointsIn {
    /// The world (x, y, z; LPS+, mm).
    #[default]
    Lps,
    /// The world (x, y, z; RAS+, mm), as NIfTI's affines have it.
    Ras,
    /// Voxels (z, y, x); whole numbers are centres of voxels.
    Voxels,
}

/// Points whose slices are at most this far apart are read together: decoding begins at the start of a slab, of several slices,
/// in any case.
const SLICES_READ_TOGETHER: usize = 16;

/// A point and what is there.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StructuresAt {
    /// The point in the world (x, y, z; LPS+, mm).
    pub lps_mm: [f64; 3],
    /// The voxel (z, y, x) that holds it, whose centre is nearest; half-way between two the higher index. `None` outside the volume.
    pub voxel: Option<[usize; 3]>,
    /// The structures there, called as [`Selection::name`] calls them, in the order in which they were chosen.
    pub names: Vec<String>,
}

/// The structures among `selections` at each of `points`, in the order of the points; `given` says in which coordinates they are. An
/// entry stands for each of its labels. A point is in the volume where it is in one of the voxels, which reach half their size around their centres.
///
/// Of each entry whose box holds a point the slices of points are decoded, and no others but those of the same slabs.
///
/// ```
/// use medmask::{ArchiveWriter, LabelMap, Mask, PointsIn, Space, select, structures_at};
/// use ndarray::Array3;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let space = Space::of_shape([4, 5, 6]);
/// let mut writer = ArchiveWriter::create(&path, &space, Default::default())?;
/// let mut labels = LabelMap::new();
/// labels.insert("lung", 1)?;
/// let voxels = Array3::from_shape_fn([4, 5, 6], |(z, _, x)| z == 2 && x < 3);
/// writer.add("lung", &Mask::new(voxels, labels, space)?)?;
/// writer.finish()?;
///
/// let archive = medmask::AnyArchive::open(&path)?;
/// let all = select(&archive, &[""; 0])?;
/// let points = [[2.4, 0.0, 2.0], [2.6, 0.0, 2.0], [0.0, 0.0, 9.0]];
/// let found = structures_at(&archive, &all, &points, PointsIn::Lps)?;
/// assert_eq!(found[0].names, ["lung"]);
/// assert_eq!((found[1].voxel, found[1].names.len()), (Some([2, 0, 3]), 0));
/// assert_eq!(found[2].voxel, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::NotAPoint`] for a coordinate that is no finite number, before anything is read; damage in an entry.
pub fn structures_at(
    archive: &impl Masks,
    selections: &[Selection],
    points: &[[f64; 3]],
    given: PointsIn,
) -> Result<Vec<StructuresAt>> {
    let mut found = located(points, given, archive.space())?;
    let voxels: Vec<(usize, [usize; 3])> =
        found.iter().enumerate().filter_map(|(point, at)| Some((point, at.voxel?))).collect();
    let layers = layers(archive, selections)?;
    let worker = || |layer: &Layer<'_>| names_in(archive, layer, &voxels);
    let take = |names: Vec<(usize, String)>| {
        names.into_iter().for_each(|(point, name)| found[point].names.push(name));
        Ok(())
    };
    parallel::for_each_ordered(&layers, parallel::available(), worker, take)?;
    Ok(found)
}

/// The points in a text file, one in a line: three numbers, between commas, semicolons or blanks. Empty lines, lines that begin with
/// `#`, and a heading of three words are left out.
///
/// # Errors
/// [`Error::Io`], and [`Error::Points`], which says the line.
pub fn read_points(path: &Path) -> Result<Vec<[f64; 3]>> {
    let text = open_input(path).and_then(io::read_to_string).map_err(Error::io("read", path))?;
    parse(&text).map_err(|(line, problem)| Error::Points { path: path.to_owned(), line, problem })
}

/// The points with the voxels that hold them, and no names yet.
fn located(points: &[[f64; 3]], given: PointsIn, space: &Space) -> Result<Vec<StructuresAt>> {
    let locate = |(number, point): (usize, &[f64; 3])| {
        let point = *point;
        if point.iter().any(|coordinate| !coordinate.is_finite()) {
            return Err(Error::NotAPoint { number: number + 1, point });
        }
        let lps_mm = match given {
            PointsIn::Lps => point,
            PointsIn::Ras => [-point[0], -point[1], point[2]],
            PointsIn::Voxels => space.index_to_world(point),
        };
        let voxel = match given {
            PointsIn::Voxels => space.voxel_at_index(point),
            PointsIn::Lps | PointsIn::Ras => space.voxel_at_world(lps_mm),
        };
        Ok(StructuresAt { lps_mm, voxel, names: Vec::new() })
    };
    points.iter().enumerate().map(locate).collect()
}

/// The names of the layer's structures at those of the `voxels` that are in one, each with the number of its point.
fn names_in(
    archive: &impl Masks,
    layer: &Layer<'_>,
    voxels: &[(usize, [usize; 3])],
) -> Result<Vec<(usize, String)>> {
    let mut slices: BTreeMap<usize, Vec<(usize, [usize; 3])>> = BTreeMap::new();
    for (point, voxel) in voxels {
        let is_near = layer.bounds().is_some_and(|bounds| bounds.contains(*voxel));
        if is_near && layer.may_reach(&box_of(*voxel)) {
            slices.entry(voxel[0]).or_default().push((*point, *voxel));
        }
    }
    // Of a file of version 1 all is decoded whatever is asked for.
    let apart = if layer.known().is_some() { SLICES_READ_TOGETHER } else { usize::MAX };
    let slices: Vec<_> = slices.into_iter().collect();
    let mut names = Vec::new();
    for together in slices.chunk_by(|(z, _), (next, _)| next - z <= apart) {
        let points: Vec<_> = together.iter().flat_map(|(_, points)| points).collect();
        let boxes = points.iter().map(|(_, voxel)| box_of(*voxel));
        let Some(region) = boxes.reduce(|a, b| a.union(&b)) else { continue };
        let decoded = layer.decode(archive, region)?;
        for (point, voxel) in points {
            let place = std::array::from_fn(|axis| voxel[axis] - region.start[axis]);
            if let Some(label @ 1..) = decoded.runs.at(place) {
                names.push((*point, decoded.structure(label).name.clone()));
            }
        }
    }
    Ok(names)
}

fn box_of(voxel: [usize; 3]) -> Bounds {
    Bounds { start: voxel, end: voxel.map(|index| index + 1) }
}
