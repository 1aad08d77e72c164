//! What is read here can be read by another process: its drafts have an encoding, which keeps everything and passes
//! every check that an answer has to pass.

use std::fs;
use std::path::Path;

use strongroom_record::DraftSet;

#[test]
fn the_bundled_volume_comes_through_whole() {
    let name = "frus1969-76v12.xml.gz";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let bytes = fs::read(folder.join(name)).expect("the bundled volume");
    let read = strongroom_ingest::read(name, &bytes).expect("a volume");
    let there = read.drafts.to_bytes();
    let back = DraftSet::from_bytes(&there, name, read.original.len());
    assert_eq!(back, Ok(read.drafts));
}
