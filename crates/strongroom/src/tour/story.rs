//! The story of one record in the second room: placed under a rule, restricted for a weak reason, and what then comes
//! from former readers, from outside, and from those who oversee.

use super::stage::{Stage, broken};
use super::text;
use crate::outcome::Failure;

const CALL: (&str, &[u8]) = ("call.vtt", include_bytes!("../../../../examples/call.vtt"));

/// What somebody outside writes.
const TOLD: &[u8] =
    b"The transcript of the Norland call was closed the day after the Director misspoke in it. Compare the two.\n";

/// The marking that the call is filed under.
const MARKED: &str = "CONFIDENTIAL//REL TO USA, NOR";

/// Tells it. The room is open, with lena and nora as records officers and nils as a reader.
pub(super) fn run(stage: &mut Stage) -> Result<(), Failure> {
    oversee(stage)?;
    let record = place(stage)?;
    restrict(stage, &record)?;
    disclose(stage)?;
    challenge(stage, &record)?;
    lower(stage, &record)?;
    hold(stage, &record)?;
    account(stage, &record)
}

fn oversee(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("Someone independent always sees")?;
    stage.say("Vera is an inspector: she sees that something was placed, by whom, under what authority and why, and never a word of it.")?;
    stage.person("vera", &["inspector"])?;
    stage.run("lena", &["clearance", "grant", "vera", "inspectors"])?;
    stage.sign_in("vera")
}

/// Files the call under a practice; gives its id.
fn place(stage: &mut Stage) -> Result<String, Failure> {
    stage.heading("A record moves in under a standing rule")?;
    stage.say("A practice says by whose authority records of a kind are placed. The call lay in another system before, and others hold copies: the docket keeps both.")?;
    let practice = [
        "practice",
        "add",
        "Transcripts of calls with ambassadors go into this room",
        "--authority",
        "the Director",
        "--marking",
        MARKED,
    ];
    stage.run("lena", &practice)?;
    let practices = stage.json("lena", &["practice", "list", "--json"])?;
    let practice = text(&practices["practices"][0]["practice"]).to_owned();
    let call = stage.write(CALL.0, CALL.1)?;
    let file = [
        "file",
        &call,
        "--marking",
        MARKED,
        "--practice",
        &practice,
        "--from-system",
        "the telephone log",
        "--already-held-by",
        "the embassy in Norland",
        "--reason",
        "foreign-relations",
        "--authority",
        "the Director",
        "--because",
        "the ambassador spoke in confidence",
    ];
    stage.run("lena", &file)?;
    let listing = stage.json("nils", &["list", "--json"])?;
    let id = listing["records"]
        .as_array()
        .and_then(|all| all.last())
        .map(|row| text(&row["id"]).to_owned())
        .ok_or_else(|| broken("the call is in the listing"))?;
    stage.run("nils", &["read", &id])?;
    Ok(id)
}

fn restrict(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("It is restricted, for a weak reason")?;
    let command = [
        "restrict",
        record,
        "--to",
        "SECRET//NOFORN",
        "--reason",
        "foreign-relations",
        "--because",
        "it reads badly for the Director",
    ];
    stage.run("nora", &command)?;
    stage.say("Nils read it before. Now it is gone for him, and his receipt is not:")?;
    stage.refused("nils", &["read", record])
}

fn disclose(stage: &mut Stage) -> Result<(), Failure> {
    stage.heading("Someone who has no account tells the inspectors")?;
    stage.say("This runs from an account of the machine at which nobody is signed in. The text is sealed to the inspectors before it leaves it; seven words are the way back.")?;
    let note = stage.write("what-i-know.txt", TOLD)?;
    let code = stage.path("seven-words");
    stage.outside(&["disclose", &note, "--code-file", &code])?;
    stage.say("What came is taken into the ledger at each full hour, and when the room is opened. The tour does not wait for the hour: the office closes for the night, and everybody comes back.")?;
    stage.reopen(&["lena", "nora", "nils", "vera"])?;
    let id = stage.until("vera", &["disclosures", "--json"], |listed| {
        listed["disclosures"][0]["id"].as_str().map(str::to_owned)
    })?;
    let kept = stage.path("disclosed");
    stage.run("vera", &["disclosures"])?;
    stage.run("vera", &["disclosures", "read", &id, "-o", &kept])?;
    let reply = "It is being looked into. Which passage do you mean?";
    stage.run("vera", &["disclosures", "reply", &id, "--text", reply])?;
    stage.say("Whoever wrote comes back with the words: for the answer, and for the proof that it was taken in, which nobody can take back.")?;
    let proofs = stage.path("proofs");
    stage.outside(&["disclose", "--code-file", &code, "-o", &proofs])
}

fn challenge(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("A former reader challenges it, and the inspector looks")?;
    stage.say("Nils may no longer read it. The receipt of his own reading is enough to dispute where it lies:")?;
    let receipts = stage.json("nils", &["receipt", "--json"])?;
    let receipt = receipts["receipts"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["record"] == record))
        .map(|one| text(&one["id"]).to_owned())
        .ok_or_else(|| broken("nils has a receipt of the record"))?;
    let challenge = [
        "challenge",
        record,
        "--receipt",
        &receipt,
        "--alleges",
        "embarrassment",
        "--because",
        "nothing in it is about Norland's secrets",
    ];
    stage.run("nils", &challenge)?;
    stage.say("The docket has all of it but the words; that she looked is an event as well:")?;
    stage.run("vera", &["docket", "--record", record])?;
    stage.say("Whoever filed the record must answer, within the policy's term:")?;
    let waiting = stage.json("lena", &["challenges", "--json"])?;
    let waiting = text(&waiting["challenges"][0]["challenge"]).to_owned();
    stage.run("lena", &["challenges"])?;
    let answer = [
        "answer-challenge",
        &waiting,
        "--outcome",
        "upheld",
        "--because",
        "it should not have been closed for that; it is lowered again",
    ];
    stage.run("lena", &answer)
}

fn lower(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("It is lowered, by two hands")?;
    let ask = [
        "request",
        "lower",
        record,
        "--to",
        MARKED,
        "--reason",
        "foreign-relations",
        "--because",
        "the challenge is upheld",
    ];
    stage.run("lena", &ask)?;
    let asked = stage.json("nora", &["requests", "--json"])?;
    let request = text(&asked["requests"][0]["id"]).to_owned();
    stage.say(
        "Her own request nobody approves; whoever does sees first what it opens, and for whom:",
    )?;
    stage.refused("lena", &["approve", &request])?;
    stage.run("nora", &["requests", &request])?;
    stage.run("nora", &["approve", &request])?;
    stage.run("nils", &["read", record])
}

fn hold(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("It is held")?;
    stage.say("The inspector holds it for her inquiry: until that is released, which takes another hand, it is neither lowered nor destroyed.")?;
    let because = "the inquiry needs it as it is";
    let inquiry = "inquiry 7, the Norland calls";
    stage.run(
        "vera",
        &["hold", "place", inquiry, record, "--because", because],
    )?;
    let destroy = [
        "request",
        "destroy",
        record,
        "--reason",
        "foreign-relations",
        "--because",
        "it is old",
    ];
    stage.refused("nora", &destroy)
}

fn account(stage: &mut Stage, record: &str) -> Result<(), Failure> {
    stage.heading("What stays of it")?;
    stage.run("vera", &["docket", "--record", record, "--newest-first"])?;
    let picture = stage.path("docket.svg");
    stage.run("vera", &["docket", "chart", "-o", &picture])?;
    stage.say("Was a record of the call put in, and when? A statement over the signed head, that anyone can check:")?;
    let statement = stage.path("custody.json");
    let ask = [
        "custody",
        "--participant",
        "Nygaard",
        "--because",
        "inquiry 7",
        "-o",
        &statement,
    ];
    stage.run("vera", &ask)?;
    let keys = stage.keep("desk.keys", &["ledger", "keys"])?;
    stage.alone(&["verify", "custody", &statement, "--keys", &keys])?;
    let year = stage.year();
    stage.run("vera", &["report", "--year", &year])
}
