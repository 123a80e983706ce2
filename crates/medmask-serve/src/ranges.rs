//! A file, whole or in part.

use std::fs::{File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::ops::RangeInclusive;
use std::time::UNIX_EPOCH;

use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::answer::{Answer, Content, of_content, of_text};

const KIND: &str = "application/octet-stream";

/// What is asked for of a file.
enum Asked {
    All,
    /// First and last byte.
    Range(RangeInclusive<u64>),
    /// Nothing that there is.
    Nothing,
}

/// Answers a request for the open `file`: all that the answer says is of this file, whatever has its name meanwhile.
pub fn of_file(mut file: File, headers: &HeaderMap) -> io::Result<Answer> {
    let found = file.metadata()?;
    let (size, tag) = (found.len(), tag(&found));
    if let Some(answer) = precondition(headers, &tag) {
        return Ok(tagged(answer, &tag));
    }
    let (status, range) = match asked(headers, size, &tag) {
        Asked::All => (StatusCode::OK, None),
        Asked::Range(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
        Asked::Nothing => {
            let text = format!("the file has {size} bytes");
            let mut answer = of_text(StatusCode::RANGE_NOT_SATISFIABLE, &text);
            insert(&mut answer, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(tagged(answer, &tag));
        }
    };
    let left = range.as_ref().map_or(size, |range| range.end() - range.start() + 1);
    if let Some(range) = &range {
        file.seek(SeekFrom::Start(*range.start()))?;
    }
    let mut answer = of_content(status, KIND, Content::File { file, left });
    if let Some(range) = range {
        let text = format!("bytes {}-{}/{size}", range.start(), range.end());
        insert(&mut answer, header::CONTENT_RANGE, &text);
    }
    Ok(tagged(answer, &tag))
}

/// The file as it is now: another one as soon as it is written or replaced.
fn tag(found: &Metadata) -> String {
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default().as_nanos();
    format!("\"{:x}-{modified:x}-{:x}\"", found.len(), number(found))
}

#[cfg(unix)]
fn number(found: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

/// The answer where the file is not the one that was meant, or the one that the browser has.
fn precondition(headers: &HeaderMap, tag: &str) -> Option<Answer> {
    let names = |header: HeaderName| {
        let values: Vec<_> = headers.get_all(header).iter().collect();
        let lists = values.iter().filter_map(|value| value.to_str().ok());
        let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
        (!values.is_empty()).then(|| tags.any(|own| own == "*" || own == tag))
    };
    if names(header::IF_MATCH) == Some(false) {
        let text = "the file has changed since it was opened";
        return Some(of_text(StatusCode::PRECONDITION_FAILED, text));
    }
    // Nothing was said of its length, which is that of the file.
    (names(header::IF_NONE_MATCH) == Some(true)).then(|| {
        let mut answer = of_content(StatusCode::NOT_MODIFIED, KIND, Content::Bytes(None));
        answer.headers_mut().remove(header::CONTENT_LENGTH);
        answer
    })
}

/// Of several ranges, of what is no range, and where `If-Range` means another file, all is given.
fn asked(headers: &HeaderMap, size: u64, tag: &str) -> Asked {
    let Some(range) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Asked::All;
    };
    if headers.get(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Asked::All;
    }
    let found = parse_range_header(range).and_then(|ranges| ranges.validate(size));
    match found.as_deref() {
        Ok([range]) => Asked::Range(range.clone()),
        Ok(_) | Err(RangeUnsatisfiableError::Invalid(_)) => Asked::All,
        Err(_) => Asked::Nothing,
    }
}

fn tagged(mut answer: Answer, tag: &str) -> Answer {
    insert(&mut answer, header::ETAG, tag);
    insert(&mut answer, header::ACCEPT_RANGES, "bytes");
    answer
}

#[expect(clippy::expect_used, reason = "numbers and signs of ASCII are what headers hold")]
fn insert(answer: &mut Answer, name: HeaderName, value: &str) {
    answer.headers_mut().insert(name, HeaderValue::from_str(value).expect("text of ASCII"));
}
