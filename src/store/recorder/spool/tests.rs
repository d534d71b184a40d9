use super::*;

const LIMIT: u64 = 64 * 1024 * 1024;

fn payload(n: u32) -> Vec<u8> {
    format!("batch {n} {}", "x".repeat(n as usize % 300)).into_bytes()
}

fn read_all(spool: &Spool) -> Vec<Vec<u8>> {
    let mut reader = spool.reader();
    std::iter::from_fn(|| reader.next().expect("readable").map(|(payload, _)| payload)).collect()
}

fn filled(dir: &Path, count: u32) -> Spool {
    let mut spool = Spool::open(dir, LIMIT).expect("opened");
    (0..count).for_each(|n| spool.append(&payload(n)).expect("appended"));
    spool
}

#[test]
fn gives_back_in_order_what_it_took_also_after_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut spool = filled(dir.path(), 20);
    let expected: Vec<_> = (0..20).map(payload).collect();
    assert_eq!(read_all(&spool), expected);
    drop(spool);
    spool = Spool::open(dir.path(), LIMIT).expect("opened again");
    spool.append(b"after").expect("appended");
    assert_eq!(read_all(&spool), [expected, vec![b"after".to_vec()]].concat());
}

#[test]
fn a_write_cut_at_any_byte_loses_only_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let spool = filled(dir.path(), 3);
    let whole = read_all(&spool);
    let end = spool.bytes();
    drop(spool);
    let path = dir.path().join(name_of(1));
    let bytes = fs::read(&path).expect("the segment");
    let last = HEADER_BYTES as u64 + payload(2).len() as u64;
    for cut in (end - last)..end {
        // As on a file that is cut short, and as in allocated blocks that were not written.
        for fill in [0, bytes.len()] {
            let mut torn = bytes[..cut as usize].to_vec();
            torn.resize(fill.max(torn.len()), 0);
            fs::write(&path, torn).expect("written");
            let mut spool = Spool::open(dir.path(), LIMIT).expect("opened");
            assert_eq!(read_all(&spool), whole[..2], "cut at {cut}");
            spool.append(b"next").expect("appended");
            assert_eq!(read_all(&spool), [&whole[..2], &[b"next".to_vec()]].concat(), "cut at {cut}");
            drop(spool);
            fs::remove_file(dir.path().join(name_of(2))).expect("removed");
        }
    }
}

#[test]
fn a_flipped_bit_is_not_read_as_a_batch() {
    let dir = tempfile::tempdir().expect("a folder");
    let spool = filled(dir.path(), 2);
    let (whole, end) = (read_all(&spool), spool.bytes() as usize);
    drop(spool);
    let path = dir.path().join(name_of(1));
    let bytes = fs::read(&path).expect("the segment");
    for at in 0..end {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, flipped).expect("written");
        for read in read_all(&Spool::open(dir.path(), LIMIT).expect("opened")) {
            assert!(whole.contains(&read), "byte {at}");
        }
    }
}

#[test]
fn what_was_read_is_released_and_the_rest_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut spool = filled(dir.path(), 4);
    let mut reader = spool.reader();
    let mut mark = reader.next().expect("readable").expect("a frame").1;
    spool.release(mark);
    assert_eq!(read_all(&spool).len(), 4, "a segment goes as a whole");
    spool.append(b"late").expect("appended");
    while let Some((_, next)) = reader.next().expect("readable") {
        mark = next;
    }
    assert_eq!(mark, reader.end());
    spool.release(mark);
    assert!(!spool.is_empty(), "the late one was not read");
    let mut rest = spool.reader();
    let mut last = rest.end();
    while let Some((_, next)) = rest.next().expect("readable") {
        last = next;
    }
    spool.release(last);
    assert!(spool.is_empty());
    assert_eq!(spool.bytes(), 0);
    spool.append(b"again").expect("appended");
    assert_eq!(read_all(&spool), [b"again".to_vec()]);
}

#[test]
fn a_segment_that_is_broken_from_its_start_is_removed() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join(name_of(7)), b"garbage that is no frame").expect("written");
    let mut spool = Spool::open(dir.path(), LIMIT).expect("opened");
    assert!(spool.is_empty());
    assert!(!dir.path().join(name_of(7)).exists());
    spool.append(b"next").expect("appended");
    assert_eq!(read_all(&spool), [b"next".to_vec()]);
}

#[test]
fn blocks_in_reserve_do_not_count_as_waiting() {
    let dir = tempfile::tempdir().expect("a folder");
    let before = filled(dir.path(), 3).bytes();
    assert_eq!(Spool::open(dir.path(), LIMIT).expect("opened").bytes(), before);
}

#[test]
fn refuses_past_its_limit_and_takes_again_when_there_is_room() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut spool = Spool::open(dir.path(), 4000).expect("opened");
    let mut taken = 0;
    while spool.append(&[7; 492]).is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 8, "500 bytes each with their header");
    assert!(matches!(spool.append(&[7; 492]), Err(SpoolError::Full { limit: 4000 })));
    let reader = spool.reader();
    spool.release(reader.end());
    spool.append(&[7; 492]).expect("there is room again");
}

#[test]
fn many_segments_are_read_in_their_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut spool = Spool::open(dir.path(), LIMIT).expect("opened");
    let large = |n: u8| vec![n; 3 * 1024 * 1024];
    (0..7).for_each(|n| spool.append(&large(n)).expect("appended"));
    assert!(spool.segments.len() >= 3);
    assert_eq!(read_all(&spool), (0..7).map(large).collect::<Vec<_>>());
}
