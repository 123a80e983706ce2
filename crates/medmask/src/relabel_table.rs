//! A table of new names and numbers, by patterns over the old names.

use serde_json::Value;

/// New names and numbers, by the old names. Of the rows that fit a name the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelabelTable {
    /// In the order of the file.
    pub rows: Vec<RelabelRow>,
}

/// What becomes of some names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelabelRow {
    /// The old name of an entry or a label, or `entry/label`. In it `*` stands for any text, and `?` for any character.
    pub old: String,
    /// The new name, in which each `*` stands for what that of the old name stood for; `None` to keep it.
    pub new: Option<String>,
    /// The new number of the label; `None` to keep it.
    pub number: Option<u32>,
}

/// What is wrong with a table of new names.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelabelTableError {
    /// The text begins as JSON and is none.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The text is no table.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// A row cannot be used.
    #[error("row {row}: {reason}")]
    Row {
        /// Counted from 1, without the heading.
        row: usize,
        /// Why.
        reason: &'static str,
    },
}

impl RelabelTable {
    /// The table in a text: a JSON object of old names, each with its new name, its new number, or an object of `name` and `number`; or
    /// lines of old name, new name and number, between commas or tabs, in which what is empty is kept. A heading that begins with `old`
    /// may stand before the lines.
    ///
    /// # Errors
    /// Where the text is neither, and with the row that cannot be used: without a new name and number, with the number 0, which is
    /// background, or with more `*` in the new name than in the old.
    pub fn parse(text: &str) -> Result<Self, RelabelTableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let rows =
            if text.trim_start().starts_with('{') { of_json(text)? } else { of_lines(text)? };
        for (row, number) in rows.iter().zip(1..) {
            row.check().map_err(|reason| RelabelTableError::Row { row: number, reason })?;
        }
        Ok(Self { rows })
    }
}

fn of_json(text: &str) -> Result<Vec<RelabelRow>, RelabelTableError> {
    let table: serde_json::Map<String, Value> = serde_json::from_str(text)?;
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let row = |((old, value), row): ((String, Value), usize)| {
        let wrong = |reason| RelabelTableError::Row { row, reason };
        let (new, given) = match &value {
            Value::String(new) => (Some(new.clone()), None),
            Value::Number(_) => (None, Some(&value)),
            Value::Object(both) if both.keys().all(|key| key == "name" || key == "number") => {
                match both.get("name") {
                    None => (None, both.get("number")),
                    Some(Value::String(new)) => (Some(new.clone()), both.get("number")),
                    Some(_) => return Err(wrong("the name is no text")),
                }
            }
            _ => return Err(wrong("it is no name, number, or object of name and number")),
        };
        let given = given.map(|given| number(given).ok_or_else(|| wrong(NO_NUMBER)));
        Ok(RelabelRow { old, new, number: given.transpose()? })
    };
    table.into_iter().zip(1..).map(row).collect()
}

const NO_NUMBER: &str = "the number is none from 1 to 4294967295";

fn of_lines(text: &str) -> Result<Vec<RelabelRow>, RelabelTableError> {
    let delimiter =
        if text.lines().next().is_some_and(|line| line.contains('\t')) { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (place, record) in reader.records().enumerate() {
        let record = record?;
        if place == 0 && record.get(0).is_some_and(|first| first.eq_ignore_ascii_case("old")) {
            continue;
        }
        let wrong = |reason| RelabelTableError::Row { row: rows.len() + 1, reason };
        if record.len() > 3 {
            return Err(wrong("it has more columns than old name, new name and number"));
        }
        let column = |place: usize| record.get(place).filter(|cell| !cell.is_empty());
        let number = column(2).map(|number| number.parse().map_err(|_| wrong(NO_NUMBER)));
        rows.push(RelabelRow {
            old: column(0).unwrap_or_default().to_owned(),
            new: column(1).map(str::to_owned),
            number: number.transpose()?,
        });
    }
    Ok(rows)
}

impl RelabelRow {
    fn check(&self) -> Result<(), &'static str> {
        let stars = |text: &str| text.matches('*').count();
        match self {
            Self { old, .. } if old.is_empty() => Err("there is no old name"),
            Self { new: None, number: None, .. } => Err("there is neither a new name nor a number"),
            Self { number: Some(0), .. } => Err("the number 0 is that of background"),
            Self { old, new: Some(new), .. } if stars(new) > stars(old) => {
                Err("the new name has more * than the old one")
            }
            _ => Ok(()),
        }
    }

    /// The new name of `name`, if the row fits it: `name` itself where the row has none.
    pub(crate) fn renamed(&self, name: &str) -> Option<String> {
        let stood_for = stood_for(&self.old, name)?;
        let Some(new) = &self.new else { return Some(name.to_owned()) };
        let mut parts = new.split('*');
        let mut renamed = parts.next().unwrap_or_default().to_owned();
        for (part, text) in parts.zip(stood_for) {
            renamed.push_str(text);
            renamed.push_str(part);
        }
        Some(renamed)
    }
}

/// What each `*` of `pattern` stands for in `name`, the first ones for as little as can be; `None` where the pattern does not fit.
fn stood_for<'n>(pattern: &str, name: &'n str) -> Option<Vec<&'n str>> {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let mut rest = &name[fits_front(first, name)?..];
    let mut found = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (place, part) in parts.iter().enumerate() {
        let is_last = place + 1 == parts.len();
        let starts = rest.char_indices().map(|(start, _)| start).chain([rest.len()]);
        let fit = |start: usize| Some((start, start + fits_front(part, &rest[start..])?));
        let mut fits = starts.filter_map(fit);
        let (start, end) =
            if is_last { fits.find(|(_, end)| *end == rest.len()) } else { fits.next() }?;
        found.push(&rest[..start]);
        rest = &rest[end..];
    }
    rest.is_empty().then_some(found)
}

/// How many bytes at the front of `text` the pattern `part`, which has no `*`, fits.
fn fits_front(part: &str, text: &str) -> Option<usize> {
    let mut chars = text.chars();
    for wanted in part.chars() {
        let found = chars.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::{RelabelRow, RelabelTable};

    fn row(old: &str, new: Option<&str>, number: Option<u32>) -> RelabelRow {
        RelabelRow { old: old.to_owned(), new: new.map(str::to_owned), number }
    }

    #[test]
    fn patterns_carry_over_what_they_stand_for() {
        for (old, new, name, renamed) in [
            ("rib_left_*", "rib_*_l", "rib_left_12", Some("rib_12_l")),
            ("rib_left_*", "rib_*_l", "rib_left_", Some("rib__l")),
            ("rib_left_*", "rib_*_l", "rib_right_12", None),
            ("*_left", "left_*", "lung_left_left", Some("left_lung_left")),
            ("a*b*c", "*-*", "aXbYbZc", Some("X-YbZ")),
            ("a*b*c", "*", "abc", Some("")),
            ("rib_?", "costa", "rib_1", Some("costa")),
            ("rib_?", "costa", "rib_12", None),
            ("Leber*", "liver*", "Leber ü", Some("liver ü")),
            ("liver", "Leber", "liver", Some("Leber")),
            ("liver", "Leber", "livers", None),
        ] {
            assert_eq!(row(old, Some(new), None).renamed(name).as_deref(), renamed, "{old} {name}");
        }
        assert_eq!(row("l*", None, Some(3)).renamed("liver").as_deref(), Some("liver"));
    }

    #[test]
    fn tables_are_read_as_json_and_as_lines() {
        let rows = vec![
            row("livr", Some("liver"), None),
            row("rib_*", Some("costa_*"), None),
            row("lobes/upper", None, Some(7)),
            row("a, b", Some("c"), Some(2)),
        ];
        for text in [
            r#"{"livr": "liver", "rib_*": "costa_*", "lobes/upper": 7, "a, b": {"name": "c", "number": 2}}"#,
            "old,new,number\nlivr,liver\nrib_*, costa_*,\nlobes/upper,,7\n\"a, b\",c,2\n",
            "livr\tliver\nrib_*\tcosta_*\n# a remark\nlobes/upper\t\t7\na, b\tc\t2\n",
        ] {
            assert_eq!(RelabelTable::parse(text).unwrap().rows, rows, "{text}");
        }
    }

    #[test]
    fn rows_that_cannot_be_used_are_refused() {
        for (text, reason) in [
            ("a,b\n,c\n", "row 2: there is no old name"),
            ("old,new\na\n", "row 1: there is neither a new name nor a number"),
            ("a,b,0\n", "row 1: the number 0 is that of background"),
            ("a,b,x\n", "row 1: the number is none from 1 to 4294967295"),
            ("a*,*b*\n", "row 1: the new name has more * than the old one"),
            ("a,b,1,2\n", "row 1: it has more columns than old name, new name and number"),
            (r#"{"a": null}"#, "row 1: it is no name, number, or object of name and number"),
            (
                r#"{"a": {"nam": "b"}}"#,
                "row 1: it is no name, number, or object of name and number",
            ),
            (r#"{"a": 4294967296}"#, "row 1: the number is none from 1 to 4294967295"),
        ] {
            assert_eq!(RelabelTable::parse(text).unwrap_err().to_string(), reason, "{text}");
        }
        assert!(RelabelTable::parse("{").is_err());
    }
}
