//! Names that some cases have and others lack.

use medmask::{AnyArchive, Result, Selection, SelectionError, select};

/// What is looked for in every case. A case that lacks some of it is no failure: the page shows that it is missing.
pub struct Names<'a> {
    texts: &'a [String],
    found: Vec<Found>,
}

/// What became of a text so far.
enum Found {
    NotLookedFor,
    Nowhere(SelectionError),
    Somewhere,
}

impl<'a> Names<'a> {
    /// Names, patterns and expressions; none for everything.
    #[must_use]
    pub fn new(texts: &'a [String]) -> Self {
        Self { texts, found: texts.iter().map(|_| Found::NotLookedFor).collect() }
    }

    /// What of them the archive has.
    ///
    /// # Errors
    /// Texts that can be read in no way, or in two.
    pub fn select(&mut self, archive: &AnyArchive) -> Result<Vec<Selection>> {
        if self.texts.is_empty() {
            let is_empty = archive.entries().len() == 0;
            return if is_empty { Ok(Vec::new()) } else { Ok(select(archive, self.texts)?) };
        }
        let mut selections = Vec::new();
        for (text, found) in self.texts.iter().zip(&mut self.found) {
            match (select(archive, std::slice::from_ref(text)), &found) {
                (Ok(chosen), _) => {
                    selections.extend(chosen);
                    *found = Found::Somewhere;
                }
                (Err(error), Found::NotLookedFor) if is_missing(&error) => {
                    *found = Found::Nowhere(error);
                }
                (Err(error), _) if is_missing(&error) => {}
                (Err(error), _) => return Err(error.into()),
            }
        }
        Ok(selections)
    }

    /// Why the first of those was not found that no archive had; `None` where each was found somewhere, or no archive was asked.
    #[must_use]
    pub fn missing_everywhere(self) -> Option<SelectionError> {
        self.found.into_iter().find_map(|found| match found {
            Found::Nowhere(error) => Some(error),
            Found::NotLookedFor | Found::Somewhere => None,
        })
    }
}

fn is_missing(error: &SelectionError) -> bool {
    use SelectionError::{NoEntries, NoMatch, NotFound};
    matches!(error.root(), NoEntries | NoMatch { .. } | NotFound { .. })
}
