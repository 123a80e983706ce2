//! Header extensions: the blocks between header and voxels.

use crate::fields::{ByteOrder, NiftiVersion};

/// The contents of the extensions in the bytes that follow the header, padding included, and whether the
/// list was cut off by a block whose size cannot be.
pub(crate) fn parse_extensions(after_header: &[u8], byte_order: ByteOrder) -> (Vec<&[u8]>, bool) {
    let mut extensions = Vec::new();
    let Some((&[announced, ..], mut rest)) = after_header.split_first_chunk::<4>() else {
        return (extensions, false);
    };
    if announced == 0 {
        return (extensions, false);
    }
    // A block starts with 8 bytes of size and code; what is shorter is padding.
    while let Some((&[s0, s1, s2, s3, code @ ..], data)) = rest.split_first_chunk::<8>() {
        let size = match byte_order {
            ByteOrder::Little => i32::from_le_bytes([s0, s1, s2, s3]),
            ByteOrder::Big => i32::from_be_bytes([s0, s1, s2, s3]),
        };
        if size == 0 && code == [0; 4] {
            break;
        }
        let data_size = usize::try_from(size).ok().and_then(|size| size.checked_sub(8));
        let Some((block, after)) = data_size.and_then(|size| data.split_at_checked(size)) else {
            return (extensions, true);
        };
        extensions.push(block);
        rest = after;
    }
    (extensions, false)
}

/// The bytes that announce and hold extensions, given as code and content; each is filled up with spaces to a
/// multiple of 16 bytes, and the last one so far that a header of `version` can say where the voxels begin. `None` where one is
/// longer than the format can say.
pub(crate) fn extension_bytes(
    extensions: &[(i32, &str)],
    version: NiftiVersion,
) -> Option<Vec<u8>> {
    let mut out = vec![u8::from(!extensions.is_empty()), 0, 0, 0];
    for (n, (code, content)) in extensions.iter().enumerate() {
        let mut size = (content.len() + 8).next_multiple_of(16);
        if n + 1 == extensions.len() {
            let before = version.header_bytes() + out.len();
            size = first_voxel(before + size, version) - before;
        }
        out.extend(i32::try_from(size).ok()?.to_le_bytes());
        out.extend(code.to_le_bytes());
        out.extend(content.as_bytes());
        // Spaces, unlike NUL, are allowed after the end of an XML document.
        out.resize(out.len() + size - 8 - content.len(), b' ');
    }
    Some(out)
}

/// The first place from `end` on that a header can name as that of the first voxel. NIfTI-1 has a number of 32 bits with a point for
/// it: from 2^28 on that holds only every 32nd whole number, and so on.
fn first_voxel(end: usize, version: NiftiVersion) -> usize {
    const EXACT_BITS: u32 = 24;
    let step = match version {
        NiftiVersion::One => {
            1_usize << usize::BITS.saturating_sub(end.leading_zeros() + EXACT_BITS)
        }
        NiftiVersion::Two => 1,
    };
    end.next_multiple_of(step.max(16))
}

#[cfg(test)]
mod tests {
    use super::{extension_bytes, first_voxel, parse_extensions};
    use crate::fields::{ByteOrder, NiftiVersion};

    #[test]
    fn the_first_voxel_lies_where_a_header_can_say() {
        let start = 352_usize;
        // Ends of a table with the two copies of the issue, and others around the places where the step grows.
        let ends = [start, 368, 566_343_392, (1 << 28) + 16, (1 << 29) - 16, (1 << 29) + 32];
        for end in
            ends.into_iter().chain((24..31).flat_map(|bit| [(1 << bit) - 16, (1 << bit) + 16]))
        {
            let place = first_voxel(end, NiftiVersion::One);
            assert!(
                place >= end && place.is_multiple_of(16) && place - end < 128,
                "{end}: {place}"
            );
            assert_eq!(place as f32 as usize, place, "{end}");
            assert_eq!(first_voxel(end, NiftiVersion::Two), end.next_multiple_of(16));
        }
        assert_eq!(first_voxel(566_343_392, NiftiVersion::One), 566_343_424);
    }

    #[test]
    fn extensions_are_filled_up_with_blanks() {
        for version in [NiftiVersion::One, NiftiVersion::Two] {
            let bytes = extension_bytes(&[(0, "first"), (30, "the second one")], version).unwrap();
            assert!((version.header_bytes() + bytes.len()).is_multiple_of(16));
            let (found, cut_off) = parse_extensions(&bytes, ByteOrder::Little);
            assert!(!cut_off);
            assert_eq!(found, [&b"first   "[..], b"the second one          "]);
            assert_eq!(extension_bytes(&[], version).unwrap(), [0; 4]);
        }
    }
}
