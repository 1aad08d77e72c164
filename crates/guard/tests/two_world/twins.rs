//! Two request ids under which the founder files records whose ids begin alike.
//!
//! Ids are random, and two of a script's dozen never share their first four characters. But a
//! reader may type no more than these. So the room is asked for some hundred records, until two of
//! them do: what each request id leads to is the same in every world that begins from that room.

use std::collections::HashMap;
use std::sync::OnceLock;

use strongroom_guard::api::FilingDone;
use strongroom_record::id::PREFIX_MIN_CHARS;

use crate::answer::Answer;
use crate::cast::{Founded, Room, Who};
use crate::script::{File, Key, Ticket};
use crate::wording::{filing, ticket};

/// Records that are tried: among so many, two share 18 random bits for all but sure.
const TRIED_MAX: u64 = 4_000;

/// Two request ids of the founder.
#[derive(Debug)]
pub(crate) struct Twins {
    pub(crate) above: String,
    pub(crate) below: String,
    /// Characters that the two records' ids share.
    pub(crate) shared: usize,
}

impl Twins {
    /// Those of the room on the mock suite.
    pub(crate) fn of_mock() -> &'static Self {
        static TWINS: OnceLock<Twins> = OnceLock::new();
        TWINS.get_or_init(|| Self::find(Founded::mock()))
    }

    fn find(founded: &Founded) -> Self {
        let mut room = Room::new(founded);
        let mut seen: HashMap<String, String> = HashMap::new();
        for n in 0..TRIED_MAX {
            let file = File {
                who: Who::Chief,
                key: Key(0),
                name: "twin.txt",
                text: "A".to_owned(),
                marking: Some("Unclassified".to_owned()),
                reason: "privacy",
                request: Ticket::Of(n),
                at_once_to: None,
                recorded: false,
                within: false,
            };
            let filing = filing(&file, u64::MAX);
            let answer = Answer::of(room.file(Who::Chief, &filing, b"A"));
            let done: FilingDone = answer.read().expect("filed");
            let request = ticket(&file.request, u64::MAX).expect("a request id");
            let beginning = done.records[0].record[..PREFIX_MIN_CHARS].to_owned();
            if let Some(above) = seen.insert(beginning, request.clone()) {
                return Self {
                    above,
                    below: request,
                    shared: PREFIX_MIN_CHARS,
                };
            }
        }
        panic!("{TRIED_MAX} records without two that begin alike")
    }
}
