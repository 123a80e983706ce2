//! Work that its caller ends leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "modules that several tests share")]

mod archives;
#[path = "../../medmask-archive/tests/common/mod.rs"]
mod common;

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use medmask::input::collect;
use medmask::{AnyArchive, Error, ExtractOptions, PackOptions, extract_to_folder, pack, select};

use archives::Case;

#[test]
fn packing_and_extracting_end_where_the_caller_says() {
    let case = Case::with_archives();
    let options = PackOptions::default();
    let inputs = collect(&[case.at("a.mska"), case.at("b.mska")], &options.formats).unwrap();
    let (stop, mut seen) = (Arc::clone(&options.stop), 0);
    let packed = pack(&inputs.inputs, &case.at("both.mska"), &options, |_| {
        seen += 1;
        stop.store(true, Ordering::Relaxed);
    });
    assert!(matches!(packed, Err(Error::Stopped)));
    assert_eq!(seen, 1);

    let archive = AnyArchive::open(case.at("a.mska")).unwrap();
    let chosen = select(&archive, &["*"]).unwrap();
    let mut options = ExtractOptions::default();
    options.jobs = NonZero::<usize>::MIN;
    let stop = Arc::clone(&options.stop);
    let folder = case.at("out");
    let extracted = extract_to_folder(&archive, &chosen, &folder, ".nii", &options, |_| {
        stop.store(true, Ordering::Relaxed);
    });
    assert!(matches!(extracted, Err(Error::Stopped)));
    let left: Vec<_> =
        case.folder.path().read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(
        left.iter().all(|name| name == "a.mska" || name == "b.mska" || name == "out"),
        "{left:?}"
    );
    assert!(!folder.exists() || folder.read_dir().unwrap().next().is_none());
}
