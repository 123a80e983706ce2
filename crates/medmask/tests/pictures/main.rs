//! Pictures of archives: one of each kind beside a picture that people looked at, colours at their places, and grids of any size.
//!
//! `MEDMASK_RENEW_PICTURES=1 cargo test -p medmask --test pictures` writes the pictures in `goldens/` anew. Look at them before they go in.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod phantom;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use medmask::compare::{Case, CompareOptions};
use medmask::medmask_archive::WriterOptions;
use medmask::medmask_core::{Run, RunsBuilder};
use medmask::medmask_render::{Picture, Plane, RenderError, Side, colour_of_name};
use medmask::{
    AnyArchive, ArchiveWriter, EntryOptions, Error, LabelMap, PictureOptions, Space, picture,
    picture_of_agreement, select,
};

const ALL: [&str; 0] = [];

/// A decoded PNG.
struct Pixels {
    size: [usize; 2],
    colours: Vec<[u8; 3]>,
}

impl Pixels {
    fn of(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes.chunks(info.color_type.samples());
        let colours = pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Self { size: [info.height as usize, info.width as usize], colours }
    }
}

fn opened(folder: &Path, moved: f64) -> AnyArchive {
    let path = folder.join(format!("{}.mska", folder.read_dir().unwrap().count()));
    phantom::archive(&path, moved);
    AnyArchive::open(&path).unwrap()
}

fn small<'a>() -> PictureOptions<'a> {
    let mut options = PictureOptions::default();
    options.slices = 4;
    options.style.panel_pixels = 110;
    options
}

/// Letters and edges differ a little from one kind of processor to another: of 200 pixels one may.
fn check(name: &str, picture: &Picture) {
    let png = picture.to_png().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/goldens");
    let golden: PathBuf = golden.join(format!("{name}.png"));
    if std::env::var_os("MEDMASK_RENEW_PICTURES").is_some() {
        std::fs::write(&golden, &png).unwrap();
    }
    let (found, wanted) = (Pixels::of(&png), Pixels::of(&std::fs::read(&golden).unwrap()));
    let differs = |(a, b): (&[u8; 3], &[u8; 3])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 12);
    let pairs = found.colours.iter().zip(&wanted.colours);
    let different = pairs.filter(|pair| differs(*pair)).count();
    if found.size != wanted.size || different * 200 > wanted.colours.len() {
        let other = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        std::fs::write(&other, &png).unwrap();
        panic!("{} is not {}: {different} pixels differ", other.display(), golden.display());
    }
}

#[test]
fn pictures_look_as_they_did() {
    let folder = tempfile::tempdir().unwrap();
    let archive = opened(folder.path(), 0.0);
    let all = select(&archive, &ALL).unwrap();
    let draw = |options: &PictureOptions<'_>| picture(&archive, &all, options).unwrap();
    check("montage", &draw(&small()));

    let mut options = small();
    options.at_lps_mm = Some(phantom::space().index_to_world([7.0, 14.0, 8.0]));
    check("planes", &draw(&options));

    let mut options = small();
    (options.style.contour, options.style.fill) = (true, false);
    options.plane = Plane::Coronal;
    check("contours", &draw(&options));

    let image = phantom::image();
    let mut options = small();
    (options.image, options.neurological) = (Some(&image), true);
    check("image", &draw(&options));

    let mut options = small();
    options.project = Some(Side::Front);
    check("projection", &draw(&options));

    let [first, second] = [0.0, 2.0].map(|moved| Case::of(Arc::new(opened(folder.path(), moved))));
    let compared = CompareOptions::default();
    check("agreement", &picture_of_agreement(&first, &second, &ALL, &compared, &small()).unwrap());
}

/// Where a voxel stands in its slice, and how large it is in mm: z runs to the feet, y to the front and x to the right, so that the front, the
/// head and the patient's right on the left make this of it.
fn naive(plane: Plane, [z, y, x]: [usize; 3]) -> ([usize; 2], [f64; 2]) {
    let [_, rows, columns] = phantom::SHAPE;
    match plane {
        Plane::Axial => ([rows - 1 - y, columns - 1 - x], [2.0, 1.5]),
        Plane::Coronal => ([z, columns - 1 - x], [5.0, 1.5]),
        Plane::Sagittal => ([z, rows - 1 - y], [5.0, 2.0]),
    }
}

#[test]
fn colours_stand_where_the_body_is() {
    let folder = tempfile::tempdir().unwrap();
    let archive = opened(folder.path(), 0.0);
    let all = select(&archive, &ALL).unwrap();
    let through = [7, 14, 8];
    let mut options = PictureOptions::default();
    options.legend = false;
    options.at_lps_mm = Some(phantom::space().index_to_world(through.map(|n| n as f64)));
    options.style.panel_pixels = 480;
    (options.style.opacity, options.style.columns) = (1.0, Some(3));
    let drawn = picture(&archive, &all, &options).unwrap();
    let pixels = Pixels::of(&drawn.to_png().unwrap());
    let masks = phantom::STRUCTURES.map(|(name, shape)| (name, phantom::voxels(shape)));
    // The margin reaches the ends of the grid: 70, 48 and 45 mm.
    let (scale, cell) = (480.0 / 70.0, (48.0_f64 * 480.0 / 70.0).round());
    for (panel, (plane, across)) in
        [(Plane::Axial, 0), (Plane::Coronal, 1), (Plane::Sagittal, 2)].into_iter().enumerate()
    {
        let (mut right, mut count) = (0, 0);
        for index in ndarray::indices(phantom::SHAPE) {
            let voxel = [index.0, index.1, index.2];
            if voxel[across] != through[across] {
                continue;
            }
            let ([row, column], [high, wide]) = naive(plane, voxel);
            let width: f64 = if across == 2 { 48.0 } else { 45.0 };
            let left = 6.0 + panel as f64 * (cell + 6.0);
            let left = left + ((cell - (width * scale).round()) / 2.0).floor();
            let [y, x] = [
                26.0 + (row as f64 + 0.3) * high * scale,
                left + (column as f64 + 0.3) * wide * scale,
            ];
            let owner = masks.iter().rev().find(|(_, voxels)| voxels[voxel] == 1);
            let wanted = owner.map_or([0; 3], |(name, _)| colour_of_name(name));
            right +=
                usize::from(pixels.colours[y as usize * pixels.size[1] + x as usize] == wanted);
            count += 1;
        }
        // Letters and the scale bar hide some.
        assert!(right * 100 >= count * 93, "{plane:?}: {right} of {count}");
    }
    let letters = drawn.panels.iter().map(|panel| panel.view.letters.iter().collect::<String>());
    assert_eq!(letters.collect::<Vec<_>>(), ["RLAP", "RLSI", "APSI"]);
}

#[test]
fn a_huge_grid_takes_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.mska");
    // A picture of all its voxels would have 1.6 thousand million pixels.
    let shape = [1, 40_000, 40_000];
    let mut writer =
        ArchiveWriter::create(&path, &Space::of_shape(shape), WriterOptions::new()).unwrap();
    for (name, rows) in [("cross", 19_990..20_010_u32), ("frame", 0..3)] {
        let mut runs = RunsBuilder::new(shape);
        for y in rows {
            runs.push(0, y, Run { start: 0, end: 40_000, label: 1 });
        }
        if name == "frame" {
            runs.push(0, 39_999, Run { start: 17, end: 18, label: 1 });
        }
        let mut labels = LabelMap::new();
        labels.insert(name, 1).unwrap();
        writer.add_runs(name, &runs.finish(), &labels, &EntryOptions::default()).unwrap();
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    let all = select(&archive, &ALL).unwrap();
    let mut options = PictureOptions::default();
    options.style.opacity = 1.0;
    let drawn = picture(&archive, &all, &options).unwrap();
    let [height, width] = drawn.panels[0].size;
    assert!(height <= 1024 && width <= 1024, "{height} {width}");
    assert_eq!(drawn.panels[0].size_mm().map(|mm| (mm / 40_000.0 * 100.0).round()), [100.0; 2]);
    // The single voxel at the bottom is there.
    let frame =
        &drawn.panels[0].layers.iter().find(|layer| layer.colour == colour_of_name("frame"));
    let spans: Vec<_> = frame.unwrap().section.spans().collect();
    assert_eq!(spans.last().unwrap().1, 0..1);
    assert_eq!(spans.last().unwrap().0, height - 1);
    for side in [Side::Front, Side::Side, Side::Top] {
        options.project = Some(side);
        let drawn = picture(&archive, &all, &options).unwrap();
        assert!(drawn.panels[0].size.iter().all(|side| *side <= 1024));
    }
}

#[test]
fn what_makes_no_picture_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let archive = opened(folder.path(), 0.0);
    let all = select(&archive, &ALL).unwrap();
    let nothing = select(&archive, &["liver & spleen"]).unwrap();
    let refused = |found| matches!(found, Err(Error::Render(RenderError::Nothing)));
    assert!(refused(picture(&archive, &nothing, &PictureOptions::default())));
    let image = phantom::image();
    let mut options = PictureOptions::default();
    (options.image, options.project) = (Some(&image), Some(Side::Top));
    let found = picture(&archive, &all, &options);
    assert!(matches!(found, Err(Error::Render(RenderError::ImageInProjection))));
}

#[test]
fn the_legend_tells_volumes_of_whole_structures() {
    let folder = tempfile::tempdir().unwrap();
    let archive = opened(folder.path(), 0.0);
    let chosen = select(&archive, &["liver - tumour", "spleen"]).unwrap();
    let naive = |place: usize| phantom::voxels(phantom::STRUCTURES[place].1).mapv(u64::from);
    let [liver, spleen, _, tumour] = [0, 1, 2, 3].map(naive);
    // 15 cubic mm a voxel; the tumour lies inside the liver.
    let wanted = [liver.sum() - tumour.sum(), spleen.sum()].map(|voxels| voxels as f64 * 0.015);
    for project in [None, Some(Side::Front)] {
        let mut options = small();
        options.project = project;
        let drawn = picture(&archive, &chosen, &options).unwrap();
        for (name, ml) in ["liver - tumour", "spleen"].into_iter().zip(wanted) {
            let row = drawn.legend.iter().find(|row| row.name == name).unwrap();
            let told = row.volume_ml.unwrap();
            assert!((told - ml).abs() < 1e-9, "{name}: {told}, not {ml}");
        }
    }
}
