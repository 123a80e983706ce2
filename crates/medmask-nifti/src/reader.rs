//! Reading files: front, then voxels, with buffers that serve many files.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use libdeflater::Decompressor;
use medmask_core::Mask;
use medmask_files::open_input;

use crate::budget::Budget;
use crate::file_names::{self, Part, header_of_pair, image_of_pair};
use crate::front::{Front, Layout};
use crate::gzip::{self, Members, STORED_VOXELS};
use crate::image::ImageFile;
use crate::volume::Volume;
use crate::{Header, NiftiError, Problem, ReadOptions};

/// Reads NIfTI files one after the other with the same buffers.
///
/// `.nii`, `.hdr` with `.img`, each with or without gzip, which is recognised by content and not by name;
/// NIfTI-1 and NIfTI-2 in either byte order.
pub struct Reader {
    options: ReadOptions,
    /// A gzip file's bytes.
    compressed: Vec<u8>,
    /// Inflated bytes, or a plain file's voxels.
    buffer: Vec<u8>,
    decompressor: Decompressor,
}

/// An open file; a gzip file's bytes are in the reader's buffer.
enum Input {
    Gzip,
    Plain(File),
}

impl Reader {
    /// A reader with empty buffers.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Self {
            options,
            compressed: Vec::new(),
            buffer: Vec::new(),
            decompressor: Decompressor::new(),
        }
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
        let Self { buffer, compressed, .. } = self;
        drop(compressed);
        let start = address - buffer.as_ptr().addr();
        ImageFile::new(header, &samples, buffer, start).map_err(NiftiError::at(path))
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

    /// Reads everything but the voxels.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_header(&mut self, path: &Path) -> Result<Header, NiftiError> {
        let read = |reader: &mut Self| {
            let mut input = reader.open(&header_path(path))?;
            let front = reader.front(&mut input, named_single(path))?;
            Ok(front.header(&reader.options)?.0)
        };
        read(self).map_err(NiftiError::at(path))
    }

    fn read_file(&mut self, path: &Path) -> Result<Volume<'_>, Problem> {
        let header_path = header_path(path);
        let mut input = self.open(&header_path)?;
        let front = self.front(&mut input, named_single(path))?;
        let (header, layout) = front.header(&self.options)?;
        if !front.single_file {
            input = self.open(&image_of_pair(&header_path).ok_or(Problem::ImageFileMissing)?)?;
        }
        let budget = Budget { limit: self.options.max_memory, held: layout.window.held() };
        let budget = match input {
            Input::Gzip => budget.and(self.compressed.len() as u64),
            Input::Plain(_) => budget,
        };
        budget.check(STORED_VOXELS)?;
        let raw = self.samples(input, &layout)?;
        Ok(Volume::new(header, layout.samples, raw, budget))
    }

    fn read_memory<'a>(&'a mut self, bytes: &'a [u8]) -> Result<Volume<'a>, Problem> {
        let is_gzip = gzip::is_gzip(bytes);
        let front = if is_gzip {
            Front::read(&mut Members::new(bytes), &self.options, false)?
        } else {
            Front::read(&mut &*bytes, &self.options, false)?
        };
        if !front.single_file {
            return Err(Problem::ImageFileMissing);
        }
        let (header, layout) = front.header(&self.options)?;
        let held = if is_gzip { layout.window.held() } else { 0 };
        let budget = Budget { limit: self.options.max_memory, held };
        budget.check(STORED_VOXELS)?;
        let raw = if is_gzip {
            gzip::inflate(bytes, &layout.window, &mut self.buffer, &mut self.decompressor)?
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

    fn open(&mut self, path: &Path) -> Result<Input, Problem> {
        let mut file = open_input(path)?;
        let mut magic = [0; 2];
        gzip::fill(&mut file, &mut magic)?;
        file.rewind()?;
        if !gzip::is_gzip(&magic) {
            return Ok(Input::Plain(file));
        }
        let held = file.metadata()?.len();
        Budget { limit: self.options.max_memory, held }.check("the compressed file")?;
        self.compressed.clear();
        file.read_to_end(&mut self.compressed)?;
        Ok(Input::Gzip)
    }

    fn front(&self, input: &mut Input, named_single: bool) -> Result<Front, Problem> {
        match input {
            Input::Gzip => {
                Front::read(&mut Members::new(&self.compressed), &self.options, named_single)
            }
            Input::Plain(file) => {
                Front::read(&mut BufReader::new(file), &self.options, named_single)
            }
        }
    }

    fn samples(&mut self, input: Input, layout: &Layout) -> Result<&[u8], Problem> {
        let window = &layout.window;
        let mut file = match input {
            Input::Gzip => {
                let Self { compressed, buffer, decompressor, .. } = self;
                return gzip::inflate(compressed, window, buffer, decompressor);
            }
            Input::Plain(file) => file,
        };
        let found = file.metadata()?.len();
        if found < window.end() {
            return Err(Problem::Truncated { expected: window.end(), found });
        }
        file.seek(SeekFrom::Start(window.skip))?;
        let samples = gzip::sized(&mut self.buffer, window.len)?;
        file.read_exact(samples)?;
        Ok(samples)
    }
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
