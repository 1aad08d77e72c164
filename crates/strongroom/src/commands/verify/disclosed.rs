//! The proof that a disclosed message was taken in.

use std::path::Path;

use data_encoding::{BASE64, HEXLOWER};
use strongroom_guard::api::DisclosureProof;
use strongroom_guard::disclosed_leaf;
use strongroom_record::disclosure::DisclosurePage;
use strongroom_record::event::FieldTag;
use strongroom_tlog::checkpoint::LogPublicKeys;
use strongroom_tlog::tree::{InclusionProof, LeafHash, TreeHead, TreeRoot};
use strongroom_tlog::verify::{self, Check, Finding, Report, Standing};

use super::{beyond, shown, unfit};
use crate::commands::disclose::BATCH;
use crate::files;
use crate::outcome::Failure;

/// The longest proof: a receipt with few fields, and a path of five hashes.
const PROOF_MAX_BYTES: usize = 1 << 20;

/// Checks the file, and gives the receipt's checkpoint with the report.
pub(super) fn check(file: &Path, keys: &LogPublicKeys) -> Result<(Report, shown::Given), Failure> {
    let bytes = files::read_bounded(file, PROOF_MAX_BYTES)?;
    let proof: DisclosureProof = serde_json::from_slice(&bytes).map_err(|e| {
        unfit(file, format!("it is no proof of a disclosure: {e}"))
            .hint("`strongroom disclose --code -o DIR` puts proofs into DIR")
    })?;
    let given = shown::of(&proof.batch).map_err(|why| unfit(file, why))?;
    let (mut report, accepted) = verify::receipt(&given.receipt, keys);
    beyond::report("proof of a disclosure", &bytes, &proof, &mut report);
    if let Some(accepted) = accepted {
        given.check(&accepted, &mut report);
        let judged = judged(&proof, &given);
        let (standing, says) = match judged {
            Ok(()) => (
                Standing::Holds,
                format!(
                    "message {} of the disclosure {} was taken in with this batch; the sealed message has the digest {}",
                    proof.number, proof.disclosure, proof.digest
                ),
            ),
            Err(why) => (Standing::Fails, why.to_owned()),
        };
        report.push(Finding {
            check: Check::Inclusion,
            standing,
            place: Some("disclosure".to_owned()),
            says,
        });
        report.push(Finding {
            check: Check::Inclusion,
            standing: Standing::Open,
            place: Some("disclosure".to_owned()),
            says: "what the message says: the digest is that of its sealed bytes, and which disclosure and number it has is bound within them".to_owned(),
        });
    }
    Ok((report, given))
}

fn judged(proof: &DisclosureProof, given: &shown::Given) -> Result<(), &'static str> {
    if given.value::<String>(FieldTag::Kind).as_deref() != Some(BATCH) {
        return Err("the event is no batch of disclosures");
    }
    let page = given
        .value::<DisclosurePage>(FieldTag::Portions)
        .ok_or("the event shows no root of a batch")?;
    let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
    let digest = hex(&proof.digest).and_then(|bytes| bytes.try_into().ok());
    let digest = digest.ok_or("the digest is not 48 bytes")?;
    let salt = hex(&proof.salt).and_then(|bytes| bytes.try_into().ok());
    let salt = salt.ok_or("the salt is not 32 bytes")?;
    let path = BASE64.decode(proof.path.as_bytes()).ok();
    let path = path.and_then(|bytes| InclusionProof::from_bytes(&bytes).ok());
    let path = path.ok_or("the path cannot be read")?;
    let leaf = LeafHash::of(&disclosed_leaf(salt, digest));
    let head = TreeHead::new(path.size(), TreeRoot::from_bytes(page.root));
    if path.size().get() != strongroom_record::disclosure::BATCH_PLACES as u64 {
        return Err("the path is of a tree of another size than a batch has");
    }
    path.verify(&leaf, &head)
        .map_err(|_| "the message is not under the batch: its digest, salt or path was altered")
}
