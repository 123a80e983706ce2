//! The label table that TotalSegmentator and Connectome Workbench keep in a header extension.
//!
//! An XML element `CaretExtension` holds `VolumeInformation`, that `LabelTable`, and that one `Label` for
//! each name, with the attributes Key (the label), Red, Green, Blue and Alpha (0 to 1). TotalSegmentator
//! looks at the first extension only and writes code 0; Workbench looks for code 30. Both are written, and
//! every code is read.

use std::fmt::Write;

use medmask_core::{LabelMap, quoted};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

/// The code that TotalSegmentator gives its extension.
const TOTALSEGMENTATOR_CODE: i32 = 0;
/// The code registered for Caret and Connectome Workbench.
const WORKBENCH_CODE: i32 = 30;

/// A label table and what could not be used of it.
#[derive(Debug, Default)]
pub(crate) struct LabelTable {
    pub names: LabelMap,
    pub problems: Vec<String>,
}

/// The label table of volume `volume` in an extension's bytes, if it holds one; else the only one there is.
pub(crate) fn parse_label_table(data: &[u8], volume: usize) -> Option<LabelTable> {
    let text = String::from_utf8_lossy(data);
    let start = text.find("<CaretExtension")?;
    let mut tables = parse_tables(&text[start..]);
    match tables.iter().position(|(index, _)| *index == Some(volume)) {
        Some(place) => Some(tables.swap_remove(place).1),
        None if tables.len() == 1 => tables.pop().map(|(_, table)| table),
        None => None,
    }
}

/// All label tables with the Index of their volume. An XML error ends the last table with a problem.
fn parse_tables(xml: &str) -> Vec<(Option<usize>, LabelTable)> {
    let mut reader = Reader::from_str(xml);
    let mut tables = Tables::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => tables.start(element),
            Ok(Event::Text(text)) => tables.append(&text),
            Ok(Event::CData(text)) => tables.append(&text),
            Ok(Event::GeneralRef(entity)) => tables.append(&resolve(&entity)),
            Ok(Event::End(element)) => match element.name().as_ref() {
                "Label" => tables.end_label(),
                "CaretExtension" => break,
                _ => {}
            },
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                if let Some((_, table)) = tables.tables.last_mut() {
                    table.problems.push(format!("its XML is broken: {error}"));
                }
                break;
            }
        }
    }
    tables.tables
}

/// The tables read so far, and where in the XML the parser is.
#[derive(Default)]
struct Tables<'a> {
    tables: Vec<(Option<usize>, LabelTable)>,
    volume: Option<usize>,
    /// The label being read: its element, for the attributes, and its name so far.
    label: Option<(BytesStart<'a>, String)>,
}

impl<'a> Tables<'a> {
    fn start(&mut self, element: BytesStart<'a>) {
        match element.name().as_ref() {
            "VolumeInformation" => {
                let index = attribute(&element, "Index");
                self.volume = index.and_then(|index| index.trim().parse().ok());
            }
            "LabelTable" => self.tables.push((self.volume, LabelTable::default())),
            "Label" => self.label = Some((element, String::new())),
            _ => {}
        }
    }

    fn append(&mut self, text: &str) {
        if let Some((_, name)) = &mut self.label {
            name.push_str(text);
        }
    }

    fn end_label(&mut self) {
        if let (Some((element, name)), Some((_, table))) =
            (self.label.take(), self.tables.last_mut())
        {
            table.insert(&element, name.trim());
        }
    }
}

/// The text that `&entity;` stands for; an unknown one stays as it is.
fn resolve(entity: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(char)) = entity.resolve_char_ref() {
        return char.to_string();
    }
    escape::resolve_predefined_entity(entity)
        .map_or_else(|| format!("&{};", &**entity), ToOwned::to_owned)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

impl LabelTable {
    fn insert(&mut self, element: &BytesStart<'_>, name: &str) {
        let key = attribute(element, "Key").unwrap_or_default();
        let label = match key.trim().parse::<i64>() {
            // Workbench names the background, as "???".
            Ok(0) => return,
            Ok(label) => u32::try_from(label).ok(),
            Err(_) => None,
        };
        let Some(label) = label else {
            self.problems.push(format!("Key {} of {} is no label", quoted(&key), quoted(name)));
            return;
        };
        if let Err(error) = self.names.insert(name, label) {
            self.problems.push(error.to_string());
            return;
        }
        let channel = |name| {
            let value: f64 = attribute(element, name)?.trim().parse().ok()?;
            (0.0..=1.0).contains(&value).then(|| (value * 255.0).round() as u8)
        };
        if let (Some(red), Some(green), Some(blue)) =
            (channel("Red"), channel("Green"), channel("Blue"))
        {
            let alpha = channel("Alpha").unwrap_or(255);
            #[expect(clippy::expect_used, reason = "the label was inserted above")]
            self.names
                .set_colour(label, Some([red, green, blue, alpha]))
                .expect("the label has a name");
        }
    }
}

/// The codes of the extensions to write, in their order.
pub(crate) const LABEL_TABLE_CODES: [i32; 2] = [TOTALSEGMENTATOR_CODE, WORKBENCH_CODE];

/// The label table of a file's only volume.
pub(crate) fn label_table_xml(names: &LabelMap) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CaretExtension>\n\
         <VolumeInformation Index=\"0\">\n<LabelTable>\n",
    );
    for entry in names.entries() {
        let [red, green, blue, alpha] = entry.colour_or_distinct().map(|c| f64::from(c) / 255.0);
        // CDATA ends at "]]>", so that a name with it goes into two sections.
        let name = entry.name().replace("]]>", "]]]]><![CDATA[>");
        // Writing to a string cannot fail.
        let _infallible = writeln!(
            xml,
            "<Label Key=\"{}\" Red=\"{red:.6}\" Green=\"{green:.6}\" Blue=\"{blue:.6}\" \
             Alpha=\"{alpha:.6}\"><![CDATA[{name}]]></Label>",
            entry.label(),
        );
    }
    xml.push_str(
        "</LabelTable>\n<StudyMetaDataLinkSet>\n</StudyMetaDataLinkSet>\n\
         <VolumeType><![CDATA[Label]]></VolumeType>\n</VolumeInformation>\n</CaretExtension>\n",
    );
    xml
}
