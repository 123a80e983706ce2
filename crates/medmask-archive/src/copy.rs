//! Entries that move as they are, from one archive to another or to another name (SPEC.md, "Columns of entries" and "Blob").

use medmask_format::blob::replace_names;
use medmask_format::codec::CodecId;
use medmask_format::index::{EntryRow, LabelName, LabelRow, More};

use crate::blob::{Blob, Extent};
use crate::entry::check_name;
use crate::{
    Archive, ArchiveError, Codec, EncodedEntry, Entry, EntryOptions, ReadAt, Result, Unnamed,
};

impl<S: ReadAt> Archive<S> {
    /// The entry `name` as it is stored, for another archive: its blob byte for byte, and all that its index row says, also
    /// what later versions may have added. Nothing is decoded, so that its codec need not be known here; but an entry that shares
    /// its blob with others in layers gets one of its own, coded as that is.
    ///
    /// The blob's checksums are checked: damage does not travel into a file that looks new.
    ///
    /// # Errors
    /// An unknown name, or damage in the entry's blob; of one in a layer also a codec that is not built in, and too little memory.
    pub fn encoded(&self, name: &str) -> Result<EncodedEntry> {
        let entry = self.entry(name)?;
        let row = EntryRow { blob: None, layer: None, ..entry.row.clone() };
        if entry.layer().is_some() {
            return EncodedEntry::of_row(row, &self.get(name)?.to_runs()?, &self.codec_of(entry)?);
        }
        let shape = self.space().shape();
        let Some((offset, length)) = entry.blob() else {
            return Ok(EncodedEntry { row, shape, blob: Vec::new(), chunks: 0 });
        };
        let blob = Blob::of_entry(self, entry, (offset, length), Extent::Whole)?;
        blob.check(self)?;
        let chunks = blob.header_length;
        Ok(EncodedEntry { row, shape, blob: blob.into_bytes(), chunks })
    }

    /// The codec that `entry` was written with, as far as one can tell: no level. Where nothing can be told it is the default.
    pub(crate) fn codec_of(&self, entry: &Entry) -> Result<Codec> {
        let Some(place) = entry.blob() else { return Ok(Codec::default()) };
        let asked = entry.row.codec.and_then(|asked| CodecId::from_id(asked).ok());
        // What a chunk says more is of `runs` alone.
        if let Some(known) = asked.filter(|asked| *asked != CodecId::Runs)
            && let Some(codec) = Codec::like(known, known, &[])
        {
            return Ok(codec);
        }
        let blob = Blob::of_entry(self, entry, place, Extent::Header)?;
        blob.codec(self, asked)
    }

    /// Keys of later versions that say something of the archive as a whole, which this version does not understand: the text of
    /// a JSON object.
    pub fn further_keys(&self) -> Option<&str> {
        self.snapshot.further.as_deref()
    }

    /// The entry `name` in another codec, with all else that its index row says.
    ///
    /// # Errors
    /// As [`EntryReader::to_runs`](crate::EntryReader::to_runs), and a codec that is not built in.
    pub fn recoded(&self, name: &str, codec: Codec) -> Result<EncodedEntry> {
        let entry = self.entry(name)?;
        let runs = self.get(name)?.to_runs()?;
        let labels = entry.label_map()?;
        let options = EntryOptions::new().codec(codec).dtype(entry.dtype()).unnamed(Unnamed::Kept);
        let mut encoded = EncodedEntry::new(name, &runs, &labels, &options)?;
        // As it is stored, which may be more than can be held in memory as numbers.
        encoded.row.metadata.clone_from(&entry.row.metadata);
        encoded.row.further.clone_from(&entry.row.further);
        // Labels keep their order; those without a name come last.
        let further = |label: u32| {
            let known = entry.row.label_rows().iter().find(|row| row.label == label);
            known.and_then(LabelRow::further).map(Box::<str>::from)
        };
        if entry.row.label_rows().iter().any(|row| row.further().is_some()) {
            let mut labels = encoded.row.label_rows().to_vec();
            for row in &mut labels {
                if let Some(further) = further(row.label) {
                    row.more.get_or_insert_with(Box::<More>::default).further = Some(further);
                }
            }
            encoded.row.set_labels(labels);
        }
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
            let mut blob =
                replace_names(&self.blob, 0, &self.row).map_err(ArchiveError::entry(name))?;
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
    let Some(labels) = row.labels.take() else { return Ok(()) };
    let mut labels = labels.to_vec();
    match &mut labels[..] {
        [only] => {
            if only.name == LabelName::Own(name.into()) {
                only.name = LabelName::Entry;
            }
        }
        several => {
            for label in several.iter_mut() {
                label.name = match std::mem::take(&mut label.name) {
                    LabelName::Entry => LabelName::of(&old, label.label, name),
                    LabelName::Own(own) => LabelName::of(&own, label.label, name),
                    other => other,
                };
            }
        }
    }
    row.set_labels(labels);
    Ok(())
}
