#![doc = include_str!("../README.md")]

mod colours;
mod document;
mod error;
mod legend;
mod panel;
mod projection;
mod raster;
mod scale;
mod section;
mod terminal;
mod text;
mod view;
mod window;

pub use colours::{AGREEMENT, Colour, colour_of, colour_of_name};
pub use document::{Picture, Style};
pub use error::RenderError;
pub use legend::LegendRow;
pub use panel::{Layer, Panel};
pub use projection::{Projection, Side};
pub use section::Section;
pub use view::{Plane, View};
pub use window::Window;
