//! What goes back to the browser.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

/// So much of a file is in memory at once.
const BLOCK: usize = 64 * 1024;

/// What every answer says: no other origin may read or frame it, nothing is guessed of its type, and nothing of a patient stays in the
/// browser's cache.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What a page may do: run what is in it, and fetch from here alone.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; \
                      img-src data: blob:; connect-src 'self' data: blob:; worker-src blob:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The body of an answer: bytes, or a part of a file that is read as the browser takes it.
pub enum Content {
    Bytes(Option<Bytes>),
    File { file: File, left: u64 },
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match self.get_mut() {
            Self::Bytes(bytes) => bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok),
            Self::File { left: 0, .. } => None,
            Self::File { file, left } => Some(block(file, left)),
        };
        Poll::Ready(next.map(|block| block.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.length() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length())
    }
}

impl Content {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len() as u64),
            Self::File { left, .. } => *left,
        }
    }
}

/// The next block. A file that became shorter breaks the connection, so that nobody takes a part for the whole.
fn block(file: &mut File, left: &mut u64) -> io::Result<Bytes> {
    let mut block = vec![0; usize::try_from(*left).unwrap_or(BLOCK).min(BLOCK)];
    file.read_exact(&mut block)?;
    *left -= block.len() as u64;
    Ok(block.into())
}

/// An answer with what every answer says.
pub type Answer = Response<Content>;

/// An answer of `length` bytes; to HEAD it goes without them.
pub fn of_content(status: StatusCode, kind: &'static str, content: Content) -> Answer {
    let length = content.length();
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    answer
}

/// A page.
pub fn of_html(status: StatusCode, html: String) -> Answer {
    let content = Content::Bytes(Some(html.into()));
    let mut answer = of_content(status, "text/html; charset=utf-8", content);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    answer
}

/// A line of text.
pub fn of_text(status: StatusCode, text: &str) -> Answer {
    let content = Content::Bytes(Some(format!("{text}\n").into()));
    of_content(status, "text/plain; charset=utf-8", content)
}

/// The same without its bytes, as HEAD asks for it.
pub fn without_content(answer: Answer) -> Answer {
    answer.map(|_| Content::Bytes(None))
}

/// For the server: an answer never fails, whatever it says.
pub fn sent(answer: Answer) -> Result<Answer, Infallible> {
    Ok(answer)
}
