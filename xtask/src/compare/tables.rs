//! The figures as Markdown.

use serde_json::Value;

use super::figures::Figures;
use super::systems::{CODECS, ORIGINAL, PEERS};

/// The whole of the README's block: what was measured, how, and the tables.
pub fn markdown(figures: &Figures) -> String {
    let mut text = introduction(figures);
    let masks = &figures.described["masks"];
    text += &format!(
        "\n| | {masks} masks, bytes | write | read all | read one | merged volume, bytes | write | read |\n"
    );
    text += "|---|--:|--:|--:|--:|--:|--:|--:|\n";
    for codec in CODECS {
        text += &row(figures, &format!("**medmask, `{codec}`**"), codec);
    }
    for system in [ORIGINAL].into_iter().chain(PEERS) {
        text += &row(figures, &name(figures, system), system);
    }
    text += "\nWithout names and geometry: crackle, compresso, blosc2, zstd, xz. All brought back every voxel.\n";
    text + &against_original(figures)
}

fn introduction(figures: &Figures) -> String {
    let described = &figures.described;
    let shape: Vec<String> =
        described["shape"].as_array().into_iter().flatten().map(Value::to_string).collect();
    let (masks, labels) = (&described["masks"], &described["labels"]);
    format!(
        "Measured by `cargo xtask compare` on {}: {masks} binary masks of {} voxels (z, y, x), {} of them not empty, and the \
         same painted into one volume of {labels} labels. {}; one thread for each system, \
         but that medmask loads a large mask with all cores; everything in one run, medians; files in the system's cache; \
         large arrays in fresh memory. Writing is from dense \
         arrays to files, and medmask's alone waits for the disk; reading is to dense arrays, all of them kept.\n",
        figures.what,
        shape.join(" x "),
        described["non_empty"],
        machine(),
    )
}

/// What measures.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let unit = if cores == 1 { "core" } else { "cores" };
    format!("A machine with {cores} {unit}, {}", std::env::consts::ARCH)
}

/// What a system is called in the table, with its version.
pub fn name(figures: &Figures, system: &str) -> String {
    let version = |package: &str| {
        format!("{package} {}", figures.described["versions"][package].as_str().unwrap_or("?"))
    };
    match system {
        "nibabel" => format!("`.nii.gz`, {}", version("nibabel")),
        "SimpleITK" => format!("`.seg.nrrd`, {}", version("SimpleITK")),
        "zarr" => format!("{} (format 3, zstd 9)", version("zarr")),
        "blosc2" => format!("{} (bit-shuffle, zstd 9)", version("blosc2")),
        "crackle" => format!("{} (order 0 or 3)", version("crackle-codec")),
        "crackle+zstd-19" => "crackle, then zstd 19".to_owned(),
        "compresso+zstd-19" => format!("{}, then zstd 19", version("compresso")),
        "xz" => "voxels behind xz -9e".to_owned(),
        system if system == ORIGINAL => {
            format!("medmask {} (Python)", version("medmask").trim_start_matches("medmask "))
        }
        system => format!("voxels behind {}", system.replace('-', " ")),
    }
}

fn row(figures: &Figures, name: &str, system: &str) -> String {
    let time = |operation| time(figures.seconds(system, operation));
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} |\n",
        grouped(figures.bytes(system, "write_masks")),
        time("write_masks"),
        time("read_masks"),
        time("read_one"),
        grouped(figures.bytes(system, "write_merged")),
        time("write_merged"),
        time("read_merged"),
    )
}

/// What is asked of medmask and not of the others.
fn against_original(figures: &Figures) -> String {
    let mut text =
        "\n| | folder of `.nii.gz` to archive, one thread | one slice of one mask, median | worst \
                    | merged volume into memory used before |\n\
                    |---|--:|--:|--:|--:|\n"
            .to_owned();
    for codec in CODECS {
        let slices = figures.parts(codec, "slices");
        let worst = slices.last().copied().unwrap_or(f64::NAN);
        text += &format!(
            "| **medmask, `{codec}`** | {} | {} | {} | {} |\n",
            time(figures.seconds(codec, "pack")),
            time(super::figures::median(slices)),
            time(worst),
            time(figures.seconds(codec, "decode_merged"))
        );
    }
    let pack = time(figures.seconds(ORIGINAL, "pack"));
    text + &format!("| {}, reading by nibabel | {pack} | | | |\n", name(figures, ORIGINAL))
}

/// At least two digits and a unit.
pub fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        seconds if seconds.is_nan() => return "not measured".to_owned(),
        seconds if seconds < 1e-3 => (seconds * 1e6, "µs"),
        seconds if seconds < 1.0 => (seconds * 1e3, "ms"),
        seconds => (seconds, "s"),
    };
    let decimals = usize::from(value < 10.0);
    format!("{value:.decimals$} {unit}")
}

/// Digits in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([7, 999, 1000, 1_234_567].map(grouped), ["7", "999", "1,000", "1,234,567"]);
        let times = [4.26e-5, 0.0123, 0.00123, 2.04, f64::NAN].map(time);
        assert_eq!(times, ["43 µs", "12 ms", "1.2 ms", "2.0 s", "not measured"]);
    }
}
