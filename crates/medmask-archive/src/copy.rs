//! Entries that move as they are, from one archive to another or to another name (SPEC.md, "Entries" and "Blob").

use medmask_format::blob::BlobNames;
use medmask_format::index::{EntryRow, LabelRow};

use crate::blob::{Blob, Extent};
use crate::entry::check_name;
use crate::{Archive, ArchiveError, Codec, EncodedEntry, EntryOptions, ReadAt, Result};

impl<S: ReadAt> Archive<S> {
    /// The entry `name` as it is stored, for another archive: its blob byte for byte, and all that its index row says, also
    /// what later versions may have added. Nothing is decoded, so that its codec need not be known here.
    ///
    /// The blob's checksums are checked: damage does not travel into a file that looks new.
    ///
    /// # Errors
    /// An unknown name, or damage in the entry's blob.
    pub fn encoded(&self, name: &str) -> Result<EncodedEntry> {
        let entry = self.entry(name)?;
        let row = EntryRow { blob: None, ..entry.row.clone() };
        let shape = self.space().shape();
        let Some((offset, length)) = entry.blob() else {
            return Ok(EncodedEntry { row, shape, blob: Vec::new(), chunks: 0 });
        };
        let blob = Blob::of_entry(self, entry, (offset, length), Extent::Whole)?;
        blob.check(self)?;
        let chunks = blob.header_length;
        Ok(EncodedEntry { row, shape, blob: blob.into_bytes(), chunks })
    }

    /// Keys of later versions that say something of the archive as a whole, which this version does not understand.
    pub fn unknown_keys(&self) -> impl Iterator<Item = &str> {
        self.snapshot.unknown.keys().map(String::as_str)
    }

    /// The entry `name` in another codec, with all else that its index row says.
    ///
    /// # Errors
    /// As [`EntryReader::to_runs`](crate::EntryReader::to_runs), and a codec that is not built in.
    pub fn recoded(&self, name: &str, codec: Codec) -> Result<EncodedEntry> {
        let entry = self.entry(name)?;
        let runs = self.get(name)?.to_runs()?;
        let labels = entry.label_map()?;
        let options = EntryOptions::new().codec(codec).dtype(entry.dtype()).make_names(true);
        let mut encoded = EncodedEntry::new(name, &runs, &labels, &options)?;
        // As it is stored, which may be more than can be held in memory as numbers.
        encoded.row.metadata.clone_from(&entry.row.metadata);
        encoded.row.unknown.clone_from(&entry.row.unknown);
        // Labels keep their order, and those that get a name here come last.
        let unknown = entry.row.label_rows().map(|(_, row)| row.unknown.clone());
        let pairs = encoded.row.label_rows().zip(unknown.chain(std::iter::repeat(None)));
        let labels = pairs.map(|((_, row), unknown)| LabelRow { unknown, ..row.clone() }).collect();
        encoded.row.set_labels(labels);
        Ok(encoded)
    }
}

impl EncodedEntry {
    /// The same entry under the name `name`, with the same chunks; the copy of the names in its blob is written anew.
    ///
    /// A label that is the entry's only one and has its name goes with it. All other labels keep their names.
    ///
    /// # Errors
    /// [`ArchiveError::InvalidName`].
    pub fn renamed(mut self, name: &str) -> Result<Self> {
        rename_row(&mut self.row, name)?;
        if !self.blob.is_empty() {
            let labels = self.row.label_rows().map(|(name, row)| (row.label, name.to_owned()));
            let names = BlobNames { name: name.to_owned(), labels: labels.collect() };
            let mut blob = names.replace_in(&self.blob, 0).map_err(ArchiveError::entry(name))?;
            let chunks = blob.len();
            blob.extend_from_slice(&self.blob[self.chunks..]);
            (self.blob, self.chunks) = (blob, chunks);
        }
        Ok(self)
    }
}

/// Gives the entry of `row` the name `name`. A label that is its only one and has its name goes with it; others keep theirs.
pub(crate) fn rename_row(row: &mut EntryRow, name: &str) -> Result<()> {
    let invalid = |reason| ArchiveError::InvalidName { name: name.to_owned(), reason };
    check_name(name).map_err(invalid)?;
    let old = std::mem::replace(&mut row.name, name.to_owned());
    // Without labels there is one, whose name goes without saying: that of the entry.
    let Some(mut labels) = row.labels.take() else { return Ok(()) };
    match &mut labels[..] {
        [only] => {
            only.name.take_if(|label| *label == old);
        }
        several => {
            for label in several.iter_mut().filter(|label| label.name.is_none()) {
                label.name = Some(old.clone());
            }
        }
    }
    row.set_labels(labels);
    Ok(())
}
