//! What somebody outside sends to the inspectors, and what they find in it.

use strongroom_record::disclosure::{
    BATCH_PLACES, DisclosedContent, DisclosurePage, leaves, messages,
};
use strongroom_record::encode;
use strongroom_seal::disclosure::{Brought, pad, unpad};
use strongroom_seal::{DisclosureCode, SealedMessage, SealedReply, SuiteFloor};

use crate::codec::read;

/// Sealed messages as they are brought, answers, padding, content, batches and codes.
///
/// Laws: those of the codec; what passes for a message has a step, and a key to answer to in the first alone; padding is the
/// one that is made; a batch has as many leaves as places; a code that is taken reads back as itself.
pub fn disclosure(bytes: &[u8]) {
    if let Some(brought) = read::<Brought>(bytes) {
        formed(&brought.message);
    }
    if let Some(message) = read::<SealedMessage>(bytes) {
        formed(&message);
    }
    read::<SealedReply>(bytes);
    read::<DisclosurePage>(bytes);
    if let Some(content) = read::<DisclosedContent>(bytes)
        && content.check().is_ok()
    {
        let padded = pad(&encode(&content)).expect("the fuzzer's inputs are short");
        assert_eq!(unpad(&padded), Some(&encode(&content)[..]));
    }
    if let Some(content) = unpad(bytes) {
        assert_eq!(&pad(content).expect("it was padded")[..], bytes);
    }
    if let Ok(taken) = messages(bytes) {
        let leaves = leaves(bytes).expect("it is a batch");
        assert_eq!(leaves.len(), BATCH_PLACES);
        assert!(
            taken
                .iter()
                .all(|(place, message)| leaves[*place] == message.leaf)
        );
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(code) = DisclosureCode::parse(text)
    {
        let again = DisclosureCode::parse(code.expose()).expect("a code is one again");
        assert_eq!(again.expose(), code.expose());
    }
}

fn formed(message: &SealedMessage) {
    if message.is_formed(SuiteFloor::CNSA) {
        assert!(message.step().is_power_of_two());
        assert_eq!(message.reply.is_some(), message.number == 1);
    }
}
