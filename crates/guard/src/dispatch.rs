//! From a request to who answers it.

use serde::Serialize;

use crate::api::Request;
use crate::fault::Stop;
use crate::guard::{Asking, Core, IssuedCopy};

impl Core {
    /// Does what a session asks.
    pub(crate) fn dispatch(&self, asking: &Asking, request: &Request) -> Result<IssuedCopy, Stop> {
        fn out<T: Serialize>(answer: Result<T, Stop>) -> Result<IssuedCopy, Stop> {
            answer.map(|a| IssuedCopy::of(&a))
        }
        match request {
            Request::SignOut => out(self.sign_out(asking)),
            Request::WhoAmI => out(self.who_am_i(asking)),
            Request::Passphrase(ask) => out(self.passphrase(asking, ask)),
            Request::PersonInvite(ask) => out(self.person_invite(asking, ask)),
            Request::PersonConfirm(ask) => out(self.person_confirm(asking, ask)),
            Request::PersonList => out(self.person_list(asking)),
            Request::ClearanceGrant(ask) => out(self.clearance_grant(asking, ask)),
            Request::ClearanceShow(ask) => out(self.clearance_show(asking, ask)),
            Request::AtomTurn(ask) => out(self.atom_turn(asking, ask)),
            Request::AtomList => out(self.atom_list(asking)),
            Request::Recover(ask) => out(self.recover(asking, ask)),
            Request::RecoverList => out(self.recover_list(asking)),
            Request::RecoverStatus => out(self.recover_status(asking)),
            Request::RecoverShareRequest(ask) => out(self.recover_share_request(asking, ask)),
            Request::RecoverWithdraw(ask) => out(self.recover_withdraw(asking, ask)),
            Request::List(ask) => out(self.list(asking, ask)),
            Request::Read(ask) => out(self.read(asking, ask)),
            Request::Piece(ask) => out(self.piece(asking, ask)),
            Request::Restrict(ask) => out(self.restrict(asking, ask)),
            Request::Grade(ask) => out(self.grade(asking, ask)),
            Request::Changes(ask) => out(self.changes(asking, ask)),
            Request::Link(ask) => out(self.link(asking, ask)),
            Request::Withdraw(ask) => out(self.withdraw(asking, ask)),
            Request::Ask(ask) => out(self.request_ask(asking, ask)),
            Request::Requests(ask) => out(self.requests_show(asking, ask)),
            Request::Approve(ask) => out(self.approve(asking, ask)),
            Request::Deny(ask) => out(self.deny(asking, ask)),
            Request::RequestTakeBack(ask) => out(self.request_take_back(asking, ask)),
            Request::RulesShow => out(self.rules_show(asking)),
            Request::PolicyShow => out(self.policy_show(asking)),
            Request::PracticeAdd(ask) => out(self.practice_add(asking, ask)),
            Request::PracticeEnd(ask) => out(self.practice_end(asking, ask)),
            Request::PracticeList => out(self.practice_list(asking)),
            Request::Docket(ask) => out(self.docket(asking, ask)),
            Request::DocketChart(ask) => out(self.docket_chart(asking, ask)),
            Request::Due => out(self.due(asking)),
            Request::LowerDue(ask) => out(self.lower_due(asking, ask)),
            Request::HoldPlace(ask) => out(self.hold_place(asking, ask)),
            Request::HoldList => out(self.hold_list(asking)),
            Request::Depart(ask) => out(self.depart(asking, ask)),
            Request::ActingList => out(self.acting_list(asking)),
            Request::ActingEnd(ask) => out(self.acting_end(asking, ask)),
            Request::Custody(ask) => out(self.custody(asking, ask)),
            Request::Reconcile(ask) => out(self.reconcile(asking, ask)),
            Request::Report(ask) => out(self.report(asking, *ask)),
            Request::Challenge(ask) => out(self.challenge_record(asking, ask)),
            Request::Challenges => out(self.challenges(asking)),
            Request::AnswerChallenge(ask) => out(self.answer_challenge(asking, ask)),
            Request::History(ask) => out(self.history(asking, ask)),
            Request::Destroyed(ask) => out(self.certificate(asking, ask)),
            Request::Receipt(ask) => self.receipt(asking, ask),
            Request::LedgerCheck => out(self.ledger_check(asking)),
            Request::LedgerProve(ask) => out(self.ledger_prove(asking, *ask)),
            Request::LedgerConsistency(ask) => out(self.ledger_consistency(asking, *ask)),
            Request::Disclosures => out(self.disclosures(asking)),
            Request::DisclosureRead(ask) => out(self.disclosure_read(asking, ask)),
            Request::DisclosureAcknowledge(ask) => out(self.disclosure_acknowledge(asking, ask)),
            Request::DisclosureReply(ask) => out(self.disclosure_reply(asking, ask)),
            Request::Close => out(self.may_close(asking)),
        }
    }
}
