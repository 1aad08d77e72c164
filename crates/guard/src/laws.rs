//! The laws of decisions: what must hold for something to be asked for, agreed to, or carried out.
//!
//! Each has a name, one sentence, and as few places as it can have: mostly a function that the guard asks before it
//! writes and the fold asks before it takes in. Where the two cannot share one, each says it for itself, under the same
//! name. The sentence is the fold's; to people the guard says more.
//!
//! The list is more than a heading. A guard of this crate's own tests can be told to forget one law, in the guard and in
//! the fold at once, since either of them alone would stop what the other lets pass; and the test of the model has to
//! notice for every law of the list that it was forgotten. A check that is written without a name here is one whose
//! loss nobody is shown to notice.

/// Declares the laws: each a name and a sentence, which says what was done against it.
macro_rules! laws {
    ($($name:ident: $sentence:literal,)*) => {
        /// A law of decisions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Law {
            $(
                #[doc = $sentence]
                $name,
            )*
        }

        impl Law {
            /// All of them.
            #[cfg(feature = "planted-leaks")]
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What was done against it.
            pub(crate) const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$name => $sentence,)*
                }
            }
        }
    };
}

laws! {
    // Asking.
    AskerIsNamed: "somebody asked for what others may ask for",
    AskedOnce: "the same is asked for while it waits",
    RecordStands: "something is asked of a record that was withdrawn",
    RulesAreOther: "the approval rules are asked for that are in force",
    PolicyIsOther: "the marking policy is asked for that is in force",
    PolicyKeepsAll: "a marking policy is asked for that lacks what the present one has",
    DeputyIsAnother: "a deputy is asked for who is not there, or for nobody else",
    DeputyForATime: "a deputy is asked for longer than one may be",
    OfficeForOffice: "a clearance is asked for what is not for the person",
    // Deciding.
    Waits: "it is about a request that does not wait",
    InTime: "it is about a request that has lapsed",
    Unchanged: "what a request is about changed before it was approved",
    NotOwn: "nobody approves what he asked for",
    NotSubject: "whom a request is about does not approve it",
    NotTwice: "nobody approves twice",
    DeputyIsOneHand: "a deputy and the person whom he stands for are one hand",
    DeputyStands: "somebody acts for another without standing for him",
    ApproverIsCleared: "an approver is not cleared for what a request is about",
    ApproverCounts: "the rules do not ask for the approval of this person",
    KnownToTheNamed: "a request is shown to somebody whom it is not for",
    TakenBackByAsker: "somebody took back what another asked for",
    // Carrying out.
    Enough: "it was done without the approvals that it takes",
    ApproverIsThere: "somebody counts who is not confirmed, or has left",
    NoHold: "a hold lies on the record: it is not destroyed until the hold is released",
    HoldStopsLowering: "it lowers a record on which a hold lies",
    FallsBelow: "a part of the record bears a marking that the new one is not below",
    UndoneInTime: "it undoes a restriction that is not the last, or is older than a day",
    UndoneUnread: "it undoes a restriction under which somebody has read",
    // Persons.
    AdmittedByNamed: "a person is confirmed by somebody whom the rules do not name",
    AdmittedByAnother: "whoever invited a person does not confirm that person",
    DeputyEndedByHis: "somebody ended what is between others",
    LeavesByHands: "somebody was made to leave by one hand where it takes more",
    LeavesByOfficer: "somebody was made to leave by one who is no security officer",
    LastOfficerStays: "the last security officer is to leave",
    LeaversAskNothing: "what somebody asked for goes on who has left",
}

impl Law {
    /// Whether something that hangs on it goes on.
    pub(crate) fn met(self, holds: bool) -> bool {
        holds || self.is_forgotten()
    }

    /// Has nothing go on that is against it.
    ///
    /// # Errors
    /// The law itself, where it does not hold.
    pub(crate) fn ensure(self, holds: bool) -> Result<(), Self> {
        self.met(holds).then_some(()).ok_or(self)
    }

    #[cfg(not(feature = "planted-leaks"))]
    const fn is_forgotten(self) -> bool {
        false
    }

    #[cfg(feature = "planted-leaks")]
    fn is_forgotten(self) -> bool {
        crate::planted::is_forgotten(self)
    }
}

/// What the fold says of it.
impl From<Law> for &'static str {
    fn from(law: Law) -> Self {
        law.sentence()
    }
}
