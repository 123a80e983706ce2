//! What a crash leaves behind: every cut, torn write and order that a disk may choose between two barriers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex};

use medmask_core::{Dtype, LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::front::{Kind, slot_offset};

use crate::appender::Appender;
use crate::compact::write_compacted;
use crate::layers::Layering;
use crate::{Archive, Durability, EncodedEntry, EntryOptions, Layers, ReadAt, WriteAt};

const SHAPE: [usize; 3] = [4, 6, 9];

const AS_THEY_ARE: Layering = Layering { layers: None, threads: NonZero::<usize>::MIN };

/// Memory that remembers what was written and where the barriers were.
#[derive(Clone, Debug, Default)]
struct Recorder {
    bytes: Vec<u8>,
    /// Writes, by the barrier that they come after.
    epochs: Vec<Vec<(u64, Vec<u8>)>>,
}

impl Recorder {
    fn over(bytes: Vec<u8>) -> Self {
        Self { bytes, epochs: vec![Vec::new()] }
    }
}

impl ReadAt for Recorder {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.bytes.read_at(offset, length)
    }
}

impl WriteAt for Recorder {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.epochs.last_mut().unwrap().push((offset, bytes.to_vec()));
        self.bytes.write_at(offset, bytes)
    }

    fn cut(&mut self, size: u64) -> io::Result<()> {
        assert!(size >= self.bytes.len() as u64, "nothing was left over that would be cut off");
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.epochs.push(Vec::new());
        Ok(())
    }
}

/// A small mask that differs with `seed`.
fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 0..3 {
        for y in 0..4 {
            let start = (seed + y) % 4;
            builder.push(z, y, Run { start, end: start + 1 + seed % 5, label: 1 + (seed + z) % 3 });
        }
    }
    builder.finish()
}

fn encoded(name: &str, seed: u32) -> EncodedEntry {
    let mut labels = LabelMap::new();
    for label in 1..=3 {
        labels.insert(format!("{name} part {label}"), label).unwrap();
    }
    EncodedEntry::new(name, &runs(seed), &labels, &EntryOptions::default()).unwrap()
}

/// Names and voxels of the state that opens; panics where anything is damaged.
fn state(bytes: &[u8]) -> BTreeMap<String, Runs> {
    let archive = Archive::from_storage(bytes, "crash").expect("one state is whole");
    archive
        .names()
        .map(|name| {
            (name.to_owned(), archive.get(name).unwrap().to_runs().expect("its voxels are whole"))
        })
        .collect()
}

fn write(base: &[u8], writes: &[&(u64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for (offset, data) in writes {
        bytes.write_at(*offset, data).unwrap();
    }
    bytes
}

/// Applies `change` to the archive `before`, then checks every file that a crash may leave. Returns the bytes after, and how
/// many files were checked.
fn check(before: &[u8], change: impl FnOnce(&mut Appender<Recorder>)) -> (Vec<u8>, usize) {
    let archive = Archive::from_storage(Recorder::over(before.to_vec()), "crash").unwrap();
    let mut appender = Appender::open(archive, Durability::Full).unwrap();
    change(&mut appender);
    let Recorder { bytes: after, epochs } = std::mem::take(&mut appender.archive.storage);
    let states = [state(before), state(&after)];
    assert_ne!(states[0], states[1], "the change changes something");
    let mut checked = 0;
    let mut is_one = |bytes: &[u8]| {
        assert!(states.contains(&state(bytes)), "a crash left a third state");
        checked += 1;
    };
    let mut durable = before.to_vec();
    for writes in &epochs {
        assert!(writes.len() <= 12, "few enough to try every subset");
        for subset in 0..1_u32 << writes.len() {
            let present: Vec<_> =
                (0..writes.len()).filter(|n| subset >> n & 1 == 1).map(|n| &writes[n]).collect();
            is_one(&write(&durable, &present));
            let Some(((offset, data), whole)) = present.split_last() else { continue };
            for cut in 0..data.len() {
                let torn = (*offset, data[..cut].to_vec());
                let tail = (*offset + cut as u64, data[cut..].to_vec());
                is_one(&write(&write(&durable, whole), &[&torn]));
                is_one(&write(&write(&durable, whole), &[&tail]));
            }
        }
        durable = write(&durable, &writes.iter().collect::<Vec<_>>());
    }
    assert_eq!(durable, after, "the last write is followed by a barrier");
    (after, checked)
}

fn empty() -> Vec<u8> {
    let appender = Appender::create(
        Vec::new(),
        Path::new("crash"),
        Kind::Archive,
        &Space::of_shape(SHAPE),
        Durability::Full,
    );
    std::mem::take(&mut appender.unwrap().archive.storage)
}

#[test]
fn every_crash_leaves_the_state_before_or_after() {
    let (one, first) = check(&empty(), |appender| {
        appender.add(encoded("liver", 1)).unwrap();
        appender.commit().unwrap();
    });
    let (many, second) = check(&one, |appender| {
        for seed in 2..7 {
            appender.add(encoded(&format!("rib {seed}"), seed)).unwrap();
        }
        appender.commit().unwrap();
    });
    let (fewer, third) = check(&many, |appender| {
        appender.remove("rib 3").unwrap();
        appender.commit().unwrap();
    });
    let (_, fourth) = check(&fewer, |appender| {
        appender.remove("liver").unwrap();
        appender.add(encoded("liver", 9)).unwrap();
        appender.commit().unwrap();
    });
    let (_, fifth) = check(&fewer, |appender| {
        appender.rename("rib 4", "rib left 4").unwrap();
        appender.commit().unwrap();
    });
    assert!(
        first + second + third + fourth + fifth > 10_000,
        "{first} {second} {third} {fourth} {fifth}"
    );
}

#[test]
fn a_compacted_file_is_durable_before_it_gets_its_name() {
    let (many, _) = check(&empty(), |appender| {
        for seed in 0..5 {
            appender.add(encoded(&format!("rib {seed}"), seed)).unwrap();
        }
        appender.commit().unwrap();
    });
    let source = Archive::from_storage(&many[..], "crash").unwrap();
    let mut target = Recorder::over(Vec::new());
    write_compacted(&source, &mut target, Kind::Archive, Durability::Full, AS_THEY_ARE).unwrap();
    assert_eq!(state(&target.bytes), state(&many));
    assert!(target.epochs.last().unwrap().is_empty(), "a barrier ends the writing");
}

#[test]
fn layers_outlive_any_crash_of_a_writer() {
    let mut source = Vec::new();
    let (apart, _) = check(&empty(), |appender| {
        for seed in 0..3 {
            appender.add(layer_of(&format!("rib {seed}"), seed)).unwrap();
        }
        appender.commit().unwrap();
    });
    let apart = Archive::from_storage(&apart[..], "crash").unwrap();
    let always = Layering { layers: Some(Layers::Always), ..AS_THEY_ARE };
    write_compacted(&apart, &mut source, Kind::Archive, Durability::Full, always).unwrap();
    let layered = Archive::from_storage(&source[..], "crash").unwrap();
    assert!(layered.entries().all(|entry| entry.layer().is_some()));
    assert_eq!(state(&source).len(), 3);
    let (after, crashes) = check(&source, |appender| {
        appender.rename("rib 1", "rib left").unwrap();
        appender.remove("rib 2").unwrap();
        appender.add(encoded("liver", 7)).unwrap();
        appender.commit().unwrap();
    });
    assert!(crashes > 100, "{crashes}");
    let (apart, after) = (state(&source), state(&after));
    assert_eq!((&after["rib 0"], &after["rib left"]), (&apart["rib 0"], &apart["rib 1"]));
}

/// A row of slice 2, of which each seed has one of its own.
fn layer_of(name: &str, seed: u32) -> EncodedEntry {
    let mut builder = RunsBuilder::new(SHAPE);
    builder.push(2, seed, Run { start: 1, end: 4 + seed, label: 1 });
    let mut labels = LabelMap::new();
    labels.insert(name, 1).unwrap();
    EncodedEntry::new(name, &builder.finish(), &labels, &EntryOptions::default()).unwrap()
}

#[test]
fn a_writer_goes_on_after_any_crash() {
    let before = empty();
    let archive = Archive::from_storage(Recorder::over(before.clone()), "crash").unwrap();
    let mut appender = Appender::open(archive, Durability::Full).unwrap();
    appender.add(encoded("liver", 1)).unwrap();
    appender.commit().unwrap();
    let writes: Vec<_> = appender.archive.storage.epochs.concat();
    let [slot, trailer] = writes.last_chunk().unwrap();
    let durable = write(&before, &writes[..writes.len() - 2].iter().collect::<Vec<_>>());
    for cut in 0..slot.1.len() {
        let torn = write(&durable, &[&(slot.0, slot.1[..cut].to_vec())]);
        // With its trailer the commit is whole, and counts.
        let told = write(&torn, &[trailer]);
        for (left, expected) in [(torn, &["spleen"][..]), (told, &["liver", "spleen"])] {
            let archive = Archive::from_storage(left, "crash").unwrap();
            let mut appender = Appender::open(archive, Durability::Full).unwrap();
            appender.add(encoded("spleen", 2)).unwrap();
            appender.commit().unwrap();
            let names: Vec<String> = state(&appender.archive.storage).into_keys().collect();
            assert_eq!(names, expected, "cut at {cut}");
        }
    }
}

#[test]
fn index_records_stay_few_and_their_bytes_bounded() {
    let mut appender =
        Appender::open(Archive::from_storage(empty(), "crash").unwrap(), Durability::Full).unwrap();
    for seed in 0..500 {
        appender.add(encoded(&format!("lesion {seed}"), seed)).unwrap();
        appender.commit().unwrap();
    }
    // Three records for each power of 4 up to 500.
    assert!(
        appender.archive.snapshot.records.len() <= 15,
        "{}",
        appender.archive.snapshot.records.len()
    );
    for seed in 100..150 {
        appender.remove(&format!("lesion {seed}")).unwrap();
        appender.add(encoded(&format!("lesion {seed}"), seed)).unwrap();
    }
    for seed in 300..330 {
        appender.rename(&format!("lesion {seed}"), &format!("nodule {seed}")).unwrap();
    }
    appender.remove("lesion 98").unwrap();
    appender.commit().unwrap();
    let reopened = Archive::from_storage(&appender.archive.storage[..], "crash").unwrap();
    assert_eq!(
        appender.live_bytes(),
        reopened.snapshot.live_bytes(),
        "counted along and counted anew"
    );
    assert_eq!(appender.dead_bytes(), reopened.dead_bytes());
    assert_eq!(reopened.entries().len(), 499);
    assert_eq!(reopened.entry("lesion 77").unwrap().dtype(), Some(Dtype::U8));
    for seed in [0, 77, 499] {
        assert_eq!(reopened.get(&format!("lesion {seed}")).unwrap().to_runs().unwrap(), runs(seed));
    }
}

#[test]
fn offsets_beyond_4_gib_work() {
    let file = tempfile::tempfile().unwrap();
    let appender = Appender::create(
        file,
        Path::new("sparse"),
        Kind::Archive,
        &Space::of_shape(SHAPE),
        Durability::Buffered,
    );
    let mut file = appender.unwrap().archive.storage.try_clone().unwrap();
    // A damaged second slot makes the writer append behind all that is there, which is a hole of 5 GiB.
    file.write_at(slot_offset(1), &[1]).unwrap();
    file.set_len(5 << 30).unwrap();
    let mut appender =
        Appender::open(Archive::from_storage(file, "sparse").unwrap(), Durability::Buffered)
            .unwrap();
    appender.add(encoded("liver", 1)).unwrap();
    appender.commit().unwrap();
    let archive = Archive::from_storage(&appender.archive.storage, "sparse").unwrap();
    assert_eq!(archive.entry("liver").unwrap().blob().unwrap().0, 5 << 30);
    assert_eq!(archive.get("liver").unwrap().to_runs().unwrap(), runs(1));
    assert!(archive.dead_bytes() > 4 << 30);
    let mut compacted = Vec::new();
    write_compacted(&archive, &mut compacted, Kind::Archive, Durability::Full, AS_THEY_ARE)
        .unwrap();
    assert!(compacted.len() < 2048);
    assert_eq!(state(&compacted)["liver"], runs(1));
}

/// Memory with a bound, as a disk that fills up, whose writes may fail from the start of a slot on.
#[derive(Default)]
struct FullDisk {
    bytes: Vec<u8>,
    room: u64,
    /// The slot at this byte cannot be written, but for its first bytes.
    broken: Option<u64>,
}

impl ReadAt for FullDisk {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.bytes.read_at(offset, length)
    }
}

impl WriteAt for FullDisk {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if self.broken.take_if(|broken| *broken == offset).is_some() {
            self.bytes.write_at(offset, &bytes[..20])?;
            return Err(io::Error::other("a bad sector"));
        }
        let room = self.room.saturating_sub(offset).min(bytes.len() as u64) as usize;
        self.bytes.write_at(offset, &bytes[..room])?;
        if room < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn cut(&mut self, size: u64) -> io::Result<()> {
        self.bytes.cut(size)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn on(disk: FullDisk) -> Appender<FullDisk> {
    Appender::open(Archive::from_storage(disk, "disk").unwrap(), Durability::Full).unwrap()
}

#[test]
fn a_full_disk_costs_nothing() {
    let before = empty();
    let (after, _) = check(&before, |appender| {
        appender.add(encoded("liver", 1)).unwrap();
        appender.commit().unwrap();
    });
    for room in before.len()..after.len() {
        let disk = FullDisk { bytes: before.clone(), room: room as u64, broken: None };
        let mut appender = on(disk);
        let failed =
            appender.add(encoded("liver", 1)).and_then(|()| appender.commit()).unwrap_err();
        assert!(failed.to_string().starts_with("cannot write disk"), "{failed}");
        assert_eq!(state(&appender.archive.storage.bytes), state(&before), "room for {room} bytes");
        // With more room the same writer can go on.
        appender.archive.storage.room = u64::MAX;
        if appender.archive.entry("liver").is_err() {
            appender.add(encoded("liver", 1)).unwrap();
        }
        appender.commit().unwrap();
        assert_eq!(state(&appender.archive.storage.bytes), state(&after));
    }
}

/// A disk behind which a test can look when the writer is gone.
struct Shared(Arc<Mutex<FullDisk>>);

impl ReadAt for Shared {
    fn size(&self) -> io::Result<u64> {
        self.0.lock().unwrap().size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.0.lock().unwrap().read_at(offset, length).map(|bytes| bytes.into_owned().into())
    }
}

impl WriteAt for Shared {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap().write_at(offset, bytes)
    }

    fn cut(&mut self, size: u64) -> io::Result<()> {
        self.0.lock().unwrap().cut(size)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_append_that_fails_leaves_every_byte_as_it_was() {
    let (before, _) = check(&empty(), |appender| {
        appender.add(encoded("liver", 1)).unwrap();
        appender.commit().unwrap();
    });
    let (after, _) = check(&before, |appender| {
        appender.add(encoded("spleen", 2)).unwrap();
        appender.commit().unwrap();
    });
    let rooms = (before.len()..after.len()).map(|room| (room as u64, None));
    for (room, broken) in rooms.chain([(u64::MAX, Some(slot_offset(0)))]) {
        let disk = FullDisk { bytes: before.clone(), room, broken };
        let disk = Arc::new(Mutex::new(disk));
        let archive = Archive::from_storage(Shared(Arc::clone(&disk)), "disk").unwrap();
        let mut appender = Appender::open(archive, Durability::Full).unwrap();
        appender.add(encoded("spleen", 2)).and_then(|()| appender.commit()).unwrap_err();
        drop(appender);
        assert!(disk.lock().unwrap().bytes == before, "room for {room} bytes, {broken:?}");
    }
}
