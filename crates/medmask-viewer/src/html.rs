//! Writing a page.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::page::{Page, Source};
use crate::parts::{BODY, NIIVUE, STYLE, script};
use crate::{Case, ViewerError};

/// What a page that holds everything may do: run what is in it, and reach no network.
const NO_NETWORK: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
                          style-src 'unsafe-inline'; img-src data: blob:";

/// The same, and fetch from where the page itself came from.
const OWN_SERVER: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
                          style-src 'unsafe-inline'; img-src data: blob:; connect-src 'self'";

/// What `main.js` reads.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    case: &'a Case,
    /// The archive's address; `None` where it is embedded.
    source: Option<&'a str>,
    image: Option<ToldImage<'a>>,
    neurological: bool,
}

#[derive(Serialize)]
struct ToldImage<'a> {
    name: &'a str,
    source: Option<&'a str>,
    window: Option<[f64; 2]>,
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

fn html(page: &Page) -> Result<String, ViewerError> {
    let (niivue, licences) = NIIVUE.ok_or(ViewerError::NotBuilt)?;
    let mut parts = vec![
        ("decoder".to_owned(), compressed(medmask_wasm::MODULE)),
        ("niivue".to_owned(), niivue.to_vec()),
    ];
    let mut policy = NO_NETWORK;
    let sources =
        [("archive", Some(&page.source)), ("image", page.image.as_ref().map(|i| &i.source))];
    for (id, source) in sources {
        match source {
            Some(Source::Bytes(bytes)) => parts.push((id.to_owned(), bytes.clone())),
            Some(Source::Url(_)) => policy = OWN_SERVER,
            None => {}
        }
    }
    for (index, runs) in page.case.computed() {
        let bytes: Vec<u8> = runs.iter().flat_map(|number| number.to_le_bytes()).collect();
        parts.push((format!("runs-{index}"), compressed(&bytes)));
    }
    let told = Told {
        case: &page.case,
        source: url(&page.source),
        image: page.image.as_ref().map(|image| ToldImage {
            name: &image.name,
            source: url(&image.source),
            window: image.window,
        }),
        neurological: page.neurological,
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <!--\n{licences}\n-->\n<style>\n{STYLE}</style>\n</head>\n<body>\n{BODY}",
        title = escaped(page.case.title()),
        licences = licences.replace("--", "- -"),
    );
    html.push_str(&format!(
        "<script type=\"application/json\" id=\"page\">{}</script>\n",
        json(&told)
    ));
    for (id, bytes) in parts {
        html.push_str(&format!("<script type=\"text/plain\" id=\"{id}\">"));
        STANDARD.encode_string(bytes, &mut html);
        html.push_str("</script>\n");
    }
    html.push_str(&format!("<script type=\"module\">\n{}</script>\n</body>\n</html>\n", script()));
    Ok(html)
}

fn url(source: &Source) -> Option<&str> {
    match source {
        Source::Bytes(_) => None,
        Source::Url(url) => Some(url),
    }
}

#[expect(clippy::expect_used, reason = "memory takes all that is written")]
fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes all")
}

/// JSON in which no text ends the script element or opens a comment there, whatever names hold.
#[expect(clippy::expect_used, reason = "text, numbers and lists of them always become JSON")]
fn json(told: &Told<'_>) -> String {
    let json = serde_json::to_string(told).expect("text and numbers become JSON");
    // Outside of texts JSON has no such sign.
    json.replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
