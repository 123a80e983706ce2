//! Selections of one entry together.

use std::collections::HashSet;

use super::Selection;

/// What belongs together of several selections.
#[derive(Clone, Debug)]
pub enum SelectedPart<'a> {
    /// An entry, or labels of it.
    Labels {
        /// Its name.
        entry: &'a str,
        /// The numbers of the labels; `None` for all.
        numbers: Option<HashSet<u32>>,
    },
    /// A mask that is computed.
    Expression(&'a Selection),
}

/// What `selections` choose, in their order; labels that were chosen one after the other of one entry are one part.
#[must_use]
pub fn selected_parts(selections: &[Selection]) -> Vec<SelectedPart<'_>> {
    let mut all: Vec<SelectedPart<'_>> = Vec::new();
    for selection in selections {
        let Some(chosen) = selection.entry() else {
            all.push(SelectedPart::Expression(selection));
            continue;
        };
        let number = selection.label_number();
        match (all.last_mut(), number) {
            (Some(SelectedPart::Labels { entry, numbers: Some(numbers) }), Some(number))
                if *entry == chosen =>
            {
                numbers.insert(number);
            }
            _ => all.push(SelectedPart::Labels {
                entry: chosen,
                numbers: number.map(|number| HashSet::from([number])),
            }),
        }
    }
    all
}
