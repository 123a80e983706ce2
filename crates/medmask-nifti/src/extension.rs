//! Header extensions: the blocks between header and voxels.

use crate::fields::ByteOrder;

/// One extension: its code and its bytes, padding included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extension {
    pub code: i32,
    pub data: Vec<u8>,
}

/// The extensions in the bytes that follow the header, and whether the list was cut off by a block whose
/// size cannot be.
pub(crate) fn parse_extensions(
    after_header: &[u8],
    byte_order: ByteOrder,
) -> (Vec<Extension>, bool) {
    let Some((extender, mut rest)) = after_header.split_first_chunk::<4>() else {
        return (Vec::new(), false);
    };
    let mut extensions = Vec::new();
    if extender[0] == 0 {
        return (extensions, false);
    }
    // A block has 8 bytes of size and code; what is shorter is padding.
    while let Some((head, data)) = rest.split_first_chunk::<8>() {
        let number = |bytes: [u8; 4]| match byte_order {
            ByteOrder::Little => i32::from_le_bytes(bytes),
            ByteOrder::Big => i32::from_be_bytes(bytes),
        };
        let size = number([head[0], head[1], head[2], head[3]]);
        let code = number([head[4], head[5], head[6], head[7]]);
        if size == 0 && code == 0 {
            break;
        }
        let data_size = usize::try_from(size).ok().and_then(|size| size.checked_sub(8));
        let Some(block) = data_size.and_then(|size| data.get(..size)) else {
            return (extensions, true);
        };
        extensions.push(Extension { code, data: block.to_vec() });
        rest = &data[block.len()..];
    }
    (extensions, false)
}

/// The bytes of the extender and the extensions, each padded with zeros to a multiple of 16.
pub(crate) fn extension_bytes(extensions: &[Extension]) -> Option<Vec<u8>> {
    let mut out = vec![u8::from(!extensions.is_empty()), 0, 0, 0];
    for extension in extensions {
        let size = (extension.data.len() + 8).next_multiple_of(16);
        out.extend(i32::try_from(size).ok()?.to_le_bytes());
        out.extend(extension.code.to_le_bytes());
        out.extend(&extension.data);
        out.resize(out.len() + size - 8 - extension.data.len(), 0);
    }
    Some(out)
}
