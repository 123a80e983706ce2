//! A server and a client that is nothing but a socket, so that it can say what no browser would.

mod client;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod escapes;
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod files;
mod requests;
