//! `medmask bench-codecs`.

mod plot;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use medmask::CodecChoice;
use medmask::adapter::{Formats, NiftiAdapter};
use medmask::codec_comparison::{CODECS, Masks, Measurement};
use medmask::medmask_files::check_output;
use medmask::medmask_nifti::AssumeAffine;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::output::{self, plural};
use crate::output_names::check_no_mask;
use crate::progress;
use crate::reading::Reading;
use crate::table::Table;

/// Measure every codec on your own masks
#[derive(Args)]
#[command(long_about = "\
Measure every codec on your own masks: bytes, and the time to encode, to decode, to load one slice
and to load one mask.

Bytes are those of an archive of all masks, index included; --json and --csv have rates in MB/s, too. Raw is every mask as a dense array, a
byte for each voxel of a binary mask. Encoding starts from runs in memory; decoding ends in dense
arrays and reads from a file that the system has in memory. Slices and masks are those that are
not empty, and of their times the median is shown. One thread is used. Everything that is decoded
is compared with its source.")]
#[command(after_long_help = "\
EXAMPLES
  medmask bench-codecs segmentations/
  medmask bench-codecs case.mska --codec fastest --codec smallest --repeats 9
  medmask bench-codecs segmentations/ --csv --plot codecs.svg > codecs.csv")]
pub struct BenchCodecs {
    /// Mask files, folders of them, or archives
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Measure this codec; may be given several times [default: all]
    #[arg(long, value_name = "CODEC")]
    codec: Vec<CodecChoice>,
    /// How often each is measured; medians are shown
    #[arg(long, default_value = "5", value_name = "N")]
    repeats: NonZero<usize>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    /// Draw size against time to decode
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Replace the drawing if it is there
    #[arg(long, requires = "plot")]
    force: bool,
    #[command(flatten)]
    reading: Reading,
}

impl BenchCodecs {
    pub fn run(self, formats: &Formats) -> Result {
        if let Some(path) = &self.plot {
            check_no_mask(path, "a drawing", formats)?;
            check_svg(path)?;
            check_output(path, self.force)?;
        }
        let codecs = if self.codec.is_empty() { all_codecs()? } else { self.codec.clone() };
        let mut read = self.reading.options();
        // Where the voxels lie makes no difference here.
        read.assume_affine.get_or_insert(AssumeAffine::Pixdim);
        let memory = self.reading.memory;
        let formats = memory.formats(formats).with(NiftiAdapter::new(read));
        let mut masks = Masks::read(&self.inputs, &formats)?;
        masks.set_max_memory(memory.bytes());
        output::note_left_out(masks.left_out());
        let repeats = self.repeats.get();
        let bar = progress::bar(codecs.len() * repeats);
        let measure = |codec: CodecChoice| {
            bar.set_message(codec.to_string());
            masks.measure(codec, repeats, || bar.inc(1))
        };
        let measured: Result<Vec<Measurement>, _> = codecs.into_iter().map(measure).collect();
        bar.finish_and_clear();
        let measured = measured?;
        if let Some(path) = &self.plot {
            plot::write(path, &masks, &measured, self.force)?;
        }
        if self.json {
            output::print_json(&to_json(&masks, &measured, repeats))
        } else if self.csv {
            output::print(&csv(&masks, &measured).to_csv())
        } else {
            output::print(&to_text(&masks, &measured, repeats))
        }
    }
}

/// Refuses a name that says that the drawing is of another format.
fn check_svg(path: &Path) -> Result {
    if path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("svg")) {
        return Ok(());
    }
    let path = path.display();
    Err(Failure::usage(format!("{path}: drawings are SVG, and their names end in .svg")))
}

fn all_codecs() -> Result<Vec<CodecChoice>> {
    let parse = |text: &&str| text.parse().map_err(|error| Failure::new(format!("{error}")));
    CODECS.iter().map(parse).collect()
}

/// Rates and ratios of one codec.
struct Derived {
    times_smaller_than_raw: f64,
    times_smaller_than_nifti: Option<f64>,
    encode_mvoxel_s: f64,
    encode_mb_s: f64,
    decode_mvoxel_s: f64,
    decode_mb_s: f64,
}

impl Derived {
    fn new(masks: &Masks, measured: &Measurement) -> Self {
        let per_second = |amount: u64, time: Duration| amount as f64 / 1e6 / time.as_secs_f64();
        let (voxels, dense) = (masks.voxels(), masks.dense_bytes());
        let bytes = measured.bytes as f64;
        Self {
            times_smaller_than_raw: dense as f64 / bytes,
            times_smaller_than_nifti: masks.nifti_bytes().map(|nifti| nifti as f64 / bytes),
            encode_mvoxel_s: per_second(voxels, measured.encode),
            encode_mb_s: per_second(dense, measured.encode),
            decode_mvoxel_s: per_second(voxels, measured.decode),
            decode_mb_s: per_second(dense, measured.decode),
        }
    }
}

fn to_json(masks: &Masks, measured: &[Measurement], repeats: usize) -> Value {
    let codec = |measured: &Measurement| {
        let derived = Derived::new(masks, measured);
        json!({
            "codec": measured.codec.to_string(),
            "bytes": measured.bytes,
            "times_smaller_than_raw": derived.times_smaller_than_raw,
            "times_smaller_than_nifti": derived.times_smaller_than_nifti,
            "encode_ms": output::milliseconds(measured.encode),
            "encode_mvoxel_s": derived.encode_mvoxel_s,
            "encode_mb_s": derived.encode_mb_s,
            "decode_ms": output::milliseconds(measured.decode),
            "decode_mvoxel_s": derived.decode_mvoxel_s,
            "decode_mb_s": derived.decode_mb_s,
            "slice_us": output::milliseconds(measured.slice) * 1e3,
            "mask_us": output::milliseconds(measured.mask) * 1e3,
        })
    };
    json!({
        "masks": masks.count(),
        "non_empty": masks.non_empty(),
        "voxels": masks.voxels(),
        "raw_bytes": masks.dense_bytes(),
        "nifti_bytes": masks.nifti_bytes(),
        "repeats": repeats,
        "codecs": measured.iter().map(codec).collect::<Vec<_>>(),
    })
}

fn csv(masks: &Masks, measured: &[Measurement]) -> Table {
    let mut table = Table::new(&[
        "codec",
        "bytes",
        "times_smaller_than_raw",
        "times_smaller_than_nifti",
        "encode_ms",
        "encode_mvoxel_s",
        "encode_mb_s",
        "decode_ms",
        "decode_mvoxel_s",
        "decode_mb_s",
        "slice_us",
        "mask_us",
    ]);
    for measured in measured {
        let derived = Derived::new(masks, measured);
        table.row(vec![
            measured.codec.to_string(),
            measured.bytes.to_string(),
            derived.times_smaller_than_raw.to_string(),
            derived.times_smaller_than_nifti.map_or_else(String::new, |ratio| ratio.to_string()),
            output::milliseconds(measured.encode).to_string(),
            derived.encode_mvoxel_s.to_string(),
            derived.encode_mb_s.to_string(),
            output::milliseconds(measured.decode).to_string(),
            derived.decode_mvoxel_s.to_string(),
            derived.decode_mb_s.to_string(),
            (output::milliseconds(measured.slice) * 1e3).to_string(),
            (output::milliseconds(measured.mask) * 1e3).to_string(),
        ]);
    }
    table
}

/// What the columns are, below the table.
const COLUMNS: &str = "\
RATIO           how many times larger the masks are as raw voxels and as .nii.gz
ENCODE, DECODE  millions of voxels a second
SLICE, MASK     microseconds to load one
";

fn to_text(masks: &Masks, measured: &[Measurement], repeats: usize) -> String {
    let mut table = Table::new(&[
        "CODEC",
        ">BYTES",
        ">RAW RATIO",
        ">NII.GZ RATIO",
        ">ENCODE",
        ">DECODE",
        ">SLICE US",
        ">MASK US",
    ]);
    let rate = |rate: f64| output::count(rate.round() as u64);
    for measured in measured {
        let derived = Derived::new(masks, measured);
        table.row(vec![
            measured.codec.to_string(),
            output::count(measured.bytes),
            format!("{:.1}", derived.times_smaller_than_raw),
            derived
                .times_smaller_than_nifti
                .map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}")),
            rate(derived.encode_mvoxel_s),
            rate(derived.decode_mvoxel_s),
            rate(output::milliseconds(measured.slice) * 1e3),
            rate(output::milliseconds(measured.mask) * 1e3),
        ]);
    }
    let nifti = masks
        .nifti_bytes()
        .map_or_else(String::new, |bytes| format!(", {} as .nii.gz", output::bytes(bytes)));
    format!(
        "{}, {} not empty; {} raw{nifti}; medians of {}\n\n{}\n{COLUMNS}",
        plural(masks.count(), "mask", "masks"),
        output::count(masks.non_empty() as u64),
        output::bytes(masks.dense_bytes()),
        plural(repeats, "repeat", "repeats"),
        table.to_text(),
    )
}
