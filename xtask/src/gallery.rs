//! `cargo xtask gallery`: pictures of a made-up case by the real command, and the page that shows them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use medmask_core::{LabelMap, Space, Voxels};
use medmask_nifti::{WriteOptions, read_header, write_mask};
use ndarray::Array3;

use crate::demo::make_case;
use crate::run::{Problem, built_command, root, run, target, typed};

/// A picture: its file, what it is, and how it is made.
struct Shown {
    file: &'static str,
    title: &'static str,
    text: &'static str,
    arguments: &'static [&'static str],
}

const SHOWN: [Shown; 6] = [
    Shown {
        file: "projection.png",
        title: "A case at a glance",
        text: "All structures from the front, shaded. `side` and `top` are the other sides.",
        arguments: &["view", "case.mska", "--project", "front", "--size", "360", "--no-legend"],
    },
    Shown {
        file: "montage.png",
        title: "Slices",
        text: "Slices evenly over the structures that were chosen, cut to what is there. Every structure has its own colour, else the one that \
               TotalSegmentator gives its name, else one made from it; volumes stand beside. Letters say where right, left, front and back are.",
        arguments: &[
            "view",
            "case.mska",
            "liver",
            "spleen",
            "stomach",
            "kidney_*",
            "vertebrae_*",
            "--slices",
            "4",
            "--size",
            "150",
        ],
    },
    Shown {
        file: "image.png",
        title: "On an image",
        text: "A grey image under the masks, here with outlines. `--window` says which values are black and white.",
        arguments: &[
            "view",
            "case.mska",
            "liver",
            "spleen",
            "kidney_*",
            "--image",
            "image.nii.gz",
            "--window",
            "680,500",
            "--contour",
            "--slices",
            "2",
            "--size",
            "180",
        ],
    },
    Shown {
        file: "planes.png",
        title: "Through a point",
        text: "The three planes through a point of the world, in mm.",
        arguments: &[
            "view",
            "case.mska",
            "liver",
            "spleen",
            "aorta",
            "vertebrae_*",
            "--at",
            "170,150,390",
            "--size",
            "170",
        ],
    },
    Shown {
        file: "coronal.png",
        title: "Another plane",
        text: "Coronal slices. Sagittal ones are seen from the patient's left, the front on the left.",
        arguments: &[
            "view",
            "case.mska",
            "liver",
            "spleen",
            "stomach",
            "--plane",
            "coronal",
            "--slices",
            "2",
            "--size",
            "150",
        ],
    },
    Shown {
        file: "agreement.png",
        title: "Where two segmentations agree",
        text: "What both have, what the first alone has and what the second alone has, in colours that colour-blind people tell apart.",
        arguments: &["diff", "case.mska", "second", "liver", "spleen", "--slices", "2", "--quiet"],
    },
];

/// What the second segmentation has in place of the first one's.
const SECOND: [(&str, &str); 2] = [("liver", "grow(liver, 4)"), ("spleen", "shrink(spleen, 4)")];

/// Makes case, pictures and page.
pub fn gallery() -> Result<(), Problem> {
    let medmask = built_command()?;
    let folder = target().join("gallery");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    make_case(&folder.join("case"), |_| {})?;
    write_image(&folder)?;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&medmask);
        command.current_dir(&folder).args(arguments);
        command
    };
    run(&mut command(&["pack", "case", "-o", "case.mska"]))?;
    std::fs::create_dir(folder.join("second"))?;
    for (name, expression) in SECOND {
        run(&mut command(&[
            "extract",
            "case.mska",
            expression,
            "-o",
            &format!("second/{name}.nii.gz"),
        ]))?;
    }
    let pictures = root().join("docs").join("gallery");
    std::fs::create_dir_all(&pictures)?;
    let mut page = String::from(
        "# Gallery\n\nPictures of a made-up case of 117 structures, as `cargo xtask gallery` draws them. `medmask help view` has all options;\n\
         in Python `archive.picture(…)` draws the same, and a notebook shows a picture of every archive and entry.\n",
    );
    for shown in &SHOWN {
        let output = if shown.arguments[0] == "diff" { "--picture" } else { "-o" };
        let mut drawing = command(shown.arguments);
        let _ = write!(
            page,
            "\n## {}\n\n{}\n\n```sh\n{}\n```\n\n![{}](gallery/{})\n",
            shown.title,
            shown.text,
            typed(drawing.args([output, shown.file])),
            shown.title,
            shown.file
        );
        println!("$ {}", typed(&drawing));
        // `diff` exits with 1 where it finds differences.
        drawing.status()?;
        std::fs::copy(folder.join(shown.file), pictures.join(shown.file))?;
    }
    std::fs::write(root().join("docs").join("gallery.md"), page)?;
    Ok(())
}

/// An image on the grid of the case: soft tissue that grows brighter to one side, and dark around the trunk.
fn write_image(folder: &Path) -> Result<(), Problem> {
    let space: Space = read_header(&folder.join("case").join("liver.nii.gz"), &Default::default())?
        .space()
        .clone();
    let [depth, height, width] = space.shape();
    let value = |(z, y, x): (usize, usize, usize)| {
        let [down, across] = [y as f64 / height as f64 - 0.5, x as f64 / width as f64 - 0.5];
        let inside = (down / 0.42).powi(2) + (across / 0.46).powi(2) < 1.0;
        // Grain that repeats nowhere near.
        let grain = (z * 7919 + y * 104_729 + x * 1_299_709) % 61;
        if inside { (520 + x + grain) as u16 } else { (40 + grain / 4) as u16 }
    };
    let voxels = Voxels::from(Array3::from_shape_fn((depth, height, width), value));
    let options = WriteOptions::default();
    write_mask(&folder.join("image.nii.gz"), &voxels, &LabelMap::new(), &space, &options)?;
    Ok(())
}
