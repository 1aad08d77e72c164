//! Leaks planted on purpose, for the test of promise 2 to catch.
//!
//! A test that two worlds look alike proves something only if it notices when they do not. Each
//! [`Leak`] is a mistake that a guard of this shape could make; with the feature `planted-leaks` the
//! code asks here, at the place where the mistake would be, whether to make it. Only this crate's
//! own dev-dependency turns the feature on, no other crate may name it, and a test sees to both. A
//! leak is planted for one thread, so that tests beside it run on a guard without any.
//!
//! The same for promise 4: a guard can be told to forget one of the laws of decisions ([`Law`]), which the test of the
//! model must notice.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use strongroom_label::Label;
use strongroom_record::{AtomId, EventId, RecordId, RequestId, Stream, Timestamp};

use crate::api::Shown;
use crate::fault::Fault;
use crate::guard::Core;
pub use crate::laws::Law;
use crate::reading::join;
use crate::refusal::{Code, Refusal};
use crate::state::{Group, Person, RecordState, Request, State};

/// A mistake that shows something from above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// A count: how many records a reader may read counts all records of the room.
    CountOfAll,
    /// An end: a listing says that there is more when only hidden records follow.
    MoreOfAll,
    /// An id: random streams are named by the size of the ledger.
    IdFromLedger,
    /// An ordinal: portions are numbered by their place in the whole record.
    OrdinalInWhole,
    /// An error text: a hidden record is refused with other words than one that is not there.
    ErrorText,
    /// An order: listings are sorted by how often a record was restricted.
    OrderByRestrictions,
    /// A size: a view is padded to the size of the whole record.
    SizeOfWhole,
    /// A codeword: a clearance lists what the asker may not know of.
    CodewordHeld,
    /// A codeword: the same of what is pending.
    CodewordPending,
    /// A banner: the join of all portions, not of those shown.
    BannerOfWhole,
    /// A history: restrictions of what is hidden stand in it.
    HistoryOfWhole,
    /// A preview: names those who lose what the asker does not see.
    PreviewOfWhole,
    /// A preview: tells who holds what the asker may not know of.
    PreviewOfClearances,
    /// A prefix: hidden records make the beginning of an id ambiguous.
    PrefixOfAll,
    /// An existence: a restriction is refused only for ids that are nowhere.
    RestrictionOfNothing,
    /// A notice: of refused sign-ins under every name.
    NoticesOfAll,
    /// A receipt: of a label's key, for whoever is the first to file under the label.
    ReceiptOfLabelKey,
    /// A draw: the salt of a statement comes after draws for labels that the asker does not see.
    SaltAfterHidden,
    /// A history: that someone graded what is hidden.
    GradeOfHidden,
    /// A count: versions of which the reader may read nothing are counted.
    VersionsOfAll,
    /// A link: shown though the record at its other end is hidden.
    LinkFromAbove,
    /// A withdrawal: waiting ones are listed of every record.
    WithdrawalsOfAll,
    /// A receipt: it says which version a correction became.
    ReceiptOfVersion,
    /// A link: shown though the portion that it is about is hidden.
    LinkOfPortion,
    /// A word in a list: superseded, by a record that is hidden.
    SupersededFromAbove,
    /// A refusal: other words where somebody asked for what is hidden to be withdrawn.
    AskedOfHidden,
    /// A refusal: other words for an attachment that is hidden than for none.
    AttachmentOfWhole,
    /// The same of a recording.
    RecordingOfWhole,
    /// A refusal: whoever filed blind is told that it was withdrawn.
    WithdrawnToFiler,
    /// A history: for whom files were opened that its reader may not see.
    FilesInHistory,
    /// A number: how much is alike, of the whole record.
    ResemblingOfWhole,
    /// An existence: a file of a folder that somebody else filed counts as filed.
    FolderOfOthers,
    /// A list: rules that a hidden portion's mark breaks.
    OverrodeOfWhole,
    /// A list: challenges of records that are hidden.
    ChallengesOfAll,
    /// A notice: of everything that is overdue, to everybody.
    OverdueOfAll,
    /// An error text: challenging a hidden record is refused with other words than challenging one that is not there.
    ChallengeOfHidden,
    /// An existence: a practice whose label the asker lacks is taken, and one that is nowhere is not.
    PracticeOfAll,
    /// A history: a statement names the practice that it cites to who may not know of it.
    PracticeInHistory,
    /// A notice: of every request that waits.
    NoticeOfWaiting,
    /// A call: the hook runs for whoever the rules name, who may know of it or not.
    CalledUnknowing,
    /// A view: a deputy's is that of whom the deputy stands for.
    DeputyAsPrincipal,
    /// A refusal: other words where somebody decides on a request that is hidden.
    DecidedOfHidden,
}

impl Leak {
    /// All of them.
    pub const ALL: [Self; 42] = [
        Self::CountOfAll,
        Self::MoreOfAll,
        Self::IdFromLedger,
        Self::OrdinalInWhole,
        Self::ErrorText,
        Self::OrderByRestrictions,
        Self::SizeOfWhole,
        Self::CodewordHeld,
        Self::CodewordPending,
        Self::BannerOfWhole,
        Self::HistoryOfWhole,
        Self::PreviewOfWhole,
        Self::PreviewOfClearances,
        Self::PrefixOfAll,
        Self::RestrictionOfNothing,
        Self::NoticesOfAll,
        Self::ReceiptOfLabelKey,
        Self::SaltAfterHidden,
        Self::GradeOfHidden,
        Self::VersionsOfAll,
        Self::LinkFromAbove,
        Self::WithdrawalsOfAll,
        Self::ReceiptOfVersion,
        Self::LinkOfPortion,
        Self::SupersededFromAbove,
        Self::AskedOfHidden,
        Self::AttachmentOfWhole,
        Self::RecordingOfWhole,
        Self::WithdrawnToFiler,
        Self::FilesInHistory,
        Self::ResemblingOfWhole,
        Self::FolderOfOthers,
        Self::OverrodeOfWhole,
        Self::ChallengesOfAll,
        Self::OverdueOfAll,
        Self::ChallengeOfHidden,
        Self::PracticeOfAll,
        Self::PracticeInHistory,
        Self::NoticeOfWaiting,
        Self::CalledUnknowing,
        Self::DeputyAsPrincipal,
        Self::DecidedOfHidden,
    ];
}

thread_local! {
    static PLANTED: Cell<Option<Leak>> = const { Cell::new(None) };
    static FORGOTTEN: Cell<Option<Law>> = const { Cell::new(None) };
}

/// Plants a leak for what this thread asks of any guard from now on, or takes it out.
pub fn plant(leak: Option<Leak>) {
    PLANTED.set(leak);
}

/// Whether a leak is planted.
pub(crate) fn is(leak: Leak) -> bool {
    PLANTED.get() == Some(leak)
}

/// Has this thread's guards forget a law from now on, or none.
pub fn forget(law: Option<Law>) {
    FORGOTTEN.set(law);
}

/// Whether a law is forgotten.
pub(crate) fn is_forgotten(law: Law) -> bool {
    FORGOTTEN.get() == Some(law)
}

/// What is said of a listing's size.
pub(crate) fn counts(core: &Core, more: bool, readable: usize) -> (bool, usize) {
    let all = core.state().records.in_order().filter(|r| !r.frame).count();
    (
        more || is(Leak::MoreOfAll) && all > readable,
        if is(Leak::CountOfAll) { all } else { readable },
    )
}

/// The order of a listing.
pub(crate) fn order(mut listed: Vec<&RecordState>) -> Vec<&RecordState> {
    if is(Leak::OrderByRestrictions) {
        listed.sort_by_key(|r| std::cmp::Reverse(r.events.len()));
    }
    listed
}

/// A refusal that looks at all records of a range of ids.
pub(crate) fn resolving(
    state: &State,
    person: &Person,
    (low, high): (RecordId, RecordId),
) -> Result<(), Refusal> {
    let all = || state.records.between(low, high).filter(|r| !r.frame);
    if is(Leak::PrefixOfAll) && all().count() > 1 {
        return Err(Refusal::new(
            Code::Conflict,
            "the beginning of several records' ids",
        ));
    }
    let hidden = |r: &RecordState| !r.exists_for(&state.labels, &person.bits);
    if is(Leak::ErrorText) && all().count() == 1 && all().any(hidden) {
        return Err(Refusal::new(Code::NotFound, "you may not read this record"));
    }
    Ok(())
}

/// A refusal of what is nowhere.
pub(crate) fn restricting(state: &State, record: RecordId) -> Result<(), Refusal> {
    if is(Leak::RestrictionOfNothing) && state.records.get(record).is_none() {
        return Err(Refusal::no_such_record());
    }
    Ok(())
}

/// Those who lose access, beside them those who lose what the asker does not see.
pub(crate) fn losers(
    state: &State,
    mut lose: Vec<String>,
    unseen: &[(&Label, &Label)],
) -> Vec<String> {
    let loses = |person: &Person| {
        let may = |label: &Label| person.clearance.permits(label);
        unseen.iter().any(|(from, to)| may(from) && !may(to))
    };
    if is(Leak::PreviewOfWhole) {
        let also = state.people.iter().filter(|p| loses(p));
        lose.extend(also.map(|p| p.name.clone()));
        lose.sort_unstable();
        lose.dedup();
    }
    lose
}

/// The number of a portion.
pub(crate) fn ordinal(n: usize, order: u32) -> usize {
    if is(Leak::OrdinalInWhole) {
        order as usize
    } else {
        n
    }
}

/// A view that was made with an eye on the whole record.
pub(crate) fn shown(core: &Core, record: RecordId, mut shown: Shown) -> Result<Shown, Fault> {
    const BUCKET: usize = 128;
    let state = core.state();
    let Some(whole) = state.records.get(record) else {
        return Ok(shown);
    };
    if is(Leak::BannerOfWhole) {
        let label = |g: &Group| -> &Label { state.labels.get(g.label) };
        let labels = whole.groups.iter().map(label);
        shown.banner = join(labels).map_or(shown.banner, |l| state.policy.banner(&l));
    }
    if is(Leak::SizeOfWhole) {
        let mut size = 0;
        for group in &whole.groups {
            let value = crate::kinds::value(group.id);
            size += core.store.get(value, "a stored value")?.expose().len();
        }
        shown.at.push_str(&" ".repeat(size / BUCKET));
    }
    Ok(shown)
}

/// The versions of a record that are counted.
pub(crate) fn versions(record: &RecordState, seen: Vec<u32>) -> Vec<u32> {
    if is(Leak::VersionsOfAll) {
        (1..=record.newest()).collect()
    } else {
        seen
    }
}

/// A refusal of an attachment, with an eye on those that are hidden.
pub(crate) fn attached(hidden: bool) -> Result<(), Refusal> {
    refusal_of(Leak::AttachmentOfWhole, hidden)
}

/// The same of a recording.
pub(crate) fn recorded(hidden: bool) -> Result<(), Refusal> {
    refusal_of(Leak::RecordingOfWhole, hidden)
}

fn refusal_of(leak: Leak, hidden: bool) -> Result<(), Refusal> {
    if hidden && is(leak) {
        return Err(Refusal::new(Code::NotFound, "it is not in your view"));
    }
    Ok(())
}

/// A refusal of what is asked about a request that is hidden.
pub(crate) fn asked(state: &State, text: &str) -> Result<(), Refusal> {
    let id = text.parse().ok();
    let asked = id.is_some_and(|id| state.approvals.get(id).is_some());
    refusal_of(Leak::AskedOfHidden, asked)
}

/// A refusal of what is challenged, with an eye on what is hidden.
pub(crate) fn challenged(state: &State, record: RecordId) -> Result<(), Refusal> {
    refusal_of(Leak::ChallengeOfHidden, state.records.get(record).is_some())
}

/// The same of a decision on one.
pub(crate) fn decided(state: &State, text: &str) -> Result<(), Refusal> {
    let id = text.parse().ok();
    let asked = id.is_some_and(|id| state.approvals.get(id).is_some());
    refusal_of(Leak::DecidedOfHidden, asked)
}

/// Requests that a notice counts beside those that wait for the person.
pub(crate) fn noticed(state: &State, own: usize, now: Timestamp) -> usize {
    if is(Leak::NoticeOfWaiting) {
        state.approvals.waiting(now).len()
    } else {
        own
    }
}

/// Who is called for a request beside those who may know of it.
pub(crate) fn called(state: &State, request: &Request, person: &Person) -> bool {
    let rule = state
        .rules()
        .map(|rules| rules.of(crate::requests::kinds::ruled(&request.asked)));
    let names = rule.is_ok_and(|rule| {
        let mut needs = rule.needs.iter();
        needs.any(|need| state.is_called(request, person, &need.from))
    });
    is(Leak::CalledUnknowing) && names && person.id != request.by
}

/// Whether somebody for whom the person stands may know of a request.
pub(crate) fn knows_as_deputy(
    state: &State,
    request: &Request,
    person: &Person,
    now: Timestamp,
) -> bool {
    let mut principals = state.acting.now(now).filter(|row| row.deputy == person.id);
    is(Leak::DeputyAsPrincipal)
        && principals.any(|row| {
            let principal = state.people.active(row.principal);
            principal.is_some_and(|principal| state.may_know(request, principal))
        })
}

/// A request id that follows from a file alone, the same for everybody.
pub(crate) fn within(parts: &[&[u8]]) -> Option<RequestId> {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    let mut seed = [9; 32];
    seed[..8].copy_from_slice(&hasher.finish().to_be_bytes());
    is(Leak::FolderOfOthers).then(|| RequestId::random(&mut Stream::from_seed(seed)))
}

/// What anybody did under a request id.
pub(crate) fn done_by_others(state: &State, request: Option<RequestId>) -> Option<&Vec<EventId>> {
    let mut done = state.requests.iter().filter(|_| is(Leak::FolderOfOthers));
    done.find(|((_, id), _)| Some(*id) == request)
        .map(|(_, events)| events)
}

/// How much is alike, with an eye on what is hidden.
pub(crate) fn alike(state: &State, record: RecordId, like: usize) -> usize {
    let portions = state.records.get(record).map_or(0, |r| {
        r.groups.iter().map(|g| g.portions.len()).sum::<usize>()
    });
    if is(Leak::ResemblingOfWhole) {
        like + portions
    } else {
        like
    }
}

/// Whether a request is listed though it is hidden.
pub(crate) fn waiting() -> bool {
    is(Leak::WithdrawalsOfAll)
}

/// What is pending beside that which the asker may know of.
pub(crate) fn pending(asked: &BTreeSet<AtomId>) -> impl Iterator<Item = &AtomId> {
    asked.iter().filter(|_| is(Leak::CodewordPending))
}

/// Refused sign-ins that a person is told of.
pub(crate) fn refused(state: &State, own: u32) -> u32 {
    if is(Leak::NoticesOfAll) {
        state.people.iter().map(|p| p.refused_since).sum()
    } else {
        own
    }
}

/// A stream that depends on what others did before.
pub(crate) fn stream(core: &Core) -> Option<Stream> {
    let size = core.store.vault.size().to_be_bytes();
    is(Leak::IdFromLedger).then(|| core.env.entropy.stream(&size))
}
