//! `view --image`: greys under masks, at their places.

use std::path::Path;

use medmask::Space;

use crate::files::{SHAPE, fail, medmask, packed, space, succeed};
use crate::grey::{number, write_image};

/// A decoded PNG.
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub colours: Vec<[u8; 3]>,
}

impl Pixels {
    pub fn read(path: &Path) -> Self {
        let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes.chunks(info.color_type.samples());
        Self {
            width: info.width as usize,
            height: info.height as usize,
            colours: pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        }
    }

    pub fn at(&self, y: usize, x: usize) -> [u8; 3] {
        self.colours[y * self.width + x]
    }
}

/// The greys of slice 2 of the case, voxel after voxel: z goes up, y back and x to the left of the patient, each nearly.
fn greys(at: &Path, more: &[&str]) -> Vec<[u8; 3]> {
    let arguments = ["view", "case.mska", "liver", "--slices", "1", "--size", "210"];
    let plain = ["--opacity", "0", "--no-legend", "-o", "x.png", "--force"];
    succeed(at, &[&arguments[..], &plain, more].concat());
    let pixels = Pixels::read(&at.join("x.png"));
    // 7 voxels of 1.5 mm and 8 of 1 mm, with 20 pixels for a mm, and a gap of 6 around them.
    assert_eq!((pixels.width, pixels.height), (160 + 12, 210 + 20 + 12));
    let places = (0..7).flat_map(|y| (0..8).map(move |x| (y, x)));
    // Beside the middle, where letters stand.
    places.map(|(y, x)| pixels.at(26 + 30 * y + 26, 6 + 20 * x + 17)).collect()
}

fn wanted(value: impl Fn(usize, usize) -> f64, [black, white]: [f64; 2]) -> Vec<f64> {
    let places = (0..7).flat_map(|y| (0..8).map(move |x| (y, x)));
    let grey = |value: f64| ((value - black) / (white - black) * 255.0).clamp(0.0, 255.0);
    places.map(|(y, x)| grey(value(y, x))).collect()
}

/// Where a letter or the scale bar hides the image is left out.
fn close(found: &[[u8; 3]], wanted: &[f64]) {
    let is_equal = |(found, wanted): (&[u8; 3], &f64)| {
        found.iter().all(|channel| (f64::from(*channel) - wanted).abs() <= 0.6)
    };
    let equal = found.iter().zip(wanted).filter(|pair| is_equal(*pair)).count();
    assert!(equal >= 50, "{equal} of 56: {found:?} {wanted:?}");
}

#[test]
fn an_image_lies_under_the_masks_on_their_grid_and_on_another() {
    let (folder, _) = packed();
    let at = folder.path();
    write_image(&at.join("ct.nii"), &space(), 2.0, -1000.0);
    let found = greys(at, &["--image", "ct.nii", "--window", "266,160"]);
    let value = |y: f64, x: usize| (600.0 + 10.0 * y + x as f64) * 2.0 - 1000.0;
    close(&found, &wanted(|y, x| value(y as f64, x), [186.0, 346.0]));
    // Half a voxel further back; the first row lies before the centre of the image's first, which goes on there.
    let own = space();
    let moved = own.index_to_world([0.0, 0.5, 0.0]);
    let other = Space::new(SHAPE, own.spacing(), moved, own.direction()).unwrap();
    write_image(&at.join("other.nii"), &other, 2.0, -1000.0);
    let found = greys(at, &["--image", "other.nii", "--window", "266,160"]);
    close(&found, &wanted(|y, x| value((y as f64 - 0.5).max(0.0), x), [186.0, 346.0]));
    // The image shines through the masks by half.
    let arguments = ["view", "case.mska", "liver", "--slices", "1", "--size", "210"];
    let image = ["--image", "ct.nii", "--window", "266,160", "-o", "half.png"];
    succeed(at, &[&arguments[..], &image].concat());
    let liver = f64::from(number(2, 4, 2)) * 2.0 - 1000.0;
    let grey = ((liver - 186.0) / 160.0 * 255.0).round();
    let pixel = Pixels::read(&at.join("half.png")).at(26 + 30 * 4 + 26, 6 + 20 * 2 + 17);
    let own = [40.0, 140.0, 40.0];
    for (found, colour) in pixel.into_iter().zip(own) {
        assert!((f64::from(found) - f64::midpoint(grey, colour)).abs() <= 1.0, "{pixel:?}");
    }
}

#[test]
fn the_window_follows_from_the_values_and_is_told() {
    let (folder, _) = packed();
    let at = folder.path();
    let note = |image: &str, more: &[&str]| {
        let arguments = ["view", "case.mska", "liver", "--slices", "1", "-o", "x.png", "--force"];
        let outcome = medmask(at, &[&arguments[..], &["--image", image], more].concat());
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.err
    };
    write_image(&at.join("ct.nii"), &space(), 1.0, -1024.0);
    assert!(
        note("ct.nii", &[]).contains("black at -160 and white at 240, as with --window 40,400")
    );
    assert_eq!(note("ct.nii", &["--window", "-600,1500"]), "");
    assert_eq!(note("ct.nii", &["--quiet"]), "");
    // Of the 56 values 600, 601, ... 666 and 667 that are shown, the 1st percentile has rank 0.55 and the 99th 54.45.
    write_image(&at.join("mr.nii"), &space(), 1.0, 0.0);
    let told = note("mr.nii", &[]);
    assert!(
        told.contains("black at 600.55 and white at 666.45, as with --window 633.5,65.9"),
        "{told}"
    );
    close(
        &greys(at, &["--image", "mr.nii"]),
        &wanted(|y, x| f64::from(number(2, y, x)), [600.55, 666.45]),
    );
    // All three planes through a point have one window.
    let point = space().index_to_world([2.0, 3.0, 2.0]).map(|mm| mm.to_string()).join(",");
    let arguments =
        ["view", "case.mska", "liver", "--at", &point, "--image", "mr.nii", "-o", "at.svg"];
    succeed(at, &arguments);
}

#[test]
fn an_image_that_cannot_lie_under_the_masks_is_refused() {
    let (folder, _) = packed();
    let at = folder.path();
    let own = space();
    let moved = own.index_to_world([40.0, 0.0, 0.0]);
    let elsewhere = Space::new(SHAPE, own.spacing(), moved, own.direction()).unwrap();
    write_image(&at.join("far.nii"), &elsewhere, 1.0, 0.0);
    write_image(&at.join("ct.nii"), &own, 1.0, 0.0);
    let with =
        |more: &[&'static str]| [&["view", "case.mska", "liver", "-o", "x.png"][..], more].concat();
    // From the first slice of liver, 1, to the outer face of slice 40, at 39.5: 38.5 slices of 2 mm.
    let parts = ["far.nii", "does not cover what is drawn", "77.0 mm"];
    fail(at, &with(&["--image", "far.nii"]), 1, &parts);
    fail(at, &with(&["--image", "none.nii"]), 1, &["none.nii"]);
    fail(at, &with(&["--image", "case.mska"]), 1, &["case.mska", "not an image"]);
    for wrong in [
        &["--image", "ct.nii", "--project", "front"][..],
        &["--window", "40,400"],
        &["--image", "ct.nii", "--window", "40"],
        &["--image", "ct.nii", "--window", "40,0"],
        &["--image", "ct.nii", "--window", "nan,400"],
        &["--image", "ct.nii", "--window", "40,-1"],
    ] {
        assert_eq!(medmask(at, &with(wrong)).code, 2, "{wrong:?}");
    }
    assert!(!at.join("x.png").exists());
}
