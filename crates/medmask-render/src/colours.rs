//! Colours that people tell apart, also those who see fewer of them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Red, green and blue, 0 to 255.
pub type Colour = [u8; 3];

/// Where two masks agree, what is in the first alone and what is in the second alone: three colours of Okabe and Ito (2008) that also
/// the colour-blind tell apart.
pub const AGREEMENT: [Colour; 3] = [[86, 180, 233], [230, 159, 0], [213, 94, 0]];

/// The colours that TotalSegmentator 2.18 gives its structures for DICOM (`DicomRGBColor` of its table of codes), by their names in small
/// letters.
const TOTALSEGMENTATOR: &str = include_str!("totalsegmentator.csv");

static TABLE: LazyLock<HashMap<&str, Colour>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let (name, colour) = line.split_once(',')?;
        let channels: Vec<u8> = colour.split(',').filter_map(|text| text.parse().ok()).collect();
        Some((name, Colour::try_from(channels).ok()?))
    };
    TOTALSEGMENTATOR.lines().skip(1).filter_map(row).collect()
});

/// The colour of a structure in every picture and page: its own where it has one (red, green, blue and opacity; the opacity does not count),
/// else [that of its name](colour_of_name).
#[must_use]
pub fn colour_of(own: Option<[u8; 4]>, name: &str) -> Colour {
    own.map_or_else(|| colour_of_name(name), |[red, green, blue, _]| [red, green, blue])
}

/// The colour of a name, the same in every picture, on every machine: that which TotalSegmentator gives it, else one made from it.
///
/// A label is called `entry/label`; the table is asked for the label. Capital letters do not count there, and `-` and blanks are as good as `_`.
#[must_use]
pub fn colour_of_name(name: &str) -> Colour {
    let label = name.rsplit('/').next().unwrap_or(name);
    let plain: String = label
        .chars()
        .map(|letter| if matches!(letter, ' ' | '-') { '_' } else { letter.to_ascii_lowercase() })
        .collect();
    TABLE.get(plain.as_str()).copied().unwrap_or_else(|| made_of_name(name))
}

/// Lightness varies as hue does, so that two colours of one hue differ to the colour-blind, too.
fn made_of_name(name: &str) -> Colour {
    // FNV-1a: short, well known, and the same everywhere.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // Its high bits hardly know the last letters, in which names of one kind differ: the last steps of MurmurHash3 mix them.
    let mix = |hash: u64, factor: u64| (hash ^ hash >> 33).wrapping_mul(factor);
    let hash = mix(mix(hash, 0xff51_afd7_ed55_8ccd), 0xc4ce_b9fe_1a85_ec53);
    let hash = hash ^ hash >> 33;
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
    use super::{TABLE, TOTALSEGMENTATOR, colour_of, colour_of_name, from_hsl, made_of_name};

    #[test]
    fn a_structure_has_its_own_colour_or_that_of_the_table_or_one_of_its_name() {
        assert_eq!(TABLE.len(), TOTALSEGMENTATOR.lines().count() - 1, "every line is read");
        assert_eq!(colour_of(Some([1, 2, 3, 0]), "liver"), [1, 2, 3]);
        // From the table of TotalSegmentator 2.18.0.
        assert_eq!(colour_of(None, "liver"), [40, 140, 40]);
        for name in ["vertebrae_C2", "spine/vertebrae_C2", "Vertebrae C2", "a/b/vertebrae-c2"] {
            assert_eq!(colour_of_name(name), [23, 254, 219], "{name}");
        }
        for name in ["left_liver", "liver/left", "", "/"] {
            assert_eq!(colour_of_name(name), made_of_name(name), "{name}");
        }
        assert_ne!(colour_of_name("tumour"), colour_of_name("tumour_2"));
    }

    #[test]
    fn names_that_differ_in_their_last_letter_differ_in_hue() {
        let hue = |number: u32| {
            let [red, green, blue] = made_of_name(&format!("lesion_{number}")).map(f64::from);
            (3.0_f64.sqrt() * (green - blue)).atan2(2.0 * red - green - blue)
        };
        let hues: Vec<f64> = (0..10).map(hue).collect();
        let near = |hue: &f64| hues.iter().filter(|other| (*other - hue).abs() < 0.02).count();
        // Of ten hues some are near each other by chance.
        assert!(hues.iter().all(|hue| near(hue) <= 2), "{hues:?}");
    }

    /// How far two colours lie apart to the most frequent kind of colour-blind people, by the matrix of Viénot, Brettel and Mollon (1999) for
    /// deuteranopes, in the plane of lightness and blue against yellow.
    fn distance_to_deuteranopes(first: [u8; 3], second: [u8; 3]) -> f64 {
        let seen = |colour: [u8; 3]| {
            let [red, green, blue] = colour.map(|channel| (f64::from(channel) / 255.0).powf(2.2));
            let yellow = 0.292_75 * red + 0.707_25 * green;
            let blue = -0.022_34 * red + 0.022_34 * green + blue;
            [yellow, blue.max(0.0)].map(|light| 100.0 * light.powf(1.0 / 2.2))
        };
        let ([yellow, blue], [other_yellow, other_blue]) = (seen(first), seen(second));
        (yellow - other_yellow).hypot(blue - other_blue)
    }

    #[test]
    fn the_colour_blind_tell_agreement_from_disagreement() {
        for (place, first) in super::AGREEMENT.into_iter().enumerate() {
            for second in super::AGREEMENT.into_iter().skip(place + 1) {
                let distance = distance_to_deuteranopes(first, second);
                assert!(distance > 15.0, "{first:?} {second:?}: {distance}");
            }
        }
        assert!(distance_to_deuteranopes([200, 60, 60], [110, 110, 60]) < 15.0, "red and olive");
    }

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
