//! Where voxels stand in pictures, and in which colour.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure is a failed test")]

use medmask_core::{Bounds, Runs, Space};
use medmask_render::{
    Layer, LegendRow, Panel, Picture, Plane, Projection, RenderError, Section, Side, Style, View,
};
use ndarray::Array3;

const SHAPE: [usize; 3] = [4, 5, 7];

/// Spaces of all 48 orders and directions of the axes, straight and turned a little.
fn spaces() -> Vec<Space> {
    let mut all = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for signs in 0..8 {
            for angle in [0.0_f64, 0.2] {
                let (sin, cos) = angle.sin_cos();
                let mut direction = [[0.0; 3]; 3];
                for (axis, world) in order.into_iter().enumerate() {
                    let sign = if signs >> axis & 1 == 1 { -1.0 } else { 1.0 };
                    let mut unit = [0.0; 3];
                    unit[world] = sign;
                    // Turned around the world's z axis.
                    direction[axis] =
                        [cos * unit[0] - sin * unit[1], sin * unit[0] + cos * unit[1], unit[2]];
                }
                all.push(Space::new(SHAPE, [3.0, 1.5, 1.0], [5.0, -7.0, 11.0], direction).unwrap());
            }
        }
    }
    all
}

fn voxel(index: [usize; 3]) -> Runs {
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| u8::from([z, y, x] == index));
    Runs::from_array(voxels.view())
}

/// Row and column of the only voxel that a section covers, from its outline.
fn place(section: &Section) -> [f64; 2] {
    let mut ends = [f64::INFINITY; 2];
    for part in section.outline([1.0; 2]).split('M').skip(1) {
        let start = part.split(['H', 'V']).next().unwrap();
        let (x, y) = start.split_once(' ').unwrap();
        ends = [ends[0].min(y.parse().unwrap()), ends[1].min(x.parse().unwrap())];
    }
    ends
}

#[test]
fn the_body_stands_in_every_picture_as_the_letters_say() {
    let bounds = Bounds::of_shape(SHAPE);
    for space in spaces() {
        for (plane, neurological) in
            Plane::ALL.into_iter().flat_map(|plane| [(plane, false), (plane, true)])
        {
            let view = View::new(&space, plane, neurological);
            let wanted = match (plane, neurological) {
                (Plane::Axial, false) => ['R', 'L', 'A', 'P'],
                (Plane::Axial, true) => ['L', 'R', 'A', 'P'],
                (Plane::Coronal, false) => ['R', 'L', 'S', 'I'],
                (Plane::Coronal, true) => ['L', 'R', 'S', 'I'],
                (Plane::Sagittal, _) => ['A', 'P', 'S', 'I'],
            };
            assert_eq!(view.letters, wanted, "{plane:?}");
            let middle = [2, 2, 3];
            let section = |index: [usize; 3]| {
                Section::new(&voxel(index), &view, index[view.axes[0]], &bounds)
            };
            let world = |index: [usize; 3]| space.index_to_world(index.map(|n| n as f64));
            let from = place(&section(middle));
            for (side, letter) in [(1, wanted[1]), (0, wanted[3])] {
                let mut beside = middle;
                beside[view.axes[side + 1]] += 1;
                let moved = place(&section(beside))[side] - from[side];
                assert_eq!(moved.abs(), 1.0);
                // The component of the move along the letter's direction, in LPS.
                let (axis, sign) = match letter {
                    'L' => (0, 1.0),
                    'R' => (0, -1.0),
                    'P' => (1, 1.0),
                    'I' => (2, -1.0),
                    other => unreachable!("{other}"),
                };
                let along = (world(beside)[axis] - world(middle)[axis]) * sign;
                assert!(along.abs() > 0.9, "{along}: the axis nearest to the body's");
                assert_eq!(along.signum(), moved, "{plane:?}, {letter}, {:?}", space.direction());
            }
        }
    }
}

/// Width, and red, green and blue of a picture.
fn decoded(png: &[u8]) -> (usize, Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let channels = info.color_type.samples();
    (
        info.width as usize,
        bytes.chunks(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
    )
}

fn picture(space: &Space, masks: &[(Runs, [u8; 3])], style: Style) -> Picture {
    let (bounds, view) = (Bounds::of_shape(SHAPE), View::new(space, Plane::Axial, false));
    let mut panel = Panel::new("a slice", view, &bounds);
    for (runs, colour) in masks {
        panel
            .layers
            .push(Layer { colour: *colour, section: Section::new(runs, &view, 2, &bounds) });
    }
    Picture { panels: vec![panel], legend: Vec::new(), style, window: None }
}

#[test]
fn masks_have_their_colour_at_their_place_and_voxels_their_aspect() {
    let space = Space::new(
        SHAPE,
        [3.0, 2.0, 1.0],
        [0.0; 3],
        [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    )
    .unwrap();
    let mut style = Style::default();
    style.panel_pixels = 500;
    // 5 voxels of 2 mm down, 7 of 1 mm to the right: 500 by 350 pixels.
    let masks = [(voxel([2, 1, 5]), [200, 100, 40]), (voxel([2, 3, 0]), [0, 0, 255])];
    let (width, pixels) = decoded(&picture(&space, &masks, style).to_png().unwrap());
    assert_eq!(width, 350 + 12);
    let (left, top) = (6, 6 + 20);
    let at = |row: f64, column: f64| {
        let [y, x] = [top + (row * 100.0) as usize, left + (column * 50.0) as usize];
        pixels[y * width + x]
    };
    // Without an image a mask hides 85 % of the black under it.
    let mixed = |colour: [u8; 3]| colour.map(|channel| (f64::from(channel) * 0.85).round() as u8);
    assert_eq!(at(1.5, 5.5), mixed([200, 100, 40]));
    assert_eq!(at(3.5, 0.3), mixed([0, 0, 255]));
    for (row, column) in [(1.02, 5.02), (1.98, 5.96), (1.02, 5.96)] {
        assert_eq!(at(row, column), mixed([200, 100, 40]), "{row}, {column}");
    }
    for (row, column) in [(0.97, 5.5), (2.03, 5.5), (1.5, 4.9), (1.5, 6.1), (2.7, 3.2)] {
        assert_eq!(at(row, column), [0, 0, 0], "{row}, {column}");
    }
}

#[test]
fn the_later_masks_lie_over_the_earlier_ones() {
    let space = Space::of_shape(SHAPE);
    let mut style = Style::default();
    (style.panel_pixels, style.opacity) = (70, 1.0);
    let masks = [(voxel([2, 1, 5]), [255, 0, 0]), (voxel([2, 1, 5]), [0, 255, 0])];
    let (width, pixels) = decoded(&picture(&space, &masks, style).to_png().unwrap());
    let [y, x] = [26 + 15, 6 + 55];
    assert_eq!(pixels[y * width + x], [0, 255, 0]);
}

#[test]
fn a_projection_shows_what_is_nearest() {
    let space = Space::of_shape(SHAPE);
    let bounds = Bounds::of_shape(SHAPE);
    // y runs to the back: seen from the front, the lower y is nearer.
    let mut projection = Projection::new(&space, Side::Front, false, bounds, 100);
    projection.add(&voxel([2, 4, 3]), [255, 0, 0]);
    projection.add(&voxel([2, 1, 3]), [0, 255, 0]);
    projection.add(&voxel([0, 1, 6]), [0, 0, 255]);
    let panel = projection.finish();
    assert_eq!(panel.size, [4, 7]);
    let shaded = panel.shaded.unwrap();
    // The head is at the top, the patient's left on the right.
    let [red, green, blue] = shaded[7 + 3];
    assert!(red == 0 && green > 100 && blue == 0, "{red} {green} {blue}");
    let [red, green, blue] = shaded[3 * 7 + 6];
    assert!(red == 0 && green == 0 && blue > 100, "{red} {green} {blue}");
    assert_eq!(shaded.iter().filter(|pixel| **pixel != [0; 3]).count(), 2);
}

#[test]
fn names_cannot_leave_their_place() {
    let space = Space::of_shape(SHAPE);
    let mut drawn = picture(&space, &[(voxel([2, 1, 5]), [255, 0, 0])], Style::default());
    let name = "<script>alert('\"&\u{1}</text>".to_owned();
    drawn.legend = vec![LegendRow { colour: [1, 2, 3], name, volume_ml: Some(0.012_345) }];
    let svg = drawn.to_svg().unwrap();
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
    assert!(svg.contains("0.0123 mL") && svg.contains("#010203"), "{svg}");
    drawn.to_png().unwrap();
}

#[test]
fn nothing_and_too_much_are_refused() {
    let picture =
        Picture { panels: Vec::new(), legend: Vec::new(), style: Style::default(), window: None };
    assert!(matches!(picture.to_png(), Err(RenderError::Nothing)));
    let space = Space::of_shape(SHAPE);
    let mut style = Style::default();
    style.panel_pixels = 20_000;
    let large = self::picture(&space, &[(voxel([2, 1, 5]), [255, 0, 0])], style);
    assert!(matches!(large.to_png(), Err(RenderError::TooLarge { .. })));
}

#[test]
fn what_is_drawn_as_one_shows_thin_structures_and_keeps_its_size() {
    let bounds = Bounds { start: [0, 0, 1], end: [4, 5, 7] };
    for space in spaces() {
        for plane in Plane::ALL {
            let whole = View::new(&space, plane, false);
            let view = whole.thinned(&bounds, 2);
            let [height, width] = view.size(&bounds);
            assert!(height <= 2 && width <= 2);
            let shape = bounds.shape();
            let mm = |view: &View, side: usize| view.spacing[side] / view.step[side] as f64;
            assert!((0..2).all(|side| (mm(&view, side) - mm(&whole, side)).abs() < 1e-12));
            let voxels = (0..shape.iter().product::<usize>()).map(|place| {
                let [_, rows, columns] = shape;
                [place / (rows * columns), place / columns % rows, place % columns + 1]
            });
            for index in voxels {
                let across = index[view.axes[0]];
                let full = Section::new(&voxel(index), &whole, across, &bounds);
                let thin = Section::new(&voxel(index), &view, across, &bounds);
                let place = |section: &Section| {
                    let spans: Vec<_> = section.spans().collect();
                    let [(row, columns)] = &spans[..] else { panic!("{spans:?}") };
                    assert_eq!(columns.len(), 1);
                    [*row, columns.start]
                };
                let [full, thin] = [place(&full), place(&thin)];
                assert_eq!([0, 1].map(|side| full[side] / view.step[side]), thin, "{index:?}");
                assert_eq!(whole.voxel_at(&bounds, across, full), index);
                let middle = view.voxel_at(&bounds, across, thin);
                let there = place(&Section::new(&voxel(middle), &view, across, &bounds));
                assert_eq!(there, thin);
            }
        }
    }
}

#[test]
fn a_terminal_gets_the_whole_file_in_pieces() {
    use base64::Engine;

    let space = Space::of_shape(SHAPE);
    let drawn = picture(&space, &[(voxel([2, 1, 5]), [255, 0, 0])], Style::default());
    let png = drawn.to_png().unwrap();
    let text = drawn.to_kitty(20).unwrap();
    assert!(text.starts_with("\x1b_Ga=T,f=100,c=20,m=1;"), "wider than 20 columns: {text:?}");
    assert!(drawn.to_kitty(200).unwrap().starts_with("\x1b_Ga=T,f=100,m=1;"));
    let mut encoded = String::new();
    let pieces: Vec<&str> = text.trim_end().split_terminator("\x1b\\").collect();
    for (place, piece) in pieces.iter().enumerate() {
        let (keys, data) = piece.split_once(';').unwrap();
        assert_eq!(keys.ends_with("m=0"), place + 1 == pieces.len(), "{keys}");
        assert!(data.len() <= 4096);
        encoded.push_str(data);
    }
    assert!(pieces.len() > 1);
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(encoded).unwrap(), png);
}
