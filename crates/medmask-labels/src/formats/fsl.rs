//! The look-up table of FSLeyes (`.lut`).
//!
//! ```text
//! 1  0.00000 0.93333 0.00000 Frontal Pole
//! 2  0.62745 0.32157 0.17647 Insular Cortex
//! ```
//!
//! Red, green and blue are shares of 1; where one is larger, all of the table are taken for 0 to 255. It has no opacity.

use std::fmt::Write;

use medmask_core::{LabelEntry, LabelMap};

use super::format::{Format, Parsed};
use super::values::{channel_of_share, is_number, lines, parse_channel, parse_label};
use super::writing::check_trimmed;
use crate::error::Problem;
use crate::label_format::LabelFormat;
use crate::parsed::{Collector, Row};

pub(super) const FORMAT: Format = Format { parse, format };

/// Whether most lines are a label, three numbers and a name.
pub(super) fn recognises(text: &str) -> bool {
    let (mut all, mut fit) = (0, 0);
    for (_, line) in lines(text) {
        all += 1;
        fit += usize::from(columns(line).is_some_and(|([_, rgb @ ..], name)| {
            let fractions = rgb.iter().any(|channel| channel.contains('.'));
            let word = name.split_whitespace().next();
            word.is_some_and(|word| fractions || !is_number(word))
        }));
    }
    fit * 2 > all
}

/// The label and three colours, and the name behind them.
fn columns(line: &str) -> Option<([&str; 4], &str)> {
    let mut rest = line;
    let mut numbers = [""; 4];
    for number in &mut numbers {
        let (column, after) = rest.split_once(char::is_whitespace)?;
        if !is_number(column) {
            return None;
        }
        *number = column;
        rest = after.trim_start();
    }
    Some((numbers, rest))
}

fn parse(text: &str) -> Parsed {
    let large = lines(text).filter_map(|(_, line)| columns(line)).any(|([_, rgb @ ..], _)| {
        rgb.iter().any(|channel| channel.parse::<f64>().is_ok_and(|channel| channel > 1.0))
    });
    let channel = if large { parse_channel } else { channel_of_share };
    let mut table = Collector::default();
    for (number, line) in lines(text) {
        let row = columns(line).ok_or("expected LABEL R G B NAME").and_then(|(numbers, name)| {
            let [label, rgb @ ..] = numbers;
            let [red, green, blue] = rgb.map(channel);
            let colour = || Some([red?, green?, blue?, 255]);
            let label = parse_label(label)?;
            Ok(Row { line: Some(number), label, name, colour: colour().into() })
        });
        match row {
            Ok(row) => drop(table.add(&row)),
            Err(reason) => table.garbled(number, reason),
        }
    }
    table.finish()
}

/// In the order of labels, which FSLeyes asks for.
fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut entries: Vec<&LabelEntry> = labels.entries().collect();
    entries.sort_unstable_by_key(|entry| entry.label());
    let mut text = String::new();
    for entry in entries {
        let (label, name) = (entry.label(), entry.name());
        check_trimmed(name, LabelFormat::Fsl)?;
        let [red, green, blue, _] =
            entry.colour_or_distinct().map(|channel| f64::from(channel) / 255.0);
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{label} {red:.5} {green:.5} {blue:.5} {name}");
    }
    Ok(text)
}
