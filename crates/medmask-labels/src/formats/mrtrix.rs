//! MRtrix's look-up tables, and lists of labels and names alone.
//!
//! ```text
//! 1    PREL        Precentral_L            243 231 117 255
//! 2    F1L         Frontal_Sup_L           212 91  65  255
//! ```
//!
//! A short name before the name may be missing, and the colour; the last column is an opacity: 255 is opaque. The tables of AAL have a
//! short name, a name and then the label.

use super::colour_table;
use super::columns::Table;
use super::format::{Format, Parsed};
use super::line::{Alpha, cells};
use super::values::{comments_have, is_number, lines, parse_label};
use crate::label_format::LabelFormat;
use crate::parsed::{Collector, Colour, Row};

const HEAD: &str = "# LABEL NAME R G B A, where A is an opacity: 255 is opaque";

pub(super) const FORMAT: Format = Format {
    parse,
    format: |labels| colour_table::format(labels, LabelFormat::Mrtrix, HEAD, Alpha::Opacity),
};

fn parse(text: &str) -> Parsed {
    let table = Table::of(text);
    if table.lines.is_empty()
        && let Some(found) = aal(text)
    {
        return found;
    }
    table.collect(table.layout(true), Alpha::Opacity)
}

/// The tables of AAL; `None` where the text is none.
fn aal(text: &str) -> Option<Parsed> {
    let mut table = Collector::default();
    for (line, text) in lines(text) {
        let [short, name, label] = cells(text)[..] else { return None };
        if is_number(short) || is_number(name) {
            return None;
        }
        let label = parse_label(label).ok()?;
        table.add(&Row { line: Some(line), label, name, colour: Colour::None });
    }
    Some(table.finish())
}

/// Whether comments say that the last column is an opacity.
pub(super) fn is_named(text: &str) -> bool {
    comments_have(text, "opacity")
}

/// Whether all lines are of AAL.
pub(super) fn is_aal(text: &str) -> bool {
    lines(text).next().is_some() && aal(text).is_some()
}
