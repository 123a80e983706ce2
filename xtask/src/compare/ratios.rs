//! Sets of any kind as Markdown: ours against the peer that takes the fewest bytes.

use super::figures::{Figures, median};
use super::sets::Form;
use super::systems::{PEERS, SETTINGS};
use super::tables::{grouped, machine, name, time};

/// One form of one set.
struct Line<'a> {
    figures: &'a Figures,
    form: Form,
    /// The peer that takes the fewest bytes.
    peer: &'static str,
}

impl<'a> Line<'a> {
    /// Those of a set, as far as any peer can store it.
    fn all(figures: &'a Figures) -> impl Iterator<Item = Self> {
        Form::all(figures).into_iter().filter_map(move |form| {
            let bytes = |peer: &str| figures.bytes(peer, form.write());
            let peers = PEERS.into_iter().filter(|peer| bytes(peer) > 0);
            Some(Self { figures, form, peer: peers.min_by_key(|peer| bytes(peer))? })
        })
    }

    fn name(&self) -> String {
        let described = &self.figures.described;
        let (masks, labels) = (&described["masks"], &described["labels"]);
        let form = match self.form {
            Form::Masks => format!("{masks} masks"),
            Form::Merged if *labels == 1 => "1 label".to_owned(),
            Form::Merged => {
                format!("{} labels in one volume", grouped(labels.as_u64().unwrap_or(0)))
            }
        };
        format!("{}: {form}", self.figures.what)
    }

    fn bytes(&self, system: &str) -> u64 {
        self.figures.bytes(system, self.form.write())
    }

    /// Ours divided by the peer's.
    fn bytes_ratio(&self, setting: &str) -> f64 {
        self.bytes(setting) as f64 / self.bytes(self.peer) as f64
    }

    fn seconds(&self, system: &str) -> f64 {
        self.figures.seconds(system, self.form.read())
    }

    /// Ours divided by the peer's.
    fn time_ratio(&self, setting: &str) -> f64 {
        self.seconds(setting) / self.seconds(self.peer)
    }
}

/// What was measured, how, and the ratios.
pub fn markdown(measured: &[Figures]) -> String {
    let lines: Vec<Line<'_>> = measured.iter().flat_map(Line::all).collect();
    let mut text = format!(
        "Other kinds of masks, against whatever of the others takes the fewest bytes for each, with its axes in the order that \
         suits it best. Measured by `cargo xtask compare`. {}; one thread for each system; whole files, with names, statistics and geometry in medmask's; \
         reading is to dense arrays, medians. Ratios are ours to the other's: where one is **bold**, medmask loses.\n\n",
        machine()
    );
    text += "| | smallest other | bytes | read |";
    for setting in SETTINGS {
        text += &format!(" `{setting}`, bytes | ratio | read |");
    }
    text += &format!("\n|---|---|--:|--:|{}\n", "--:|--:|--:|".repeat(SETTINGS.len()));
    for line in &lines {
        let (bytes, seconds) = (grouped(line.bytes(line.peer)), time(line.seconds(line.peer)));
        let peer = name(line.figures, line.peer);
        text += &format!("| {} | {peer} | {bytes} | {seconds} |", line.name());
        for setting in SETTINGS {
            let (bytes, ratio) = (grouped(line.bytes(setting)), ratio(line.bytes_ratio(setting)));
            text += &format!(" {bytes} | {ratio} | {} |", self::ratio(line.time_ratio(setting)));
        }
        text.push('\n');
    }
    text.push('\n');
    for setting in SETTINGS {
        text += &summary(&lines, setting);
    }
    text
}

/// How often one of our settings wins.
fn summary(lines: &[Line<'_>], setting: &str) -> String {
    let bytes: Vec<f64> = lines.iter().map(|line| line.bytes_ratio(setting)).collect();
    let times: Vec<f64> = lines.iter().map(|line| line.time_ratio(setting)).collect();
    let wins = |ratios: &[f64]| ratios.iter().filter(|ratio| **ratio < 1.0).count();
    format!(
        "- `{setting}` takes fewer bytes than every other in {} of {} rows (median ratio {}), and is read faster than the smallest \
         other in {} (median ratio {}).\n",
        wins(&bytes),
        lines.len(),
        ratio(median(bytes.clone())),
        wins(&times),
        ratio(median(times.clone())),
    )
}

/// The bytes of all, and what some could not do.
pub fn bytes(measured: &[Figures]) -> String {
    let systems = || SETTINGS.into_iter().chain(PEERS);
    let mut text = "| bytes |".to_owned();
    for system in systems() {
        text += &format!(" {system} |");
    }
    text += &format!("\n|---|{}\n", "--:|".repeat(systems().count()));
    for line in measured.iter().flat_map(Line::all) {
        text += &format!("| {} |", line.name());
        for system in systems() {
            let bytes = line.bytes(system);
            let shown = if bytes > 0 { grouped(bytes) } else { "none".to_owned() };
            text += &format!(" {shown} |");
        }
        text.push('\n');
    }
    let failures = measured.iter().flat_map(|figures| &figures.failures);
    failures.fold(text, |text, failure| text + "\nfailed: " + failure)
}

/// Two digits that count; bold where ours is the larger.
fn ratio(ratio: f64) -> String {
    let decimals = match ratio {
        ratio if ratio.is_nan() => return "not measured".to_owned(),
        ratio if ratio < 0.1 => 3,
        ratio if ratio < 2.0 => 2,
        ratio if ratio < 10.0 => 1,
        _ => 0,
    };
    let text = format!("{ratio:.decimals$}");
    if ratio > 1.0 { format!("**{text}**") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn measured() -> Figures {
        let described = json!({"masks": 1, "labels": 1, "shape": [1, 2, 3], "versions": {}});
        let mut figures = Figures::new("cells".to_owned(), described);
        let all = [("smallest", 90, 3.0), ("default", 250, 1.0), ("fastest", 1000, 0.1)];
        for (system, bytes, seconds) in
            all.into_iter().chain([("xz", 120, 9.0), ("zarr", 100, 2.0)])
        {
            figures.add(system, "write_merged", &json!({"seconds": [1.0], "bytes": bytes}));
            figures.add(system, "read_merged", &json!({"seconds": [seconds]}));
        }
        figures
    }

    #[test]
    fn ours_are_compared_with_the_smallest_other() {
        let text = markdown(&[measured()]);
        let row = "| cells: 1 label | zarr ? (format 3, zstd 9) | 100 | 2.0 s | 90 | 0.90 | **1.50** | 250 | **2.5** | 0.50 \
                   | 1,000 | **10** | 0.050 |";
        assert!(text.contains(row), "{text}");
        assert!(
            text.contains("`default` takes fewer bytes than every other in 0 of 1 rows"),
            "{text}"
        );
    }

    #[test]
    fn what_a_system_cannot_do_is_told() {
        let mut figures = measured();
        figures.forget("zarr", "write_merged");
        figures.failures.push("cells: zarr is ill".to_owned());
        assert!(markdown(&[figures]).contains("| voxels behind xz -9e | 120 |"));
        let mut figures = measured();
        figures.failures.push("cells: crackle is ill".to_owned());
        let text = bytes(&[figures]);
        assert!(text.contains("| cells: 1 label | 90 | 250 | 1,000 |") && text.contains("none |"));
        assert!(text.ends_with("failed: cells: crackle is ill"), "{text}");
    }
}
