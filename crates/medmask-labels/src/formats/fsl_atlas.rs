//! FSL's description of an atlas, in XML.
//!
//! ```xml
//! <atlas>
//!   <header><type>Label</type></header>
//!   <data><label index="1" x="48" y="94" z="35">Frontal Pole</label></data>
//! </atlas>
//! ```
//!
//! In an atlas of type Label an index is a label. In a probabilistic one it counts volumes from 0, and the label of its
//! summary volumes is one more. A `value` says the label itself. Colours have no place in it.

use std::fmt::Write;

use medmask_core::LabelMap;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use super::format::{Format, Parsed};
use super::values::parse_label;
use super::writing::check_trimmed;
use crate::error::Problem;
use crate::label_format::LabelFormat;
use crate::parsed::{Collector, Colour, Note, Row, sounds_like_background};

pub(super) const FORMAT: Format = Format { parse, format };

/// What the file says, in its order.
#[derive(Default)]
struct Atlas {
    kind: String,
    labels: Vec<Label>,
}

#[derive(Default)]
struct Label {
    index: String,
    value: Option<String>,
    name: String,
}

fn parse(text: &str) -> Parsed {
    let atlas = Atlas::read(text)?;
    let mut table = Collector::default();
    let kind = atlas.kind.trim().to_lowercase();
    let counted_from_one = match kind.as_str() {
        "label" => false,
        // A region with index 0 has a label, too.
        "" => atlas
            .labels
            .iter()
            .any(|label| label.index.trim() == "0" && !sounds_like_background(&label.name)),
        _ => true,
    };
    if kind.is_empty() && counted_from_one {
        table.note(Note::CountedFromOne);
    }
    for Label { index, value, name } in &atlas.labels {
        let label = match value {
            Some(value) => parse_label(value.trim()).ok(),
            None => parse_label(index.trim())
                .ok()
                .and_then(|index| index.checked_add(counted_from_one.into())),
        };
        let name = name.trim();
        match label {
            Some(label) => {
                table.add(&Row { line: None, label, name, colour: Colour::None });
            }
            None => table.leave_out(Problem::Value { key: name.to_owned(), value: index.clone() }),
        }
    }
    table.finish()
}

/// Where the reader is.
enum Inside {
    Nothing,
    Type,
    Label(Label),
}

impl Atlas {
    fn read(xml: &str) -> Result<Self, Problem> {
        let mut reader = Reader::from_str(xml);
        let (mut atlas, mut inside) = (Self::default(), Inside::Nothing);
        let mut found = false;
        loop {
            let event = reader.read_event().map_err(|error| Problem::Xml(error.to_string()))?;
            match event {
                Event::Start(element) => match element.name().as_ref() {
                    "atlas" | "data" => found = true,
                    "type" => inside = Inside::Type,
                    "label" => inside = Inside::Label(Label::of(&element)),
                    _ => {}
                },
                Event::Text(text) => atlas.append(&mut inside, &text),
                Event::CData(text) => atlas.append(&mut inside, &text),
                Event::GeneralRef(entity) => atlas.append(&mut inside, &resolve(&entity)),
                Event::End(_) => {
                    if let Inside::Label(label) = std::mem::replace(&mut inside, Inside::Nothing) {
                        atlas.labels.push(label);
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if found { Ok(atlas) } else { Err(Problem::Xml("it has no element atlas".to_owned())) }
    }

    fn append(&mut self, inside: &mut Inside, text: &str) {
        match inside {
            Inside::Nothing => {}
            Inside::Type => self.kind.push_str(text),
            Inside::Label(label) => label.name.push_str(text),
        }
    }
}

impl Label {
    fn of(element: &BytesStart<'_>) -> Self {
        let attribute = |name: &str| {
            let attribute = element.try_get_attribute(name).ok()??;
            Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
        };
        let (index, value) = (attribute("index").unwrap_or_default(), attribute("value"));
        Self { index, value, name: String::new() }
    }
}

/// The text that `&entity;` stands for; an unknown one stays as it is.
fn resolve(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return letter.to_string();
    }
    escape::resolve_predefined_entity(entity)
        .map_or_else(|| format!("&{};", &**entity), ToOwned::to_owned)
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<atlas version=\"1.0\">\n<header>\n\
         <type>Label</type>\n</header>\n<data>\n",
    );
    for (name, label) in labels.iter() {
        check_trimmed(name, LabelFormat::FslAtlas)?;
        let name = escape::escape(name);
        // Writing to a string cannot fail.
        let _infallible =
            writeln!(xml, "<label index=\"{label}\" x=\"0\" y=\"0\" z=\"0\">{name}</label>");
    }
    xml.push_str("</data>\n</atlas>\n");
    Ok(xml)
}
