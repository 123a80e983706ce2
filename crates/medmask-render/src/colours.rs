//! Colours that people tell apart, also those who see fewer of them.

/// Red, green and blue, 0 to 255.
pub type Colour = [u8; 3];

/// Where two masks agree, what is in the first alone and what is in the second alone: three colours of Okabe and Ito (2008) that also
/// the colour-blind tell apart.
pub const AGREEMENT: [Colour; 3] = [[86, 180, 233], [230, 159, 0], [213, 94, 0]];

/// A colour made from a name, the same in every picture, on every machine. Lightness varies as hue does, so that two colours of one hue
/// differ to the colour-blind, too.
#[must_use]
pub fn colour_of_name(name: &str) -> Colour {
    // FNV-1a: short, well known, and the same everywhere.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hue = (hash >> 40) as f64 / f64::from(1_u32 << 24);
    let lightness = [0.48, 0.62, 0.76][(hash & 0xffff) as usize % 3];
    let saturation = [0.65, 0.9][(hash >> 16 & 0xffff) as usize % 2];
    from_hsl(hue, saturation, lightness)
}

/// Hue, saturation and lightness, each 0 to 1.
fn from_hsl(hue: f64, saturation: f64, lightness: f64) -> Colour {
    let chroma = (1.0 - (2.0 * lightness - 1.0).abs()) * saturation;
    let least = lightness - chroma / 2.0;
    let channel = |shift: f64| {
        let place = (hue * 6.0 + shift).rem_euclid(6.0);
        let rising = (place - 3.0).abs() - 1.0;
        ((least + chroma * rising.clamp(0.0, 1.0)) * 255.0).round() as u8
    };
    [channel(0.0), channel(4.0), channel(2.0)]
}

/// As it stands in SVG, such as `#56b4e9`.
pub(crate) fn hex(colour: Colour) -> String {
    let [red, green, blue] = colour;
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::from_hsl;

    #[test]
    fn hues_are_those_of_css() {
        assert_eq!(from_hsl(0.0, 1.0, 0.5), [255, 0, 0]);
        assert_eq!(from_hsl(1.0 / 3.0, 1.0, 0.5), [0, 255, 0]);
        assert_eq!(from_hsl(2.0 / 3.0, 1.0, 0.5), [0, 0, 255]);
        assert_eq!(from_hsl(0.5, 0.0, 0.5), [128, 128, 128]);
        // hsl(30, 50 %, 60 %) in a browser.
        assert_eq!(from_hsl(30.0 / 360.0, 0.5, 0.6), [204, 153, 102]);
    }
}
