//! Which address is what.

use std::path::{Path, PathBuf};

use html_escape::encode_text;
use hyper::{Method, Request, StatusCode};

use crate::answer::{Answer, Content, of_content, of_html, of_text, without_content};
use crate::folder::Folder;
use crate::guard;
use crate::index::{self, encoded};
use crate::ranges;

/// An archive whose page is asked for.
pub struct Case<'a> {
    /// The file.
    pub path: &'a Path,
    /// What to call it: its path in the folder.
    pub title: &'a str,
    /// Where the page finds the file's bytes: an address on the same server.
    pub address: &'a str,
}

/// Why there is no page of a case.
pub type PageError = Box<dyn std::error::Error + Send + Sync>;

/// The folder, and what makes pages of its archives.
pub struct Site<P> {
    pub folder: Folder,
    /// As the user named it.
    pub name: PathBuf,
    pub page: P,
    pub port: u16,
}

impl<P: Fn(&Case<'_>) -> Result<String, PageError>> Site<P> {
    /// Answers a request, whatever it is.
    pub fn answer<B>(&self, request: &Request<B>) -> Answer {
        let answer = guard::refusal(request, self.port).unwrap_or_else(|| self.found(request));
        if request.method() == Method::HEAD { without_content(answer) } else { answer }
    }

    fn found<B>(&self, request: &Request<B>) -> Answer {
        let path = request.uri().path();
        if path == "/" {
            return of_html(StatusCode::OK, index::html(&self.name, &self.folder.list()));
        }
        if path == "/favicon.ico" {
            return of_content(StatusCode::NO_CONTENT, "image/x-icon", Content::Bytes(None));
        }
        let found = match (path.strip_prefix("/view/"), path.strip_prefix("/files/")) {
            (Some(encoded), _) => self.view(encoded),
            (_, Some(encoded)) => self.file(encoded, request),
            _ => None,
        };
        found.unwrap_or_else(|| of_text(StatusCode::NOT_FOUND, "there is no such archive"))
    }

    fn file<B>(&self, encoded: &str, request: &Request<B>) -> Option<Answer> {
        let (_, file) = self.folder.open(encoded)?;
        let answer = ranges::of_file(file, request.headers());
        Some(answer.unwrap_or_else(|error| {
            of_text(StatusCode::INTERNAL_SERVER_ERROR, &format!("cannot read the file: {error}"))
        }))
    }

    fn view(&self, address: &str) -> Option<Answer> {
        let (path, _) = self.folder.open(address)?;
        let place = self.folder.place(&path)?;
        let title = path.to_string_lossy();
        let address = format!("/files/{}", encoded(&path));
        let page = (self.page)(&Case { path: &place, title: &title, address: &address });
        Some(match page {
            Ok(html) => of_html(StatusCode::OK, html),
            Err(error) => {
                let body = format!(
                    "<h1>{}</h1>\n<p>{}</p>\n",
                    encode_text(&title),
                    encode_text(&error.to_string())
                );
                of_html(StatusCode::INTERNAL_SERVER_ERROR, index::page(&title, &body))
            }
        })
    }
}
