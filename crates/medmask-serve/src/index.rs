//! The page that lists the archives.

use std::fmt::Write;
use std::path::Path;

use html_escape::encode_text;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::folder::Listing;

const STYLE: &str = include_str!("index.css");

/// What stands for itself in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// A path as it stands in an address.
pub fn encoded(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let bytes: Vec<u8> = if std::path::MAIN_SEPARATOR == '/' {
        bytes.to_vec()
    } else {
        // Names hold no slash anywhere.
        bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
    };
    percent_encode(&bytes, PLAIN).to_string()
}

/// A page with a title and a body of HTML.
pub fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        encode_text(title)
    )
}

/// The list, with a link to the page of each archive.
pub fn html(folder: &Path, listing: &Listing) -> String {
    let count = listing.archives.len();
    let name = folder.display().to_string();
    let mut body =
        format!("<h1>{}</h1>\n<p>{count} {}</p>\n<ol>\n", encode_text(&name), archives(count));
    for (path, bytes) in &listing.archives {
        // Writing to a string cannot fail.
        let _ = writeln!(
            body,
            "<li><a href=\"/view/{}\">{}</a> <small>{}</small></li>",
            encoded(path),
            encode_text(&path.to_string_lossy()),
            size(*bytes)
        );
    }
    body.push_str("</ol>\n");
    if listing.unreadable > 0 {
        let _ = writeln!(body, "<p>{} places could not be looked at.</p>", listing.unreadable);
    }
    page(&name, &body)
}

fn archives(count: usize) -> &'static str {
    if count == 1 { "archive" } else { "archives" }
}

/// 1 KB is 1,000 bytes.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        small @ ..1e3 => format!("{small} B"),
        kilo @ ..1e6 => format!("{:.1} KB", kilo / 1e3),
        mega @ ..1e9 => format!("{:.1} MB", mega / 1e6),
        giga => format!("{:.1} GB", giga / 1e9),
    }
}
