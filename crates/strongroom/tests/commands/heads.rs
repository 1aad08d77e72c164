//! Heads of the ledger, from the command line: proofs for other programs, and what this side keeps.

use strongroom_tlog::checkpoint::{LogPublicKeys, SignedCheckpoint};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::ConsistencyProof;

use crate::house::House;

#[test]
fn proofs_are_printed_as_other_programs_read_them() {
    let house = House::open();
    let keys = LogPublicKeys::from_text(&house.run(&["ledger", "keys"]).ok().out).unwrap();
    let believed = |text: &str| {
        let signed = SignedCheckpoint::from_bytes(text.as_bytes()).unwrap();
        signed.verify(&keys).unwrap()
    };
    let first = believed(&house.run(&["ledger", "checkpoint"]).ok().out);
    house.run(&["list"]).ok();
    let second = believed(&house.run(&["ledger", "checkpoint"]).ok().out);
    let sizes = [first.head().size(), second.head().size()].map(|s| s.to_string());
    assert_ne!(sizes[0], sizes[1]);

    let proof = house.run(&["ledger", "consistency", &sizes[0], &sizes[1]]);
    let proof = ConsistencyProof::from_text(&proof.ok().out).unwrap();
    proof.verify(first.head(), second.head()).unwrap();

    let proved = house.run(&["ledger", "prove", "3"]).ok().out;
    let receipt = Receipt::from_bytes(proved.as_bytes()).unwrap();
    assert_eq!(receipt.verify(&keys).unwrap().index.get(), 3);

    let listed = house.run(&["receipt", "--json"]).ok().json();
    let id = listed["receipts"][0]["id"].as_str().unwrap();
    for args in [
        &["receipt", "show", id, "--proof"][..],
        &["receipt", id, "--proof"],
    ] {
        let proof = house.run(args).ok().out;
        Receipt::from_bytes(proof.as_bytes())
            .unwrap()
            .verify(&keys)
            .unwrap();
    }
    let shown = house.run(&["receipt", "show", id]).ok().out;
    assert_eq!(
        shown.lines().next(),
        Some(format!("receipt   {id}").as_str())
    );

    house.run(&["ledger", "prove", "123456"]).exits(5);
    house.run(&["ledger", "consistency", "2", "1"]).exits(5);
    house.run(&["receipt", "--proof"]).exits(2);
}
