//! SVG to pixels, and pixels to PNG.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};

use crate::RenderError;
use crate::colours::Colour;
use crate::text::{FAMILY, font};

/// Pixels of a picture at most, on each side.
pub(crate) const LARGEST: f64 = 16_000.0;
/// Pixels of a picture at most, each of 4 bytes.
pub(crate) const MOST_PIXELS: f64 = 120e6;

/// The embedded font alone, so that a picture is the same on every machine.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(font().to_vec());
    fonts.set_sans_serif_family(FAMILY);
    Arc::new(fonts)
});

/// An SVG document as PNG.
pub(crate) fn png_of_svg(svg: &str) -> Result<Vec<u8>, RenderError> {
    let failed = |error: &dyn std::fmt::Display| RenderError::Png(error.to_string());
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: FAMILY.to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(&error))?;
    let size = tree.size().to_int_size();
    let too_large =
        RenderError::TooLarge { width: size.width().into(), height: size.height().into() };
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(too_large)?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(&error))
}

/// Pixels, row after row, as PNG.
pub(crate) fn png_of_pixels(
    pixels: &[Colour],
    [height, width]: [usize; 2],
) -> Result<Vec<u8>, RenderError> {
    let failed = |error: png::EncodingError| RenderError::Png(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels.as_flattened()).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
