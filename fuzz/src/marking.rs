//! Banner lines and portion marks, read by the built-in policies that have a grammar.

use std::sync::LazyLock;

use strongroom_label::{Form, Marking, MarkingError, Policy, PortionMark, RollUpFacts};

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let all = Policy::builtin_names().filter_map(Policy::builtin);
    all.filter(Policy::reads_banners).collect()
});

/// Most lines that are read as portions: a document has more, and they say nothing new.
const LINES_MAX: usize = 32;

/// The first byte chooses the policy; each line behind it is a banner and a portion mark, and all that are portion marks
/// are rolled up.
///
/// Laws: what is read prints in both forms, and each reads as the same; what is to be written instead is right, and means
/// what the lenient reader says; a banner rolled up asks what its portions ask.
pub fn marking(bytes: &[u8]) {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let policy = &POLICIES[usize::from(*choice) % POLICIES.len()];
    let mut portions: Vec<PortionMark> = Vec::new();
    for line in text.lines().take(LINES_MAX) {
        holds(policy, line, Form::Banner);
        portions.extend(holds(policy, line, Form::Portion).map(PortionMark::from));
    }
    rolls_up(policy, &portions);
}

fn read(policy: &Policy, text: &str, form: Form) -> Result<Marking, MarkingError> {
    match form {
        Form::Banner => policy.parse_banner(text),
        Form::Portion => policy.parse_portion(text),
    }
}

fn written(policy: &Policy, marking: &Marking, form: Form) -> String {
    match form {
        Form::Banner => marking.banner(policy),
        Form::Portion => marking.portion(policy),
    }
}

fn holds(policy: &Policy, text: &str, form: Form) -> Option<Marking> {
    match read(policy, text, form) {
        Ok(marking) => {
            let text = written(policy, &marking, form);
            assert_eq!(read(policy, &text, form).as_ref(), Ok(&marking), "{text:?}");
            let _ = marking.label(policy);
            Some(marking)
        }
        Err(error) => {
            assert!(error.position <= text.chars().count() + 1, "{error}");
            if let Some(instead) = error.instead() {
                let right = read(policy, instead, form);
                let right = right.unwrap_or_else(|e| panic!("{text:?}: instead {instead:?}: {e}"));
                assert_eq!(written(policy, &right, form), instead, "{text:?}");
            }
            None
        }
    }
}

fn rolls_up(policy: &Policy, portions: &[PortionMark]) {
    let Some(rolled) = policy.roll_up(portions, &RollUpFacts::default()) else {
        return;
    };
    let label = rolled.banner.label(policy);
    for portion in portions.iter().filter_map(|p| p.marking.as_ref()) {
        let level = portion.level(policy);
        assert!(rolled.banner.level(policy).rank() >= level.rank());
        // A banner shows the highest level alone.
        let label = label.clone().with_level(level.name().clone());
        assert!(
            label.asks_all_of(&portion.label(policy)),
            "{} is below {}",
            rolled.banner.banner(policy),
            portion.portion(policy)
        );
    }
}
