//! Reading the voxels of one entry: whole, of one label, of a region.

use std::fmt;

use medmask_core::{
    Bounds, Dtype, Held, LabelCounter, LabelMap, Mask, Memory, MemoryError, Runs, RunsCollector,
    Sink, Space, Voxel, Voxels, nearest_name, with_voxels,
};
use ndarray::ArrayViewMut3;

use crate::label_key::LabelKey;
use crate::rows::{CountRows, Narrow, Wanted};
use crate::view::PaintView;
use crate::{Archive, ArchiveError, Entry, Label, ReadAt, Result, version1};

/// The voxels of one entry, or of the part that it is narrowed to; nothing is read before they are asked for.
///
/// [`label`](Self::label) and [`region`](Self::region) narrow; then [`to_mask`](Self::to_mask), [`to_voxels`](Self::to_voxels),
/// [`to_runs`](Self::to_runs), [`read_into`](Self::read_into) and [`for_each_row`](Self::for_each_row) read. Of one label the
/// voxels are 1, of type `bool`. Of a region the results have its shape, and its first voxel becomes voxel 0.
///
/// A whole entry takes one read of its blob. A region takes one read of up to 4 KiB for the table of chunks, and one of the
/// chunks that hold its slices, where those were not among the 4 KiB. Every part is checked against its checksum.
///
/// ```
/// use medmask_archive::{Archive, ArchiveWriter};
/// use medmask_core::{Bounds, LabelMap, Mask, Space};
/// use ndarray::{Array3, s};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let mut voxels = Array3::<u8>::zeros([40, 50, 60]); // (z, y, x)
/// voxels.slice_mut(s![10..20, .., ..]).fill(1);
/// voxels.slice_mut(s![20..30, .., ..]).fill(2);
/// let mut labels = LabelMap::new();
/// labels.insert("upper_lobe", 1)?;
/// labels.insert("lower_lobe", 2)?;
/// let mask = Mask::new(voxels, labels, Space::of_shape([40, 50, 60]))?;
/// let mut writer = ArchiveWriter::create(&path, mask.space(), Default::default())?;
/// writer.add("lobes", &mask)?;
/// writer.finish()?;
///
/// let archive = Archive::open(&path)?;
/// let lobes = archive.get("lobes")?;
/// assert_eq!(lobes.to_mask()?, mask);
///
/// let slice = Bounds { start: [25, 0, 0], end: [26, 50, 60] };
/// let lower = lobes.label("lower_lobe")?.region(slice)?; // or .label(2)
/// assert_eq!(lower.to_runs()?.voxel_count(), 50 * 60);
///
/// let mut array = Array3::<bool>::default([1, 50, 60]);
/// lower.read_into(&mut array)?;
/// assert!(array.iter().all(|voxel| *voxel));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct EntryReader<'a, S> {
    file: AnyFile<'a, S>,
    entry: &'a Entry,
    wanted: Wanted,
}

enum AnyFile<'a, S> {
    Version1(&'a version1::Reader<S>),
    Version2(&'a Archive<S>),
}

// Derived, these would ask for a storage that is `Clone` or `Debug`.
impl<S> Clone for EntryReader<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for EntryReader<'_, S> {}

impl<S> Clone for AnyFile<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for AnyFile<'_, S> {}

impl<S> fmt::Debug for EntryReader<'_, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("EntryReader");
        shown
            .field("entry", &self.entry.name())
            .field("wanted", &self.wanted)
            .finish_non_exhaustive()
    }
}

impl<S: ReadAt> Archive<S> {
    /// The voxels of the entry `name`, to be read whole or in part.
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], with the most similar name that exists.
    pub fn get(&self, name: &str) -> Result<EntryReader<'_, S>> {
        let entry = self.entry(name)?;
        Ok(EntryReader::new(AnyFile::Version2(self), entry, self.space()))
    }
}

impl<S: ReadAt> version1::Reader<S> {
    /// The voxels of a mask, to be read whole or in part; each reading decodes all of it. They have the type of the file or,
    /// where that is not one of ours, the narrowest that holds the labels. A label that is negative or above 4,294,967,295 is an
    /// error of reading, [`ArchiveError::LabelOutOfRange`].
    ///
    /// # Errors
    /// [`ArchiveError::EntryNotFound`], with the most similar name that exists.
    pub fn get(&self, name: &str) -> Result<EntryReader<'_, S>> {
        let entry = self.entry(name)?;
        Ok(EntryReader::new(AnyFile::Version1(self), entry, self.space()))
    }
}

impl<'a, S: ReadAt> EntryReader<'a, S> {
    fn new(file: AnyFile<'a, S>, entry: &'a Entry, space: &Space) -> Self {
        let wanted = Wanted { label: None, region: Bounds::of_shape(space.shape()) };
        Self { file, entry, wanted }
    }

    /// What the index says of the whole entry.
    #[must_use]
    pub fn entry(&self) -> &'a Entry {
        self.entry
    }

    /// Narrows to the voxels of one label, by name or number.
    ///
    /// # Errors
    /// [`ArchiveError::LabelNotFound`] where the entry does not name it. In files of version 1 voxels may hold a label that has
    /// no name, so there any number but 0 will do. [`ArchiveError::Background`] for a name of label 0.
    pub fn label<'b>(mut self, label: impl Into<LabelKey<'b>>) -> Result<Self> {
        let key = label.into();
        let found = self.entry.labels().find(|known| match key {
            LabelKey::Name(name) => known.name.as_deref() == Some(name),
            LabelKey::Number(number) => known.number == number,
        });
        let number = match (found, key, &self.file) {
            (Some(Label { number: 0, .. }), ..) => return Err(self.background(key)),
            (Some(found), ..) => found.number,
            (None, LabelKey::Number(number @ 1..), AnyFile::Version1(_)) => number,
            _ => return Err(self.no_label(key)),
        };
        self.wanted.label = Some(number);
        Ok(self)
    }

    fn background(&self, key: LabelKey<'_>) -> ArchiveError {
        let entry = self.entry.name().to_owned();
        match key {
            LabelKey::Name(name) => ArchiveError::Background { entry, label: name.to_owned() },
            LabelKey::Number(number) => {
                ArchiveError::Background { entry, label: number.to_string() }
            }
        }
    }

    fn no_label(&self, key: LabelKey<'_>) -> ArchiveError {
        let (label, nearest) = match key {
            LabelKey::Name(name) => {
                let names: Vec<_> = self.entry.labels().filter_map(|known| known.name).collect();
                let nearest = nearest_name(name, names.iter().map(AsRef::as_ref));
                (name.to_owned(), nearest.map(str::to_owned))
            }
            LabelKey::Number(number) => (number.to_string(), None),
        };
        ArchiveError::LabelNotFound { entry: self.entry.name().to_owned(), label, nearest }
    }

    /// Narrows to the voxels of `region`, in voxels (z, y, x) of the archive's grid. It may be empty.
    ///
    /// # Errors
    /// [`ArchiveError::RegionOutside`] where it does not lie within the grid.
    pub fn region(mut self, region: Bounds) -> Result<Self> {
        let shape = self.whole_space().shape();
        let Bounds { start, end } = region;
        if (0..3).any(|axis| start[axis] > end[axis] || end[axis] > shape[axis]) {
            return Err(ArchiveError::RegionOutside { start, end, shape });
        }
        self.wanted.region = region;
        Ok(self)
    }

    /// Voxels along z, y and x: those of the region, or of the whole grid.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.wanted.region.shape()
    }

    /// Where the voxels lie: the archive's space, or that of the region.
    ///
    /// # Errors
    /// [`ArchiveError::RegionOutside`] for a region that is empty.
    pub fn space(&self) -> Result<Space> {
        let Bounds { start, end } = self.wanted.region;
        let space = self.whole_space();
        if self.is_whole() {
            return Ok(space.clone());
        }
        let outside = |_| ArchiveError::RegionOutside { start, end, shape: space.shape() };
        space.crop(self.wanted.region).map_err(outside)
    }

    fn whole_space(&self) -> &'a Space {
        match self.file {
            AnyFile::Version1(reader) => reader.space(),
            AnyFile::Version2(archive) => archive.space(),
        }
    }

    fn is_whole(&self) -> bool {
        Bounds::of_shape(self.whole_space().shape()) == self.wanted.region
    }

    /// The dense voxels, (z, y, x), with their names and space. Memory starts zeroed and only labelled runs are painted, so
    /// background costs nothing. Of one label it is a mask of type `bool` in which that label has number 1 and keeps its name.
    ///
    /// Labels of a version 1 file that have no name get one, `label_7`.
    ///
    /// # Errors
    /// Damage in the entry's blob, voxels that do not fit into memory, and an empty region.
    pub fn to_mask(&self) -> Result<Mask> {
        let space = self.space()?;
        let (voxels, present, labels) = match self.file {
            AnyFile::Version1(reader) => {
                let memory = reader.memory();
                let (voxels, held) = reader.voxels(self.entry, &memory)?;
                let present = voxels.labels();
                let labels = reader.label_map(self.entry, &present, &memory)?;
                (self.of_version1(reader, voxels, held, &memory)?, present, labels)
            }
            AnyFile::Version2(_) => {
                (self.to_voxels()?, self.entry.present(), self.entry.label_map()?)
            }
        };
        let present = self.wanted.label.map_or(present, |_| vec![1]);
        let mask_error = |source| ArchiveError::Mask { name: self.entry.name().to_owned(), source };
        Mask::with_known_labels(voxels, present, self.wanted_labels(labels)?, space)
            .map_err(mask_error)
    }

    /// The names that the wanted voxels have among `labels`.
    fn wanted_labels(&self, mut labels: LabelMap) -> Result<LabelMap> {
        let Some(number) = self.wanted.label else { return Ok(labels) };
        // In files of version 1 it may have none, and be in no voxel.
        labels.name_unnamed([number]);
        let of_entry = |source| ArchiveError::Labels { name: self.entry.name().to_owned(), source };
        labels.only(number, 1).map_err(of_entry)
    }

    /// The dense voxels, (z, y, x), in the entry's own type; of one label as `bool`. Memory starts zeroed and only labelled runs
    /// are painted, so background costs nothing.
    ///
    /// # Errors
    /// Damage in the entry's blob, or voxels that do not fit into memory.
    pub fn to_voxels(&self) -> Result<Voxels> {
        match self.file {
            AnyFile::Version1(reader) => {
                let memory = reader.memory();
                let (voxels, held) = reader.voxels(self.entry, &memory)?;
                self.of_version1(reader, voxels, held, &memory)
            }
            AnyFile::Version2(archive) => archive.dense(self.entry, self.wanted),
        }
    }

    /// What is wanted of all `voxels` of the entry, which are `held`.
    fn of_version1(
        &self,
        reader: &version1::Reader<S>,
        voxels: Voxels,
        held: Held<'_>,
        memory: &Memory,
    ) -> Result<Voxels> {
        if self.wanted.label.is_none() && self.is_whole() {
            return Ok(voxels);
        }
        let refused = || ArchiveError::memory(reader.path());
        let dtype = self.wanted.label.map_or(voxels.dtype(), |_| Dtype::Bool);
        let (mut part, _held) =
            Voxels::zeros_within(dtype, self.shape(), memory).map_err(refused())?;
        with_voxels!(&mut part, array => {
            self.rows_of_version1(&voxels, memory, &mut PaintView(array.view_mut()))
        })
        .map_err(refused())?;
        drop(held);
        Ok(part)
    }

    /// Hands the wanted rows of `voxels`, which are all of the entry, to `sink`.
    fn rows_of_version1<K: Sink>(
        &self,
        voxels: &Voxels,
        memory: &Memory,
        sink: &mut K,
    ) -> Result<(), MemoryError> {
        voxels.for_each_row(memory, &mut Narrow::new(self.wanted, sink))
    }

    /// The voxels in their sparse form: memory grows with the surface, not the volume.
    ///
    /// # Errors
    /// Damage in the entry's blob, or runs that do not fit into memory.
    pub fn to_runs(&self) -> Result<Runs> {
        let (path, memory) = match self.file {
            AnyFile::Version1(reader) => (reader.path(), reader.memory()),
            AnyFile::Version2(archive) => (archive.path(), archive.memory()),
        };
        let refused = || ArchiveError::memory(path);
        let mut collector = RunsCollector::new(self.shape(), &memory).map_err(refused())?;
        self.rows(&memory, &mut collector)?;
        collector.finish().map_err(refused())
    }

    fn rows<K: Sink>(&self, memory: &Memory, sink: &mut K) -> Result<()> {
        match self.file {
            AnyFile::Version1(reader) => {
                let (voxels, _held) = reader.voxels(self.entry, memory)?;
                let rows = self.rows_of_version1(&voxels, memory, sink);
                rows.map_err(ArchiveError::memory(reader.path()))
            }
            AnyFile::Version2(archive) => archive.rows(self.entry, self.wanted, memory, sink),
        }
    }

    /// The voxels in their sparse form, and their names as [`to_mask`](Self::to_mask) gives them.
    ///
    /// # Errors
    /// As [`to_runs`](Self::to_runs).
    pub fn to_runs_with_labels(&self) -> Result<(Runs, LabelMap)> {
        match self.file {
            AnyFile::Version1(reader) => {
                let memory = reader.memory();
                let refused = || ArchiveError::memory(reader.path());
                let (voxels, _held) = reader.voxels(self.entry, &memory)?;
                let labels = reader.label_map(self.entry, &voxels.labels(), &memory)?;
                let mut runs = RunsCollector::new(self.shape(), &memory).map_err(refused())?;
                self.rows_of_version1(&voxels, &memory, &mut runs).map_err(refused())?;
                Ok((runs.finish().map_err(refused())?, self.wanted_labels(labels)?))
            }
            AnyFile::Version2(_) => {
                Ok((self.to_runs()?, self.wanted_labels(self.entry.label_map()?)?))
            }
        }
    }

    /// The labels of the whole entry with their statistics. Where the file does not say, all voxels are decoded and counted.
    ///
    /// # Errors
    /// As [`for_each_row`](Self::for_each_row).
    pub fn counted_labels(&self) -> Result<Vec<Label<'a>>> {
        let labels = self.entry.labels();
        if self.entry.voxels().is_some() {
            return Ok(labels.collect());
        }
        let mut counter = LabelCounter::default();
        let whole = Wanted { label: None, region: Bounds::of_shape(self.whole_space().shape()) };
        Self { wanted: whole, ..*self }.for_each_row(&mut CountRows(&mut counter))?;
        let counted = counter.finish();
        let with = |label: Label<'a>| {
            let place = counted.binary_search_by_key(&label.number, |known| known.label);
            let statistics = place.ok().map(|place| counted[place]);
            Label { voxels: Some(statistics.map_or(0, |known| known.voxels)), statistics, ..label }
        };
        Ok(labels.map(with).collect())
    }

    /// Hands the rows that hold labelled voxels to `sink`, ascending by (z, y), until it breaks off. Positions count from the
    /// region's first voxel.
    ///
    /// Rows are decoded chunk by chunk; `sink` may have got rows before an error.
    ///
    /// # Errors
    /// Damage in the entry's blob.
    pub fn for_each_row<K: Sink>(&self, sink: &mut K) -> Result<()> {
        match self.file {
            AnyFile::Version1(reader) => self.rows(&reader.memory(), sink),
            AnyFile::Version2(archive) => self.rows(&archive.memory(), sink),
        }
    }

    /// Fills an array that the caller has, (z, y, x), and so spares the system giving out new memory, which for one mask after
    /// the other costs more than decoding. `target` may be a part of another array, in any order of memory; in C order it is
    /// fastest. What it held is lost, also where this fails.
    ///
    /// # Errors
    /// As [`to_voxels`](Self::to_voxels); [`ArchiveError::ShapeMismatch`] where `target` has another shape, and
    /// [`ArchiveError::TypeTooNarrow`] where its type is too narrow for the entry's.
    pub fn read_into<'t, T: Voxel>(&self, target: impl Into<ArrayViewMut3<'t, T>>) -> Result<()> {
        self.fill(target.into(), false)
    }

    /// As [`read_into`](Self::read_into), for an array that is all background: nothing but labelled voxels is touched, so that
    /// memory which comes zeroed from the system costs what the mask costs. What else it held would stay.
    ///
    /// # Errors
    /// As [`read_into`](Self::read_into).
    pub fn read_into_zeros<'t, T: Voxel>(
        &self,
        target: impl Into<ArrayViewMut3<'t, T>>,
    ) -> Result<()> {
        self.fill(target.into(), true)
    }

    fn fill<T: Voxel>(&self, mut target: ArrayViewMut3<'_, T>, is_zeroed: bool) -> Result<()> {
        let (depth, height, width) = target.dim();
        let (shape, wanted) = ([depth, height, width], self.shape());
        if shape != wanted {
            let name = self.entry.name().to_owned();
            return Err(ArchiveError::ShapeMismatch { name, shape, archive: wanted });
        }
        match self.file {
            AnyFile::Version1(reader) => {
                let memory = reader.memory();
                let (voxels, _held) = reader.voxels(self.entry, &memory)?;
                self.check_width::<T>(voxels.dtype())?;
                if !is_zeroed {
                    target.fill(T::default());
                }
                let rows = self.rows_of_version1(&voxels, &memory, &mut PaintView(target));
                rows.map_err(ArchiveError::memory(reader.path()))
            }
            AnyFile::Version2(archive) => {
                self.check_width::<T>(self.entry.stored_dtype())?;
                if !is_zeroed {
                    target.fill(T::default());
                }
                let (entry, wanted, memory) = (self.entry, self.wanted, archive.memory());
                match target.as_slice_mut() {
                    Some(voxels) => archive.paint(entry, wanted, voxels, is_zeroed, &memory),
                    None => archive.rows(entry, wanted, &memory, &mut PaintView(target)),
                }
            }
        }
    }

    /// Whether voxels of `T` hold what is wanted of an entry whose voxels are `stored`.
    fn check_width<T: Voxel>(&self, stored: Dtype) -> Result<()> {
        let stored = self.wanted.label.map_or(stored, |_| Dtype::Bool);
        if T::DTYPE.max_label() >= stored.max_label() {
            return Ok(());
        }
        let (name, dtype) = (self.entry.name().to_owned(), stored.name());
        Err(ArchiveError::TypeTooNarrow { name, dtype, target: T::DTYPE.name() })
    }
}
