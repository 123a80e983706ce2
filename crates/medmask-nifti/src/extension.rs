//! Header extensions: the blocks between header and voxels.

use crate::fields::ByteOrder;

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
/// multiple of 16 bytes. `None` where one is longer than the format can say.
pub(crate) fn extension_bytes(extensions: &[(i32, &str)]) -> Option<Vec<u8>> {
    let mut out = vec![u8::from(!extensions.is_empty()), 0, 0, 0];
    for (code, content) in extensions {
        let size = (content.len() + 8).next_multiple_of(16);
        out.extend(i32::try_from(size).ok()?.to_le_bytes());
        out.extend(code.to_le_bytes());
        out.extend(content.as_bytes());
        // Spaces, unlike NUL, are allowed after the end of an XML document.
        out.resize(out.len() + size - 8 - content.len(), b' ');
    }
    Some(out)
}
