//! Every domain-separation string, in one place.
//!
//! A [`Domain`] says what a key, a digest or a signature is for. It goes into each derivation, so that
//! bytes made for one purpose mean nothing for another. There is no way to make one outside this file.

use std::fmt;

/// What a derivation, digest or signature is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Domain(&'static str);

impl Domain {
    /// The string, as it goes into derivations.
    pub const fn as_bytes(self) -> &'static [u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! domains {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: Domain = Domain(concat!("strongroom/v1/", $text));)*
        /// All domains there are.
        pub const ALL: &[Domain] = &[$($name),*];
    };
}

domains! {
    /// Digest of a label.
    LABEL_DIGEST = "digest/label";
    /// Digest of the public keys that name a key holder.
    HOLDER_DIGEST = "digest/key-holder";
    /// Digest of a person's public keys, shown as a fingerprint.
    FINGERPRINT = "digest/fingerprint";
    /// Digest of a public key that shares are given to.
    RECIPIENT_DIGEST = "digest/recipient";
    /// Salted digest of an atom's recovery share.
    SHARE_DIGEST = "digest/share/atom";
    /// Salted digest of a share of the house key, for opening the room.
    OPENING_SHARE_DIGEST = "digest/share/opening";
    /// Salted digest of a share of the house key, for recovering it.
    HOUSE_SHARE_DIGEST = "digest/share/house";
    /// Salted digest of a share of a backup's key.
    BACKUP_SHARE_DIGEST = "digest/share/backup";
    /// Digest of what key holders are asked for.
    ASKED_DIGEST = "digest/asked";
    /// Digest of what a key holder gave, which the holder signs.
    GIVEN_DIGEST = "digest/given";
    /// Digest of a backup's header.
    BACKUP_HEADER_DIGEST = "digest/backup-header";
    /// Digest of a key box, for the event that sets it.
    BOX_DIGEST = "digest/key-box";
    /// Digest of a portion's sealed bytes, by which they are known again.
    SEALED_DIGEST = "digest/sealed-portion";
    /// Digest of those digests of a group, for the event that files it.
    SEALS_DIGEST = "digest/sealed-group";
    /// Digest of a file and of how it is filed, by which its filer's retry is known again.
    FILING_DIGEST = "digest/filing";
    /// Mark of what a person asked with a request id, under the person's key.
    REQUEST_MARK = "request/mark";
    /// Digest of an invitation's secret, by which the room knows it again.
    INVITATION_DIGEST = "digest/invitation";
    /// The id of the person that an invitation is for.
    INVITED_PERSON = "digest/invited-person";
    /// Digest of a session's token, by which the guard knows it again.
    TOKEN_DIGEST = "digest/token";
    /// Digest of a piece of a kept state.
    KEPT_PIECE = "digest/kept-piece";
    /// Digest over a kept state, for the event that says that it was kept.
    KEPT_STATE = "digest/kept-state";
    /// Digest over the entries of a ledger that a kept state follows from.
    KEPT_LEDGER = "digest/kept-ledger";
    /// Digest of a disclosed message's sealed bytes, which its leaf commits to.
    DISCLOSURE_DIGEST = "digest/disclosure/message";
    /// Digest of an answer's sealed bytes, for its event.
    DISCLOSURE_REPLY_DIGEST = "digest/disclosure/reply";
    /// The id of a disclosure: digest of the proof that one has its code.
    DISCLOSURE_ID = "digest/disclosure/id";
    /// Digest of the inspectors' public key, which every batch of disclosures shows.
    DISCLOSURE_PAGE = "digest/disclosure/page";
    /// Digest of a room's routes, which every batch of a room that has any shows.
    DISCLOSURE_ROUTES = "digest/disclosure/routes";
    /// The salt of all codes of a room.
    DISCLOSURE_ROOM = "digest/disclosure/room";
    /// Checksum of a text form that people copy.
    CHECKSUM = "digest/checksum";

    /// The commitment that a key encapsulation exports.
    KEM_COMMITMENT = "kem/commitment";
    /// The key of a box, from all its shares.
    BOX_KEY = "key-box/key";
    /// A share of a box's key, sealed to an atom.
    BOX_SHARE = "key-box/share";
    /// Keys derived from a box's key for notes.
    BOX_NOTE_KEY = "key-box/note-key";
    /// Keys derived from a label's box key for its index. Reserved: no index is stored as yet.
    BOX_INDEX_KEY = "key-box/index-key";
    /// A record key wrapped under a box's key.
    RECORD_KEY = "record-key/wrap";
    /// A portion.
    PORTION = "portion";
    /// A further layer over stored bytes.
    LAYER = "layer/bytes";
    /// A layer's key wrapped under a box's key.
    LAYER_KEY = "layer/wrap";
    /// A wrapped record key or layer key under its record's slot.
    SLOT = "slot";
    /// The outer layer of a stored value.
    HOUSE = "house";
    /// A note's key sealed to the inspectors.
    NOTE_KEY = "note/key";
    /// A note's key sealed to a person.
    NOTE_PERSON_KEY = "note/addressee-key";
    /// A note to a person.
    NOTE_PERSON = "note/person";
    /// Name of the row that holds a note's key for one reader.
    NOTE_ROW = "digest/note-row";
    /// Digest of the event that asked for approvals, which each approval names.
    REQUEST_DIGEST = "digest/request";
    /// Digest of a statement of custody and its signature.
    CUSTODY_DIGEST = "digest/custody";
    /// Digest over what a request is about.
    REQUEST_BASIS = "digest/basis-of-request";
    /// A note to the inspectors.
    NOTE_INSPECTORS = "note/inspectors";
    /// A note to those who hold a label.
    NOTE_LABEL = "note/label";
    /// The digest of a filed file, sealed to its filer.
    FILING = "filing";
    /// The proof that one has a disclosure's code, from the code.
    DISCLOSURE_ACCESS = "disclosure/access";
    /// The seed of the pair that answers are sealed to, from the code.
    DISCLOSURE_REPLY_SEED = "disclosure/reply/seed";
    /// A message's key sealed to the inspectors.
    DISCLOSURE_KEY = "disclosure/message/key";
    /// What a message says.
    DISCLOSURE = "disclosure/message/body";
    /// An answer's key sealed to the one who disclosed.
    DISCLOSURE_REPLY_KEY = "disclosure/reply/key";
    /// An answer's key sealed to the inspectors.
    DISCLOSURE_REPLY_COPY = "disclosure/reply/copy";
    /// What an answer says.
    DISCLOSURE_REPLY = "disclosure/reply/body";
    /// An atom's private half sealed to a person.
    HOLDING = "holding";
    /// An atom's recovery share sealed to a key holder.
    SHARE = "share/atom/sealed";
    /// An atom's recovery share given by its key holder.
    SHARE_GIVEN = "share/atom/given";
    /// A share of the house key for opening the room, sealed to a key holder.
    OPENING_SHARE = "share/opening/sealed";
    /// A share of the house key for opening the room, given by its key holder.
    OPENING_SHARE_GIVEN = "share/opening/given";
    /// What a house key for opening is known again by.
    OPENING_CHECK = "share/opening/check";
    /// A share of the house key for recovering it, sealed to a key holder.
    HOUSE_SHARE = "share/house/sealed";
    /// A share of the house key for recovering it, given by its key holder.
    HOUSE_SHARE_GIVEN = "share/house/given";
    /// What a house key for recovery is known again by.
    HOUSE_CHECK = "share/house/check";
    /// A share of a backup's key, sealed to a key holder.
    BACKUP_SHARE = "share/backup/sealed";
    /// A share of a backup's key, given by its key holder.
    BACKUP_SHARE_GIVEN = "share/backup/given";
    /// What a backup's key is known again by.
    BACKUP_CHECK = "share/backup/check";
    /// The key of one chunk of a backup.
    BACKUP_CHUNK = "backup/chunk";
    /// A person's private halves under a passphrase.
    BUNDLE = "bundle";
    /// The seed of a key holder's pair to seal to, from the holder's seed.
    HOLDER_KEM_SEED = "key-holder/seed/kem";
    /// The seed of a key holder's first pair to sign with.
    HOLDER_ED25519_SEED = "key-holder/seed/ed25519";
    /// The seed of a key holder's second pair to sign with.
    HOLDER_ML_DSA_SEED = "key-holder/seed/ml-dsa";
    /// A key holder's private half under a passphrase.
    HOLDER_FILE = "key-holder/file";

    /// The frame around every message that is signed.
    SIGNATURE = "signature";
    /// Signed by who joins: these public keys are mine.
    SIGN_POSSESSION = "sign/possession";
    /// Signed by who acts: the roots of a command's events.
    SIGN_COMMAND = "sign/command";
    /// Signed by an inspector: a statement of custody.
    SIGN_CUSTODY = "sign/custody";
    /// Signed by a key holder: what is asked of the others.
    SIGN_ASKING = "sign/asking";
    /// Signed by a key holder: a giving of shares, for one recovery and one recipient.
    SIGN_GIVING = "sign/giving";
    /// Signed by a key holder: the answer to a challenge, which shows who asks and moves nothing.
    SIGN_CHALLENGE = "sign/challenge";
    /// Signed by a key holder: shares that were shown to open, and were given to nobody.
    SIGN_REHEARSAL = "sign/rehearsal";
}

/// Longest domain: with a suite and a digest beside it, it still fits one block of SHA-384 twice over.
#[cfg(test)]
const DOMAIN_MAX_BYTES: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_domain_is_its_own_and_none_begins_another() {
        let texts: BTreeSet<&str> = ALL.iter().map(|d| d.0).collect();
        assert_eq!(texts.len(), ALL.len());
        // Ascending, a text that begins others stands right before one of them.
        for pair in texts.iter().collect::<Vec<_>>().windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
        for text in texts {
            assert!(text.starts_with("strongroom/v1/") && text.len() <= DOMAIN_MAX_BYTES);
            assert!(text.is_ascii());
        }
    }
}
