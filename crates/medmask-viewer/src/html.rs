//! Writing a page.

use std::borrow::Cow;
use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use html_escape::encode_text;
use serde::Serialize;

use crate::error::LARGEST;
use crate::page::{Page, Source};
use crate::parts::{BODY, NIIVUE, STYLE, script};
use crate::text::json;
use crate::{Contents, ViewerError};

/// What a page that holds everything may do: run what is in it, and reach no network.
const NO_NETWORK: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
                          style-src 'unsafe-inline'; img-src data: blob:";

/// What one may do besides that fetches the archive: from where the page itself came from.
const OWN_SERVER: &str = "; connect-src 'self'";

/// What `main.js` reads.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    contents: &'a Contents,
    /// The archive's address; `None` where it is embedded.
    source: Option<&'a str>,
    image: Option<ToldImage>,
    neurological: bool,
    /// LPS+ mm.
    at: Option<[f64; 3]>,
}

#[derive(Serialize)]
struct ToldImage {
    slope: f64,
    intercept: f64,
    /// The values that are drawn black and white.
    window: [f64; 2],
}

impl Page {
    /// The page: HTML, with all that it needs inside but what a [`Source::Url`] leaves outside.
    ///
    /// # Errors
    /// [`ViewerError::NotBuilt`].
    pub fn to_html(&self) -> Result<String, ViewerError> {
        html(self)
    }
}

#[expect(clippy::expect_used, reason = "text, numbers and lists of them always become JSON")]
fn html(page: &Page) -> Result<String, ViewerError> {
    let (niivue, licences) = NIIVUE.ok_or(ViewerError::NotBuilt)?;
    let mut parts: Vec<(String, Cow<'_, [u8]>)> = vec![
        ("decoder".to_owned(), compressed(medmask_wasm::MODULE).into()),
        ("niivue".to_owned(), niivue.into()),
    ];
    let fetching = match &page.source {
        Source::Bytes(bytes) if bytes.len() as u64 > LARGEST => {
            return Err(ViewerError::TooLarge { bytes: bytes.len() as u64 });
        }
        Source::Bytes(bytes) => {
            parts.push(("archive".to_owned(), bytes.into()));
            ""
        }
        Source::Url(_) => OWN_SERVER,
    };
    if let Some(image) = &page.image {
        parts.push(("image".to_owned(), little_endian(&image.values, i16::to_le_bytes).into()));
    }
    for (index, runs) in page.contents.computed() {
        parts.push((format!("runs-{index}"), little_endian(runs, u32::to_le_bytes).into()));
    }
    let told = Told {
        contents: &page.contents,
        source: match &page.source {
            Source::Bytes(_) => None,
            Source::Url(url) => Some(url),
        },
        image: page.image.as_ref().map(|image| ToldImage {
            slope: image.slope,
            intercept: image.intercept,
            window: image.window.ends(),
        }),
        neurological: page.neurological,
        at: page.at_lps_mm,
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{NO_NETWORK}{fetching}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <!--\n{licences}\n-->\n<style>\n{STYLE}</style>\n</head>\n<body>\n{BODY}",
        title = encode_text(page.contents.title()),
        licences = licences.replace("--", "- -"),
    );
    html.push_str(&format!(
        "<script type=\"application/json\" id=\"page\">{}</script>\n",
        json(&told).expect("text and numbers become JSON")
    ));
    for (id, bytes) in parts {
        html.push_str(&format!("<script type=\"text/plain\" id=\"{id}\">"));
        STANDARD.encode_string(bytes, &mut html);
        html.push_str("</script>\n");
    }
    html.push_str(&format!("<script type=\"module\">\n{}</script>\n</body>\n</html>\n", script()));
    Ok(html)
}

fn little_endian<T: Copy, const N: usize>(numbers: &[T], bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| bytes(*number)).collect();
    compressed(&bytes)
}

#[expect(clippy::expect_used, reason = "memory takes all that is written")]
fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all")
}
