//! `marking decide`: whether a clearance admits to a label.

use serde_json::{Value, json};
use strongroom_label::{Clearance, Decision, MarkingError, Policy};

use crate::cli::Globals;
use crate::outcome::{Exit, Failure};
use crate::screen::{Screen, print};

use super::PolicyArg;
use super::lines::each;
use super::reading::{Written, heading, label_json, line, read};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Labels: banners, or portion marks in parentheses; `-` reads one from each line of standard input
    #[arg(required = true)]
    label: Vec<String>,
    /// What the reader holds: levels and values, as in `at-most Secret, NOFORN`. A level alone is that level and no other;
    /// `at-most` stands for it and all below
    #[arg(long, value_name = "C")]
    clearance: String,
    #[command(flatten)]
    policy: PolicyArg,
}

pub(crate) fn run(globals: &Globals, args: &Args) -> Result<Exit, Failure> {
    let policy = args.policy.read()?;
    let clearance = policy
        .parse_clearance(&args.clearance)
        .map_err(|fault| no_clearance(&args.clearance, &fault))?;
    let screen = Screen::stdout();
    let mut exit = Exit::Done;
    each(&args.label, |text| {
        let written = match read(&policy, text) {
            Ok(written) => written,
            Err(wrong) => {
                exit = Exit::Unfit;
                return match globals.json {
                    true => screen.json(wrong.json(text).to_string().as_bytes()),
                    false => print(&wrong.told(&screen, text)),
                };
            }
        };
        let decision = clearance.decide(&written.label());
        if !decision.is_admitted() {
            exit = Exit::Unfit;
        }
        match globals.json {
            true => {
                let json = decided_json(&policy, text, &clearance, &written, &decision);
                screen.json(json.to_string().as_bytes())
            }
            false => print(&told(
                &screen, &policy, text, &clearance, &written, &decision,
            )),
        }
    })?;
    Ok(exit)
}

fn no_clearance(text: &str, fault: &MarkingError) -> Failure {
    Failure::usage(format!("the clearance `{text}`: {fault}"))
        .hint("write levels and values with commas between, such as `at-most Secret, …`")
}

fn told(
    screen: &Screen,
    policy: &Policy,
    text: &str,
    clearance: &Clearance,
    written: &Written<'_>,
    decision: &Decision,
) -> String {
    let answer = if decision.is_admitted() { "yes" } else { "no" };
    let mut out = heading(screen, text, answer);
    line(&mut out, "decided by", &decision.to_string());
    line(&mut out, "asks", &written.banner());
    line(&mut out, "held", &policy.clearance_text(clearance));
    out
}

fn decided_json(
    policy: &Policy,
    text: &str,
    clearance: &Clearance,
    written: &Written<'_>,
    decision: &Decision,
) -> Value {
    let (part, category, value) = match decision {
        Decision::Admitted => ("all", None, None),
        Decision::LacksLevel(level) => ("level", None, Some(level)),
        Decision::LacksValue { category, value } => ("restrictive", Some(category), Some(value)),
        Decision::LacksAnyOf { category } => ("permissive", Some(category), None),
        Decision::AdmitsNobody { category } => ("nobody", Some(category), None),
    };
    json!({
        "marking": text,
        "clearance": policy.clearance_text(clearance),
        "label": label_json(&written.label()),
        "permits": decision.is_admitted(),
        "decided": {
            "part": part,
            "category": category.map(|name| name.as_str()),
            "value": value.map(|name| name.as_str()),
            "says": decision.to_string(),
        },
    })
}
