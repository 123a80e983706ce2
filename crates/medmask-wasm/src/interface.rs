//! What JavaScript calls. Numbers go in and out as they are; names and bytes through two buffers of the module's memory, which JavaScript
//! reads and writes between calls: [`prepare`] gives the place where a name or a range of the file is put, [`answer`] the place of what the last
//! call answered.
//!
//! A call gives [`DONE`] with an answer, [`MISSING`] with the ranges of the file that are needed, pairs of 64-bit start and end, or [`FAILED`] with
//! a message.
#![expect(
    unsafe_code,
    reason = "exported names; no other library is linked into the module that could have the same"
)]

use std::cell::RefCell;

use crate::{Reader, ReaderError};

const DONE: u32 = 0;
const MISSING: u32 = 1;
const FAILED: u32 = 2;

#[derive(Default)]
struct State {
    readers: Vec<Option<Reader>>,
    input: Vec<u8>,
    answer: Answer,
}

enum Answer {
    Bytes(Vec<u8>),
    Ranges(Vec<u64>),
    Runs(Vec<u32>),
}

impl Default for Answer {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Answer {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Ranges(numbers) => bytemuck::cast_slice(numbers),
            Self::Runs(numbers) => bytemuck::cast_slice(numbers),
        }
    }
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

fn with_state<T>(work: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(work)
}

/// Room for `length` bytes of input.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(length: usize) -> *mut u8 {
    with_state(|state| {
        state.input = vec![0; length];
        state.input.as_mut_ptr()
    })
}

/// A reader of a file of `size` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn create(size: u64) -> u32 {
    with_state(|state| {
        state.readers.push(Some(Reader::new(size)));
        state.readers.len() as u32 - 1
    })
}

/// Ends a reader, whose number is not given again.
#[unsafe(no_mangle)]
pub extern "C" fn close(reader: u32) {
    with_state(|state| {
        if let Some(reader) = state.readers.get_mut(reader as usize) {
            *reader = None;
        }
    });
}

/// The input is the range of the file that starts at `offset`.
#[unsafe(no_mangle)]
pub extern "C" fn supply(reader: u32, offset: u64) {
    with_state(|state| {
        let bytes = std::mem::take(&mut state.input);
        if let Some(Some(reader)) = state.readers.get_mut(reader as usize) {
            reader.supply(offset, bytes);
        }
    });
}

/// Answers with JSON.
#[unsafe(no_mangle)]
pub extern "C" fn describe(reader: u32) -> u32 {
    call(reader, |reader, _| {
        let description = reader.describe()?;
        // Text and numbers always become JSON.
        Ok(Answer::Bytes(serde_json::to_vec(&description).unwrap_or_default()))
    })
}

/// Answers with the runs of the entry whose name is the input; of one label, where it is not 0.
#[unsafe(no_mangle)]
pub extern "C" fn runs(reader: u32, label: u32) -> u32 {
    let wanted = (label != 0).then_some(label);
    call(reader, |reader, name| reader.runs(name, wanted).map(Answer::Runs))
}

fn call(reader: u32, work: impl FnOnce(&mut Reader, &str) -> Result<Answer, ReaderError>) -> u32 {
    with_state(|state| {
        let name = String::from_utf8(std::mem::take(&mut state.input)).unwrap_or_default();
        let done = match state.readers.get_mut(reader as usize) {
            Some(Some(reader)) => work(reader, &name),
            _ => {
                state.answer = Answer::Bytes(b"the archive is closed".to_vec());
                return FAILED;
            }
        };
        let (status, answer) = match done {
            Ok(answer) => (DONE, answer),
            Err(ReaderError::Missing(ranges)) => {
                let numbers = ranges.into_iter().flat_map(|range| [range.start, range.end]);
                (MISSING, Answer::Ranges(numbers.collect()))
            }
            Err(error) => (FAILED, Answer::Bytes(error.to_string().into_bytes())),
        };
        state.answer = answer;
        status
    })
}

/// Where the answer of the last call stands.
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    with_state(|state| state.answer.bytes().as_ptr())
}

/// Its bytes.
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    with_state(|state| state.answer.bytes().len())
}

/// Frees the answer.
#[unsafe(no_mangle)]
pub extern "C" fn forget() {
    with_state(|state| state.answer = Answer::default());
}
