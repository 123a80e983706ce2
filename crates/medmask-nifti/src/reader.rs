//! Reading files: front, then voxels, with buffers that serve many files.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use medmask_core::Mask;
use medmask_files::open_input;

use crate::budget::Budget;
use crate::file_names::{self, Part, header_of_pair, image_of_pair};
use crate::front::{Front, Layout};
use crate::image::ImageFile;
use crate::inflate::{Inflater, STORED_VOXELS, fill, read_window, sized};
use crate::stream::Stream;
use crate::volume::Volume;
use crate::{Compression, Header, NiftiError, Problem, ReadOptions};

/// Reads NIfTI files one after the other with the same buffers.
///
/// `.nii`, `.hdr` with `.img`, each as it is or compressed by gzip, bzip2 or Zstandard, which is recognised by content and not by
/// name; NIfTI-1 and NIfTI-2 in either byte order.
pub struct Reader {
    options: ReadOptions,
    /// A compressed file's bytes.
    compressed: Vec<u8>,
    inflater: Inflater,
}

/// An open file; a compressed file's bytes are in the reader's buffer.
enum Input {
    Compressed(Compression),
    Plain(File),
}

impl Reader {
    /// A reader with empty buffers.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Self { options, compressed: Vec::new(), inflater: Inflater::new() }
    }

    /// Reads one file. Of a pair either file may be named.
    ///
    /// # Errors
    /// Where the file cannot be read, is damaged, or is one of those that [`ReadOptions`] refuses.
    /// Voxels that are no labels are found later, by [`Volume::runs`] and [`Volume::voxels`].
    pub fn read(&mut self, path: &Path) -> Result<Volume<'_>, NiftiError> {
        self.read_file(path).map_err(NiftiError::at(path))
    }

    /// Reads one file as an image, whose voxels are any numbers, and keeps the buffers for it.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_image(mut self, path: &Path) -> Result<ImageFile, NiftiError> {
        let (header, samples, raw) = self.read(path)?.into_parts();
        let address = raw.as_ptr().addr();
        let Self { inflater, compressed, .. } = self;
        let buffer = inflater.buffer;
        drop(compressed);
        let start = address - buffer.as_ptr().addr();
        ImageFile::new(header, &samples, buffer, start).map_err(NiftiError::at(path))
    }

    /// Reads every volume of a file, one after the other, and calls `each` with the number of the volume, counted from 0, and with
    /// how many there are. What it gives is how many bytes it has kept of the volume, which count for
    /// [`ReadOptions::max_memory`]. [`ReadOptions::volume`] is not asked.
    ///
    /// # Errors
    /// As [`Reader::read`], and what `each` gives.
    pub fn read_each(
        &mut self,
        path: &Path,
        mut each: impl FnMut(usize, u64, Volume<'_>) -> Result<u64, Problem>,
    ) -> Result<(), NiftiError> {
        self.read_all(path, &mut each).map_err(NiftiError::at(path))
    }

    /// Reads a single file (not a pair) from memory; `name` stands for it in errors.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_bytes<'a>(
        &'a mut self,
        bytes: &'a [u8],
        name: &Path,
    ) -> Result<Volume<'a>, NiftiError> {
        self.read_memory(bytes).map_err(NiftiError::at(name))
    }

    /// Reads everything but the voxels, and of the file no more than that takes.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_header(&mut self, path: &Path) -> Result<Header, NiftiError> {
        let read = || {
            let (compression, file) = open(&header_path(path))?;
            let file = BufReader::new(file);
            let front = match compression {
                Some(compression) => self.front(&mut self.stream(compression, file)?, path)?,
                None => self.front(&mut { file }, path)?,
            };
            Ok(front.header(&self.options)?.0)
        };
        read().map_err(NiftiError::at(path))
    }

    fn read_file(&mut self, path: &Path) -> Result<Volume<'_>, Problem> {
        let (input, front) = self.open_volumes(path)?;
        let (header, layout) = front.header(&self.options)?;
        let budget = self.budget(&input, &layout, 0)?;
        let raw = match input {
            Input::Compressed(compression) => self.inflater.inflate(
                compression,
                &self.compressed,
                &layout.window,
                self.options.max_memory,
            )?,
            Input::Plain(mut file) => read_plain(&mut file, &layout, &mut self.inflater.buffer)?,
        };
        Ok(Volume::new(header, layout.samples, raw, budget))
    }

    fn read_all(
        &mut self,
        path: &Path,
        each: &mut dyn FnMut(usize, u64, Volume<'_>) -> Result<u64, Problem>,
    ) -> Result<(), Problem> {
        let (mut input, front) = self.open_volumes(path)?;
        let volumes = front.volumes(&self.options)?;
        let (mut options, mut kept, mut place) = (self.options.clone(), 0, 0);
        let mut buffer = std::mem::take(&mut self.inflater.buffer);
        let mut stream = match input {
            Input::Compressed(compression) => Some(self.stream(compression, &*self.compressed)?),
            Input::Plain(_) => None,
        };
        for volume in 0..volumes as usize {
            options.volume = Some(volume);
            let (header, layout) = front.header(&options)?;
            let budget = self.budget(&input, &layout, kept)?;
            let raw = match (&mut stream, &mut input) {
                (Some(stream), Input::Compressed(compression)) => {
                    layout.window.check_ratio(*compression, &self.compressed)?;
                    let out = sized(&mut buffer, layout.window.len)?;
                    read_window(stream, &mut place, &layout.window, out)?;
                    &*out
                }
                (_, Input::Plain(file)) => read_plain(file, &layout, &mut buffer)?,
                (None, Input::Compressed(_)) => continue,
            };
            kept += each(volume, volumes, Volume::new(header, layout.samples, raw, budget))?;
        }
        stream.map_or(Ok(()), |mut stream| stream.finish())?;
        self.inflater.buffer = buffer;
        Ok(())
    }

    fn read_memory<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Volume<'a>, Problem> {
        let compression = Compression::of_start(bytes);
        let front = match compression {
            Some(compression) => {
                Front::read(&mut self.stream(compression, bytes)?, &self.options, false)?
            }
            None => Front::read(&mut &*bytes, &self.options, false)?,
        };
        if !front.single_file {
            return Err(Problem::ImageFileMissing);
        }
        let (header, layout) = front.header(&self.options)?;
        let held = compression.map_or(0, |_| layout.window.held());
        let budget = Budget { limit: self.options.max_memory, held };
        budget.check(STORED_VOXELS)?;
        let raw = if let Some(compression) = compression {
            let limit = self.options.max_memory;
            self.inflater.inflate(compression, bytes, &layout.window, limit)?
        } else {
            let start = usize::try_from(layout.window.skip).unwrap_or(usize::MAX);
            let samples = bytes.get(start..).and_then(|rest| rest.get(..layout.window.len));
            samples.ok_or(Problem::Truncated {
                expected: layout.window.end(),
                found: bytes.len() as u64,
            })?
        };
        Ok(Volume::new(header, layout.samples, raw, budget))
    }

    /// Reads the front of a file, and opens the file of its voxels.
    fn open_volumes(&mut self, path: &Path) -> Result<(Input, Front), Problem> {
        let header_path = header_path(path);
        let mut input = self.open(&header_path)?;
        let front = match &mut input {
            Input::Compressed(compression) => {
                self.front(&mut self.stream(*compression, &*self.compressed)?, path)?
            }
            Input::Plain(file) => self.front(&mut BufReader::new(file), path)?,
        };
        if !front.single_file {
            input = self.open(&image_of_pair(&header_path).ok_or(Problem::ImageFileMissing)?)?;
        }
        Ok((input, front))
    }

    fn open(&mut self, path: &Path) -> Result<Input, Problem> {
        let (compression, mut file) = open(path)?;
        let Some(compression) = compression else { return Ok(Input::Plain(file)) };
        let held = file.metadata()?.len();
        Budget { limit: self.options.max_memory, held }.check("the compressed file")?;
        self.compressed.clear();
        file.read_to_end(&mut self.compressed)?;
        Ok(Input::Compressed(compression))
    }

    fn stream<R: std::io::BufRead>(
        &self,
        compression: Compression,
        input: R,
    ) -> Result<Stream<R>, Problem> {
        Stream::new(compression, input, self.options.max_memory)
    }

    fn front(&self, input: &mut impl Read, path: &Path) -> Result<Front, Problem> {
        Front::read(input, &self.options, named_single(path))
    }

    /// What may be held, with the file's bytes and `kept` taken from it.
    fn budget(&self, input: &Input, layout: &Layout, kept: u64) -> Result<Budget, Problem> {
        let budget = Budget { limit: self.options.max_memory, held: layout.window.held() };
        let budget = match input {
            Input::Compressed(_) => budget.and(self.compressed.len() as u64),
            Input::Plain(_) => budget,
        };
        let budget = budget.and(kept);
        budget.check(STORED_VOXELS)?;
        Ok(budget)
    }
}

/// Opens a file, and says how it is compressed.
fn open(path: &Path) -> Result<(Option<Compression>, File), Problem> {
    let mut file = open_input(path)?;
    let mut start = [0; Compression::START_BYTES];
    let filled = fill(&mut file, &mut start)?;
    file.rewind()?;
    Ok((Compression::of_start(&start[..filled]), file))
}

/// The voxels of a file that is not compressed.
fn read_plain<'b>(
    file: &mut File,
    layout: &Layout,
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8], Problem> {
    let window = &layout.window;
    let found = file.metadata()?.len();
    if found < window.end() {
        return Err(Problem::Truncated { expected: window.end(), found });
    }
    file.seek(SeekFrom::Start(window.skip))?;
    let samples = sized(buffer, window.len)?;
    file.read_exact(samples)?;
    Ok(samples)
}

/// Reads one file as a dense mask. Labels that the file has no name for get one (`label_7`).
///
/// # Errors
/// As [`Reader::read`], and [`Problem::Label`] at the first voxel whose value is no label.
pub fn read_mask(path: &Path, options: &ReadOptions) -> Result<(Mask, Header), NiftiError> {
    let mut reader = Reader::new(options.clone());
    let volume = reader.read(path)?;
    let mask = volume.to_mask().map_err(NiftiError::at(path))?;
    Ok((mask, volume.into_header()))
}

/// Reads one file as an image, whose voxels are any numbers: a CT, say, beneath a mask.
///
/// # Errors
/// As [`Reader::read`].
pub fn read_image(path: &Path, options: &ReadOptions) -> Result<ImageFile, NiftiError> {
    Reader::new(options.clone()).read_image(path)
}

/// Reads everything but the voxels of one file.
///
/// # Errors
/// As [`Reader::read`].
pub fn read_header(path: &Path, options: &ReadOptions) -> Result<Header, NiftiError> {
    Reader::new(options.clone()).read_header(path)
}

/// Whether the name is one of a file that holds header and voxels.
fn named_single(path: &Path) -> bool {
    file_names::taken_apart(path).is_some_and(|name| name.part == Part::Single)
}

/// The file that holds the header: of an image file its partner.
fn header_path(path: &Path) -> PathBuf {
    header_of_pair(path).unwrap_or_else(|| path.to_owned())
}
