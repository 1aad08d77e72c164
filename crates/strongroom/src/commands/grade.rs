//! `grade`: says how far a record, or portions of one, are to be relied on; and how a grading is printed.

use std::fmt::Write as _;

use strongroom_guard::api::{Grade, GradeShown, Graded, Judgement, Request};

use crate::cli::{Globals, RequestArg};
use crate::client::read;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, harmless, print};
use crate::session::{Session, check_id, request_id};

use super::history::ranges;

/// What is judged.
#[derive(clap::Args)]
pub(crate) struct JudgementArgs {
    /// Reliability of the source and credibility of what it says, as in B2; F and 6 say that it is unknown
    #[arg(long, value_name = "GRADE")]
    grade: Option<String>,
    /// How likely it is: a term of ICD 203, as in `likely`
    #[arg(long, value_name = "TERM")]
    likelihood: Option<String>,
    /// How confident the judgement is: low, moderate or high
    #[arg(long, value_name = "DEGREE")]
    confidence: Option<String>,
}

impl JudgementArgs {
    pub(super) fn judgement(&self) -> Judgement {
        Judgement {
            grade: self.grade.clone(),
            likelihood: self.likelihood.clone(),
            confidence: self.confidence.clone(),
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The record, by id or the beginning of it
    #[arg(value_name = "ID")]
    record: String,
    /// Only these portions: numbers as `read` last showed them, ids, or names of header fields
    #[arg(long, value_name = "N", num_args = 1.., value_delimiter = ',')]
    portion: Vec<String>,
    #[command(flatten)]
    judged: JudgementArgs,
    #[command(flatten)]
    request: RequestArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    check_id(&args.record)?;
    let session = Session::of(globals)?;
    let id = request_id(args.request.request.as_deref());
    let ask = Request::Grade(Grade {
        record: args.record.clone(),
        portions: args.portion.clone(),
        judged: args.judged.judgement(),
        request: Some(id.clone()),
    });
    let json = session.change(&ask, &id)?;
    if globals.json {
        Screen::stdout().json(&json)?;
    } else {
        print(&told(&read(&json)?))?;
    }
    Ok(Exit::Done)
}

fn told(graded: &Graded) -> String {
    let record = harmless(&graded.record);
    let mut text = match graded.portions.as_slice() {
        [] => format!("{record} is graded\n"),
        [portion] => format!("portion {} of {record} is graded\n", harmless(portion)),
        portions => format!(
            "portions {} of {record} are graded\n",
            harmless(&ranges(portions))
        ),
    };
    for line in lines(&graded.grade) {
        writeln!(text, "  {}", harmless(&line)).expect("strings take text");
    }
    writeln!(text, "  receipt {}", harmless(&graded.receipt)).expect("strings take text");
    text
}

/// A grading, a line for each judgement: likelihood and confidence never stand in one sentence.
pub(super) fn lines(grade: &GradeShown) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(judged) = &grade.reliability {
        lines.push(format!("source {}: {}", judged.code, judged.says));
    }
    if let Some(judged) = &grade.credibility {
        lines.push(format!("information {}: {}", judged.code, judged.says));
    }
    if let Some(likelihood) = &grade.likelihood {
        let [from, to] = likelihood.percent;
        lines.push(format!(
            "likelihood: {} ({from} to {to} percent)",
            likelihood.term
        ));
    }
    if let Some(confidence) = &grade.confidence {
        lines.push(format!("confidence: {confidence}"));
    }
    if let (Some(by), Some(at)) = (&grade.by, &grade.at) {
        lines.push(format!("graded by {by} at {at}"));
    }
    if let Some(version) = grade.of_version {
        lines.push(format!("of version {version}, which stood then"));
    }
    lines
}

/// The Admiralty code alone, for a column of a list: `B2`. Empty where a source was not graded.
pub(super) fn code(grade: &GradeShown) -> String {
    let of = |judged: &Option<strongroom_guard::api::JudgedShown>| {
        judged.as_ref().map_or("", |j| j.code.as_str()).to_owned()
    };
    of(&grade.reliability) + &of(&grade.credibility)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_guard::api::{JudgedShown, LikelihoodShown};

    #[test]
    fn each_judgement_has_a_line_of_its_own() {
        let grade = GradeShown {
            reliability: Some(JudgedShown {
                code: "F".to_owned(),
                says: "unknown: no basis to judge its reliability".to_owned(),
            }),
            credibility: Some(JudgedShown {
                code: "2".to_owned(),
                says: "probably true".to_owned(),
            }),
            likelihood: Some(LikelihoodShown {
                term: "likely".to_owned(),
                percent: [55, 80],
            }),
            confidence: Some("low".to_owned()),
            by: Some("anna".to_owned()),
            at: Some("now".to_owned()),
            of_version: Some(1),
        };
        assert_eq!(code(&grade), "F2");
        assert_eq!(
            lines(&grade),
            [
                "source F: unknown: no basis to judge its reliability",
                "information 2: probably true",
                "likelihood: likely (55 to 80 percent)",
                "confidence: low",
                "graded by anna at now",
                "of version 1, which stood then",
            ]
        );
    }
}
