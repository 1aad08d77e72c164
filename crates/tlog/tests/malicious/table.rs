//! Who notices what: the table that `SECURITY.md` has, with the errors that each observer
//! sees at 300 entries of which 255 were seen before. The columns are those of
//! [`OBSERVERS`](super::observers::OBSERVERS).

use super::deeds::*;

const FORKED: &str = "the ledger of 300 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside";
const REFUSED_FORK: &str = "422 the ledger of 300 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside";
const NO_QUORUM: &str = "witnesses: the quorum of the policy is not met: too few of its witnesses vouch for this checkpoint";
const TWO_TREES: &str = "consistency: fork: the log signed two different trees of 300 entries. Keep both checkpoints: they prove it";
const SAW_255: &str = "409 255";
const VERIFIER_NO_ED25519: &str = "checkpoint checkpoint: the checkpoint has no Ed25519 signature of its log; both are needed, and this one was stripped, or made with another key";
const NO_ED25519: &str = "the checkpoint has no Ed25519 signature of its log; both are needed, and this one was stripped, or made with another key";
const WITNESS_NO_ED25519: &str = "403 the checkpoint has no Ed25519 signature of its log; both are needed, and this one was stripped, or made with another key";
const READERS_NO_ED25519: &str = "checkpoint: the second: the checkpoint has no Ed25519 signature of its log; both are needed, and this one was stripped, or made with another key";
const WRONG_COSIGNATURE: &str = "witnesses: w0 (witness.example/w0, Ed25519): the cosignature by this key is wrong: it is of another checkpoint, or was altered";
const OTHER_FIELDS: &str = "fields: the fields and the signature commitment do not make the entry: they are of another event, or one was altered, dropped or moved";
const NO_LOG: &str = "witnesses: no log that the policy lists signed this checkpoint";

pub(crate) const DEEDS: &[Deed] = &[
    Deed {
        name: "forks below a head that was seen",
        what: forks_below_what_was_seen,
        seen_by: [
            None,
            Some(FORKED),
            Some(REFUSED_FORK),
            Some(NO_QUORUM),
            Some(TWO_TREES),
        ],
    },
    Deed {
        name: "serves each reader another tree",
        what: serves_each_reader_another_tree,
        seen_by: [
            None,
            None,
            Some("409 300"),
            Some(NO_QUORUM),
            Some(TWO_TREES),
        ],
    },
    Deed {
        name: "re-signs its history at a size that was seen",
        what: re_signs_the_size_that_was_seen,
        seen_by: [
            None,
            Some(
                "the ledger of 255 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(SAW_255),
            Some(NO_QUORUM),
            Some(
                "consistency: rewind: the log signed 255 entries after it had signed 300. Keep both checkpoints: they prove it",
            ),
        ],
    },
    Deed {
        name: "drops an event",
        what: drops_an_event,
        seen_by: [
            None,
            Some(
                "the ledger of 299 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(
                "422 the ledger of 299 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(NO_QUORUM),
            Some(
                "consistency: fork: the log signed another tree of 299 entries before than this ledger begins with. Keep that checkpoint and this folder: they prove it",
            ),
        ],
    },
    Deed {
        name: "reorders two events",
        what: reorders_two_events,
        seen_by: [
            None,
            Some(FORKED),
            Some(REFUSED_FORK),
            Some(NO_QUORUM),
            Some(TWO_TREES),
        ],
    },
    Deed {
        name: "rewinds: signs fewer entries again",
        what: rewinds,
        seen_by: [
            None,
            Some(
                "the ledger of 208 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(SAW_255),
            None,
            Some(
                "consistency: rewind: the log signed 208 entries after it had signed 300. Keep both checkpoints: they prove it",
            ),
        ],
    },
    Deed {
        name: "replays an old checkpoint as new",
        what: replays_an_old_checkpoint,
        seen_by: [
            None,
            Some(
                "the ledger of 208 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(SAW_255),
            None,
            None,
        ],
    },
    Deed {
        name: "stands still: shows what was seen and no more",
        what: stands_still,
        seen_by: [None, None, None, None, None],
    },
    Deed {
        name: "claims twice as many entries",
        what: claims_twice_as_many,
        seen_by: [
            Some("entries tile/entries/001: it is missing"),
            Some(
                "the ledger of 600 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(
                "422 the ledger of 600 entries does not begin with the one of 255 entries that was vouched for before: entries were lost, altered or rolled back. Close the room and compare it with the heads kept outside",
            ),
            Some(NO_QUORUM),
            Some("entries tile/entries/001: it is missing"),
        ],
    },
    Deed {
        name: "claims one entry more, where the tree's shape allows it",
        what: claims_one_more_where_the_shape_allows,
        seen_by: [
            Some("entries tile/entries/001.p/44: it is missing"),
            None,
            None,
            None,
            Some(TWO_TREES),
        ],
    },
    Deed {
        name: "strips the Ed25519 signature",
        what: strips_ed25519,
        seen_by: [
            Some(VERIFIER_NO_ED25519),
            Some(NO_ED25519),
            Some(WITNESS_NO_ED25519),
            None,
            Some(READERS_NO_ED25519),
        ],
    },
    Deed {
        name: "strips the ML-DSA-44 signature",
        what: strips_ml_dsa_44,
        seen_by: [
            Some(
                "checkpoint checkpoint: the checkpoint has no ML-DSA-44 signature of its log; both are needed, and this one was stripped, or made with another key",
            ),
            Some(
                "the checkpoint has no ML-DSA-44 signature of its log; both are needed, and this one was stripped, or made with another key",
            ),
            Some(
                "403 the checkpoint has no ML-DSA-44 signature of its log; both are needed, and this one was stripped, or made with another key",
            ),
            None,
            Some(
                "checkpoint: the second: the checkpoint has no ML-DSA-44 signature of its log; both are needed, and this one was stripped, or made with another key",
            ),
        ],
    },
    Deed {
        name: "signs with the Ed25519 key only",
        what: signs_with_ed25519_only,
        seen_by: [
            Some(
                "checkpoint checkpoint: the ML-DSA-44 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(
                "the ML-DSA-44 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(
                "403 the ML-DSA-44 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(NO_QUORUM),
            Some(
                "checkpoint: the second: the ML-DSA-44 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
        ],
    },
    Deed {
        name: "signs with the ML-DSA-44 key only",
        what: signs_with_ml_dsa_44_only,
        seen_by: [
            Some(
                "checkpoint checkpoint: the Ed25519 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(
                "the Ed25519 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(
                "403 the Ed25519 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
            Some(NO_QUORUM),
            Some(
                "checkpoint: the second: the Ed25519 signature of the checkpoint is wrong: the checkpoint was altered or forged",
            ),
        ],
    },
    Deed {
        name: "replays witnesses' old cosignatures on a newer head",
        what: replays_cosignatures_on_a_newer_head,
        seen_by: [None, None, None, Some(WRONG_COSIGNATURE), None],
    },
    Deed {
        name: "gives witnesses' cosignatures of another log",
        what: gives_cosignatures_of_another_log,
        seen_by: [None, None, None, Some(WRONG_COSIGNATURE), None],
    },
    Deed {
        name: "withholds cosignatures",
        what: withholds_cosignatures,
        seen_by: [None, None, None, Some(NO_QUORUM), None],
    },
    Deed {
        name: "publishes a tile that is not the entries'",
        what: publishes_another_tile,
        seen_by: [
            Some(
                "tiles tile/0/000: its hash 0 is not what the entries give: this tile or an entry under it was altered",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "publishes an upper tile that is not the lower ones'",
        what: publishes_another_upper_tile,
        seen_by: [
            Some(
                "tiles tile/1/000.p/1: its hash 0 is not what the entries give: this tile or an entry under it was altered",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "publishes an entry that is not the tiles'",
        what: publishes_another_entry,
        seen_by: [
            Some(
                "tiles tile/0/001.p/44: its hash 0 is not what the entries give: this tile or an entry under it was altered",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "publishes another history under the head",
        what: publishes_another_history_under_the_head,
        seen_by: [
            Some(
                "root: the entries do not give the root that the log signed: an entry was altered, dropped or moved",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "withholds entries",
        what: withholds_entries,
        seen_by: [
            Some("entries tile/entries/001.p/44: it is missing"),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "pads an entry bundle",
        what: pads_an_entry_bundle,
        seen_by: [
            Some(
                "entries tile/entries/001.p/44: it is 1575 bytes long instead of 1540: it was cut or lengthened",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "swaps two receipts",
        what: swaps_two_receipts,
        seen_by: [Some(OTHER_FIELDS), None, None, None, None],
    },
    Deed {
        name: "gives an event the proof of another",
        what: gives_the_proof_of_another_event,
        seen_by: [
            Some(
                "inclusion: the proof of the receipt: the proof does not lead to the root of the tree: what it is for is not in this tree, or one of them was altered",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "shows a field of another event",
        what: shows_a_field_of_another_event,
        seen_by: [Some(OTHER_FIELDS), None, None, None, None],
    },
    Deed {
        name: "alters a shown field",
        what: alters_a_shown_field,
        seen_by: [
            Some(
                "fields field 2, tag 2: its salt and value do not give its commitment: one of them was altered",
            ),
            None,
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "gives a consistency proof for other sizes",
        what: gives_a_proof_for_other_sizes,
        seen_by: [None, Some(FORKED), None, None, None],
    },
    Deed {
        name: "grows differently for two witnesses",
        what: grows_differently_for_two_witnesses,
        seen_by: [None, None, None, Some(NO_QUORUM), Some(TWO_TREES)],
    },
    Deed {
        name: "bribes the quorum",
        what: bribes_the_quorum,
        seen_by: [None, None, None, None, Some(TWO_TREES)],
    },
    Deed {
        name: "sets its time back",
        what: sets_time_back,
        seen_by: [
            None,
            Some(
                "the new head was signed at 2026-09-21 14:13:20 UTC by the log's own clock, and the one kept before at 2026-09-21 14:15:00 UTC: time ran backwards",
            ),
            None,
            None,
            None,
        ],
    },
    Deed {
        name: "sets its time forward",
        what: sets_time_forward,
        seen_by: [None, None, None, None, None],
    },
    Deed {
        name: "changes its origin",
        what: changes_its_origin,
        seen_by: [
            Some(
                "checkpoint checkpoint: the checkpoint is of the log strongroom/room/2, and the keys are of strongroom/room; use the keys of that log",
            ),
            Some(
                "the checkpoint is of the log strongroom/room/2, and the keys are of strongroom/room; use the keys of that log",
            ),
            Some("404 the log strongroom/room/2 is not watched here"),
            Some(NO_LOG),
            Some(
                "checkpoint: the second: the checkpoint is of the log strongroom/room/2, and the keys are of strongroom/room; use the keys of that log",
            ),
        ],
    },
    Deed {
        name: "swaps its keys",
        what: swaps_its_keys,
        seen_by: [
            Some(VERIFIER_NO_ED25519),
            Some(NO_ED25519),
            Some(WITNESS_NO_ED25519),
            Some(NO_LOG),
            Some(READERS_NO_ED25519),
        ],
    },
    Deed {
        name: "uses the origin of a generation again",
        what: uses_a_generations_origin_again,
        seen_by: [
            None,
            Some(FORKED),
            Some(REFUSED_FORK),
            Some(NO_QUORUM),
            Some(TWO_TREES),
        ],
    },
];
