//! `withdraw`: asks for a misfiling to be taken back, which somebody else approves.

use strongroom_guard::api::{Request, WithdrawAsk};

use crate::cli::{Globals, RequestArg};
use crate::outcome::{Exit, Failure};
use crate::session::{check_id, request_id};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    /// A reason of the policy; a wrong one is answered with the list
    #[arg(long)]
    reason: String,
    /// By whose authority; your office, if left out
    #[arg(long)]
    authority: Option<String>,
    /// Why it was filed by mistake
    #[arg(long)]
    because: String,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Withdraw(WithdrawAsk {
        record: args.record.clone(),
        reason: args.reason.clone(),
        authority: args.authority.clone(),
        because: args.because.clone(),
        request: Some(id.clone()),
    });
    super::request::made(globals, &ask, &id)
}
