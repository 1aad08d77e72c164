//! What a malicious ledger does. Each deed is done as well as the ledger can: with its
//! own keys, with the best proofs there are, and with all cosignatures that honest
//! witnesses give it.

use strongroom_tlog::checkpoint::{SignedCheckpoint, UnixSeconds};
use strongroom_tlog::receipt::Receipt;
use strongroom_tlog::tree::{ConsistencyProof, TreeHead};

use super::ledger::{
    BEFORE, LATER, LOG, Ledger, NOW, SEEDS, THEN, World, cosigner, event, grown, lines, origin,
    receipt_of, request, sign, sign_as, size, with_lines,
};

/// A deed, and who notices it: the verifier, the client with an earlier head, the
/// witness, the quorum of witnesses, two readers comparing. Each by the error that it
/// sees at 300 entries where 255 were seen before; `None` where that one sees nothing.
pub(crate) struct Deed {
    pub(crate) name: &'static str,
    pub(crate) what: fn(&mut World),
    pub(crate) seen_by: [Option<&'static str>; 5],
}

/// Another history from a place on, signed at the true size.
fn fork(world: &mut World, place: u64) {
    let altered = world.ledger.altered(place, place + 1);
    let head = altered.tree().head();
    world.serve(&altered, sign(&head, NOW));
}

pub(crate) fn forks_below_what_was_seen(world: &mut World) {
    let place = world.place(0..world.seen);
    fork(world, place);
}

pub(crate) fn serves_each_reader_another_tree(world: &mut World) {
    world.witnessed(&[0, 1, 2]);
    let place = world.place(world.seen..world.entries());
    fork(world, place);
}

pub(crate) fn re_signs_the_size_that_was_seen(world: &mut World) {
    let place = world.place(0..world.seen);
    let altered = world.ledger.first(world.seen).altered(place, place + 1);
    let head = altered.tree().head();
    world.serve(&altered, sign(&head, LATER));
}

pub(crate) fn drops_an_event(world: &mut World) {
    let mut without = world.ledger.clone();
    let place = world.place(0..world.seen);
    without.entries.remove(place as usize);
    let head = without.tree().head();
    world.serve(&without, sign(&head, NOW));
}

pub(crate) fn reorders_two_events(world: &mut World) {
    let mut reordered = world.ledger.clone();
    let place = world.place(0..world.seen - 1) as usize;
    reordered.entries.swap(place, place + 1);
    let head = reordered.tree().head();
    world.serve(&reordered, sign(&head, NOW));
}

/// An earlier state, with the cosignatures that witnesses gave it at its time.
fn earlier(world: &mut World, time: u64) {
    let entries = world.place(1..world.seen);
    let earlier = world.ledger.first(entries);
    let signed = sign(&earlier.tree().head(), time);
    world.serve(&earlier, signed.clone());
    world.served.put(vouched(signed, &[0, 1, 2], THEN));
}

pub(crate) fn rewinds(world: &mut World) {
    earlier(world, LATER);
}

pub(crate) fn replays_an_old_checkpoint(world: &mut World) {
    earlier(world, THEN);
}

pub(crate) fn stands_still(world: &mut World) {
    let still = world.ledger.first(world.seen);
    world.serve(&still, world.kept.clone());
}

/// A head of this size with the root of the ledger as it is.
fn claim(world: &mut World, ledger: &Ledger, entries: u64) {
    let tree = ledger.tree();
    let head = TreeHead::new(size(entries), *tree.head().root());
    world.serve(ledger, sign(&tree.head(), NOW));
    let path = world.served.proof.path().to_vec();
    world.served.proof =
        ConsistencyProof::from_parts(world.served.proof.old(), head.size(), path).unwrap();
    world.give(sign(&head, NOW));
}

pub(crate) fn claims_twice_as_many(world: &mut World) {
    let ledger = world.ledger.clone();
    claim(world, &ledger, 2 * world.entries());
}

pub(crate) fn claims_one_more_where_the_shape_allows(world: &mut World) {
    // The last of an odd number stands where a pair of two would.
    let odd = (world.entries() - 1) | 1;
    let odd = if odd > world.entries() { odd - 2 } else { odd };
    let ledger = world.ledger.first(odd);
    claim(world, &ledger, odd + 1);
}

/// The checkpoint without one of its lines, as it is given and as a witness is asked.
fn strip(world: &mut World, line: usize) {
    let signed = world.served.checkpoint.clone();
    let mut kept = lines(&signed);
    kept.remove(line);
    let stripped = with_lines(&signed, &kept);
    world.asked = request(&world.served.proof, &stripped);
    world.served.put(stripped);
}

pub(crate) fn strips_ed25519(world: &mut World) {
    strip(world, 0);
}

pub(crate) fn strips_ml_dsa_44(world: &mut World) {
    strip(world, 1);
}

/// Whoever has one of the two keys, and what the other signed before.
fn one_key_of(world: &mut World, stolen: usize) {
    let forked = world.ledger.altered(world.seen, world.entries());
    let new = sign(&forked.tree().head(), NOW);
    let mut of = lines(&new);
    of[1 - stolen] = lines(&world.kept)[1 - stolen];
    let signed = with_lines(&new, &of);
    world.serve(&forked, signed);
}

pub(crate) fn signs_with_ed25519_only(world: &mut World) {
    one_key_of(world, 0);
}

pub(crate) fn signs_with_ml_dsa_44_only(world: &mut World) {
    one_key_of(world, 1);
}

/// A checkpoint with cosignatures that witnesses gave, or would give, to its head.
fn vouched(mut signed: SignedCheckpoint, by: &[usize], time: u64) -> SignedCheckpoint {
    let head = grown(&signed.claimed_head());
    for n in by {
        let time = UnixSeconds::new(time).unwrap();
        let lines = cosigner(*n)
            .cosign(&signed.claimed_origin(), &head, time)
            .unwrap();
        let keys = cosigner(*n).keys().clone();
        (signed, _) = signed.with_cosignatures(lines.as_bytes(), &keys).unwrap();
    }
    signed
}

/// The log's own lines of the newest head, with the witnesses' lines of another.
fn with_cosignatures_of(world: &mut World, of: &SignedCheckpoint) {
    let newest = world.served.checkpoint.clone();
    let all = [&lines(&newest)[..2], &lines(of)[2..]].concat();
    world.served.put(with_lines(&newest, &all));
}

pub(crate) fn replays_cosignatures_on_a_newer_head(world: &mut World) {
    let old = vouched(world.kept.clone(), &[0, 1, 2], BEFORE);
    with_cosignatures_of(world, &old);
}

pub(crate) fn gives_cosignatures_of_another_log(world: &mut World) {
    let head = world.served.checkpoint.claimed_head();
    let theirs = sign_as("example.org/other", SEEDS, &head, NOW);
    with_cosignatures_of(world, &vouched(theirs, &[0, 1, 2], NOW));
}

pub(crate) fn withholds_cosignatures(world: &mut World) {
    let newest = world.served.checkpoint.clone();
    world.served.put(with_lines(&newest, &lines(&newest)[..2]));
}

/// The files of the reader's folder under this name.
fn file_of<'w>(world: &'w mut World, under: &str) -> (String, &'w mut Vec<u8>) {
    let files = &mut world.served.folder.0;
    let count = files.keys().filter(|path| path.starts_with(under)).count() as u64;
    let at = world.seeded.one_of(0..count) as usize;
    let found = files.iter_mut().filter(|(path, _)| path.starts_with(under));
    let (path, bytes) = found.into_iter().nth(at).unwrap();
    (path.clone(), bytes)
}

pub(crate) fn publishes_another_tile(world: &mut World) {
    let bit = world.place(0..8);
    let (_, bytes) = file_of(world, "tile/0/");
    bytes[5] ^= 1 << bit;
}

pub(crate) fn publishes_another_upper_tile(world: &mut World) {
    // Of a log that has none, the tile of its leaves.
    let upper = world
        .served
        .folder
        .0
        .keys()
        .any(|p| p.starts_with("tile/1/"));
    let (_, bytes) = file_of(world, if upper { "tile/1/" } else { "tile/0/" });
    bytes[5] ^= 1;
}

pub(crate) fn publishes_another_entry(world: &mut World) {
    let (_, bytes) = file_of(world, "tile/entries/");
    bytes[7] ^= 1;
}

/// Entries and tiles agree, and the checkpoint is of others.
pub(crate) fn publishes_another_history_under_the_head(world: &mut World) {
    let place = world.place(0..world.entries());
    let altered = world.ledger.altered(place, place + 1);
    world.served.folder = altered.files(&altered.tree());
    let checkpoint = world.served.checkpoint.clone();
    world.served.put(checkpoint);
}

pub(crate) fn withholds_entries(world: &mut World) {
    let (path, _) = file_of(world, "tile/entries/");
    world.served.folder.0.remove(&path);
}

pub(crate) fn pads_an_entry_bundle(world: &mut World) {
    let (_, bytes) = file_of(world, "tile/entries/");
    let more = bytes[..35].to_vec();
    bytes.extend(more);
}

/// Somebody else's receipt.
fn theirs(world: &World) -> Receipt {
    let checkpoint = sign(&world.ledger.tree().head(), NOW);
    receipt_of(&world.ledger, world.entries() - 1, &checkpoint)
}

pub(crate) fn swaps_two_receipts(world: &mut World) {
    world.receipt = theirs(world);
}

pub(crate) fn gives_the_proof_of_another_event(world: &mut World) {
    let theirs = theirs(world);
    let mine = *world.receipt.entry();
    world.receipt = Receipt::new(
        mine,
        theirs.inclusion().clone(),
        theirs.checkpoint().clone(),
    )
    .unwrap();
}

pub(crate) fn shows_a_field_of_another_event(world: &mut World) {
    let mut theirs = event(world.entries() - 1);
    world.shown.fields[1] = theirs.fields.remove(1);
}

pub(crate) fn alters_a_shown_field(world: &mut World) {
    let (_, value) = world.shown.fields[1].opened.as_mut().unwrap();
    value.push(b'!');
}

pub(crate) fn gives_a_proof_for_other_sizes(world: &mut World) {
    let tree = world.ledger.tree();
    world.served.proof = tree
        .prove_consistency(size(world.seen - 1), tree.size())
        .unwrap();
}

pub(crate) fn grows_differently_for_two_witnesses(world: &mut World) {
    // Two of three saw the true growth; the one that is asked has not yet.
    world.witnessed(&[1, 2]);
    let place = world.place(world.seen..world.entries());
    fork(world, place);
}

pub(crate) fn bribes_the_quorum(world: &mut World) {
    // The third is honest, and is asked about the true growth alone.
    let place = world.place(world.seen..world.entries());
    fork(world, place);
    world.asked = request(&world.other.proof, &world.other.checkpoint);
    let own = with_lines(
        &world.served.checkpoint,
        &lines(&world.served.checkpoint)[..2],
    );
    world.served.put(vouched(own, &[1, 2], NOW));
}

pub(crate) fn sets_time_back(world: &mut World) {
    let head = world.served.checkpoint.claimed_head();
    world.give(sign(&head, THEN));
}

pub(crate) fn sets_time_forward(world: &mut World) {
    let head = world.served.checkpoint.claimed_head();
    world.give(sign(&head, NOW + 100 * 365 * 24 * 60 * 60));
}

pub(crate) fn changes_its_origin(world: &mut World) {
    let head = world.served.checkpoint.claimed_head();
    let name = format!("{LOG}/2");
    assert_ne!(origin(&name), origin(LOG));
    world.give(sign_as(&name, SEEDS, &head, NOW));
}

pub(crate) fn swaps_its_keys(world: &mut World) {
    let head = world.served.checkpoint.claimed_head();
    world.give(sign_as(LOG, [7, 8], &head, NOW));
}

pub(crate) fn uses_a_generations_origin_again(world: &mut World) {
    // Restored with loss, it goes on by other events under the name it had.
    let place = world.place(1..world.seen);
    let restored = world.ledger.altered(place, world.entries());
    let head = restored.tree().head();
    world.serve(&restored, sign(&head, NOW));
}
