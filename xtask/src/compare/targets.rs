//! What medmask set out to reach, and whether it does. The limits are for the real case, s0000.

use super::figures::{Figures, median};
use super::systems::ORIGINAL;
use super::tables::{grouped, time};

/// The targets with their figures, as Markdown.
pub fn report(figures: &Figures) -> String {
    let mut report = Report { figures, text: String::new(), held: 0, count: 0 };
    report.text += "| target | limit | figure | holds |\n|---|--:|--:|---|\n";
    report.bytes("archive, `transitions`", "transitions", "write_masks", 18_000);
    report.bytes("archive, `context`", "context", "write_masks", 10_500);
    report.bytes("merged volume, `transitions`", "transitions", "write_merged", 17_500);
    report.bytes("merged volume, `context`", "context", "write_merged", 9_400);
    report.ratio("all to dense arrays, `transitions`", "transitions", "read_masks", 0.25);
    report.ratio("all to dense arrays, `context`", "context", "read_masks", 1.0);
    report.ratio("open and load one, `transitions`", "transitions", "read_one", 0.1);
    report.ratio("open and load one, `runs`", "runs", "read_one", 0.1);
    report.ratio("merged volume, `runs`, new memory", "runs", "read_merged", 0.5);
    report.ratio("merged volume, `runs`, memory used before", "runs", "decode_merged", 0.5);
    report.merged_rate(100e6);
    report.ratio("folder to archive, `transitions`", "transitions", "pack", 0.2);
    report.slices("transitions", 46e-6);
    report.slices("runs", 100e-6);
    format!("{}\n{} of {} targets hold.\n", report.text, report.held, report.count)
}

struct Report<'a> {
    figures: &'a Figures,
    text: String,
    held: usize,
    count: usize,
}

impl Report<'_> {
    fn line(&mut self, what: &str, limit: &str, figure: &str, holds: bool) {
        let answer = if holds { "yes" } else { "NO" };
        self.text += &format!("| {what} | {limit} | {figure} | {answer} |\n");
        self.held += usize::from(holds);
        self.count += 1;
    }

    fn bytes(&mut self, what: &str, codec: &str, operation: &str, limit: u64) {
        let bytes = self.figures.bytes(codec, operation);
        let limit_text = format!("<= {}", grouped(limit));
        self.line(&format!("bytes: {what}"), &limit_text, &grouped(bytes), bytes <= limit);
    }

    /// Ours divided by the original's, measured in turns. The original always takes new memory.
    fn ratio(&mut self, what: &str, codec: &str, operation: &str, limit: f64) {
        let ours = self.figures.seconds(codec, operation);
        let original =
            self.figures.seconds(ORIGINAL, operation.replace("decode_", "read_").as_str());
        let ratio = ours / original;
        let figure = format!("{ratio:.3} ({} / {})", time(ours), time(original));
        let what = format!("time, of the original's: {what}");
        self.line(&what, &format!("<= {limit}"), &figure, ratio <= limit);
    }

    fn merged_rate(&mut self, limit: f64) {
        let rate = self.figures.grid_voxels() / self.figures.seconds("context", "decode_merged");
        let figure = format!("{:.0} M voxel/s", rate / 1e6);
        let limit_text = format!(">= {:.0} M voxel/s", limit / 1e6);
        self.line(
            "merged volume to dense, `context`, memory used before",
            &limit_text,
            &figure,
            rate >= limit,
        );
    }

    fn slices(&mut self, codec: &str, limit: f64) {
        let slices = self.figures.parts(codec, "slices");
        let within = slices.iter().filter(|seconds| **seconds <= limit).count();
        let figures =
            [("median", median(slices.clone())), ("worst", *slices.last().unwrap_or(&f64::NAN))];
        for (which, seconds) in figures {
            let what = format!("one slice of one mask, `{codec}`, {which}");
            let share = format!("{} ({within} of {} within)", time(seconds), slices.len());
            self.line(&what, &format!("<= {}", time(limit)), &share, seconds <= limit);
        }
    }
}
