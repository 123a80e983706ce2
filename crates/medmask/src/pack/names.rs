//! What the labels of a mask are called.

use medmask_core::{LabelMap, LabelMapError, quoted};

/// Names for the labels of a mask, as far as anybody gives any.
pub(super) struct Names {
    pub labels: LabelMap,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// Labels that are present and that nobody names.
    pub unnamed: usize,
    /// The name that the given table has for label 1, where the mask holds no other and names none itself: most binary masks do.
    pub one: Option<String>,
}

impl Names {
    /// Of the mask `entry`, which holds the labels `present` and names `own` itself. The names of a table that is given are kept for
    /// labels that are absent, too, so that all masks of a run say the same. Without any table a single label is called as its entry.
    ///
    /// # Errors
    /// The name of the entry cannot be one of a label.
    pub fn of(
        entry: &str,
        present: &[u32],
        own: LabelMap,
        given: &LabelMap,
    ) -> Result<Self, LabelMapError> {
        let unnamed_by_file = own.is_empty();
        let mut names = Self { labels: own, notes: Vec::new(), unnamed: 0, one: None };
        if !given.is_empty() {
            names.take(given)?;
            names.compare(entry, present, given);
            if unnamed_by_file && present == [1] {
                names.one = names.labels.name(1).map(str::to_owned);
            }
        }
        let unnamed = |names: &Self| {
            present.iter().filter(|label| names.labels.name(**label).is_none()).count()
        };
        let alone = match present {
            [] if given.is_empty() => Some(1),
            [label] => Some(*label),
            _ => None,
        };
        if let Some(label) = alone
            && unnamed_by_file
            && names.labels.name(label).is_none()
            && names.labels.get(entry).is_none()
        {
            names.labels.insert(entry, label)?;
        }
        names.unnamed = unnamed(&names);
        Ok(names)
    }

    /// Adds what `given` names and the file does not.
    fn take(&mut self, given: &LabelMap) -> Result<(), LabelMapError> {
        let mut others = 0;
        for known in given.entries().filter(|known| known.label() != 0) {
            let (name, label) = (known.name(), known.label());
            if self.labels.name(label).is_none() && self.labels.get(name).is_none() {
                self.labels.insert(name, label)?;
                self.labels.set_colour(label, known.colour())?;
                self.labels.set_code(label, known.code().cloned())?;
            } else if self.labels.get(name) != Some(label) {
                others += 1;
            }
        }
        if others > 0 {
            self.notes.push(format!(
                "the table that was given has other names than the file itself for {others} of its labels; the file's count"
            ));
        }
        Ok(())
    }

    /// Notes where the table seems to be one of other numbers.
    fn compare(&mut self, entry: &str, present: &[u32], given: &LabelMap) {
        let missing: Vec<u32> =
            present.iter().copied().filter(|label| given.name(*label).is_none()).collect();
        if !missing.is_empty() && missing.len() == present.len() {
            let labels = listed(&missing);
            self.notes.push(format!("the table that was given names none of its labels: {labels}"));
        } else if missing.iter().any(|label| self.labels.name(*label).is_none()) {
            let labels = listed(&missing);
            self.notes.push(format!(
                "the table that was given does not name these of its labels: {labels}"
            ));
        }
        if let ([label], Some(other)) = (present, given.get(entry))
            && let Some(name) = given.name(*label)
            && other != *label
        {
            let (entry, name) = (quoted(entry), quoted(name));
            self.notes.push(format!(
                "its only label {label} is {name} by the table that was given, in which {entry} is label {other}"
            ));
        }
    }
}

/// The first of some labels.
fn listed(labels: &[u32]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = labels.iter().take(SHOWN).map(ToString::to_string).collect();
    match labels.len() {
        0..=SHOWN => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use medmask_core::LabelMap;

    use super::Names;

    fn map(labels: &[(&str, u32)]) -> LabelMap {
        let mut map = LabelMap::new();
        labels.iter().for_each(|(name, label)| map.insert(*name, *label).unwrap());
        map
    }

    /// The names, the notes, and the name of label 1 alone.
    fn names(
        present: &[u32],
        own: &[(&str, u32)],
        given: &[(&str, u32)],
    ) -> (Vec<(String, u32)>, Vec<String>, Option<String>) {
        let names = Names::of("entry", present, map(own), &map(given)).unwrap();
        let pairs = names.labels.iter().map(|(name, label)| (name.to_owned(), label)).collect();
        (pairs, names.notes, names.one)
    }

    fn pairs(labels: &[(&str, u32)]) -> Vec<(String, u32)> {
        labels.iter().map(|(name, label)| ((*name).to_owned(), *label)).collect()
    }

    #[test]
    fn a_table_that_is_given_wins_over_the_name_of_the_entry() {
        let table = [("trunk", 1), ("limbs", 2)];
        for present in [&[1, 2][..], &[2], &[]] {
            assert_eq!(names(present, &[], &table), (pairs(&table), Vec::new(), None));
        }
        assert_eq!(names(&[1], &[], &table), (pairs(&table), Vec::new(), Some("trunk".to_owned())));
        assert_eq!(names(&[7], &[], &[]), (pairs(&[("entry", 7)]), Vec::new(), None));
        assert_eq!(names(&[], &[], &[]), (pairs(&[("entry", 1)]), Vec::new(), None));
        assert_eq!(names(&[1, 2], &[], &[]), (Vec::new(), Vec::new(), None));
    }

    #[test]
    fn a_table_of_other_numbers_is_told() {
        let (labels, notes, _) = names(&[7], &[], &[("trunk", 1)]);
        assert_eq!(labels, pairs(&[("trunk", 1), ("entry", 7)]));
        assert_eq!(notes, ["the table that was given names none of its labels: 7"]);
        let (_, notes, _) = names(&[1, 3, 9], &[], &[("trunk", 1)]);
        assert_eq!(notes, ["the table that was given does not name these of its labels: 3, 9"]);
        let (_, notes, _) = names(&[1], &[], &[("trunk", 1), ("entry", 5)]);
        let note = "its only label 1 is \"trunk\" by the table that was given, in which \"entry\" is label 5";
        assert_eq!(notes, [note]);
        let many: Vec<u32> = (1..=30).collect();
        let (_, notes, _) = names(&many, &[], &[("x", 100)]);
        assert!(notes[0].ends_with(": 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more"), "{notes:?}");
    }

    #[test]
    fn the_names_of_the_file_itself_count_before() {
        let (labels, notes, one) =
            names(&[1], &[("own", 1), ("x", 4)], &[("trunk", 1), ("limbs", 2)]);
        assert_eq!(labels, pairs(&[("own", 1), ("x", 4), ("limbs", 2)]));
        let note = "the table that was given has other names than the file itself for 1 of its labels; the file's count";
        assert_eq!((notes, one), (vec![note.to_owned()], None));
    }
}
