#![doc = include_str!("../README.md")]

mod answer;
mod error;
mod folder;
mod guard;
mod index;
mod ranges;
mod routes;
mod server;

pub use error::ServeError;
pub use routes::{Case, PageError};
pub use server::Server;
