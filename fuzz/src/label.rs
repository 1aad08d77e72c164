//! Markings as people write them, read against the built-in policy.

use std::sync::LazyLock;

use strongroom_label::{Clearance, ClearanceBits, Label, LabelBits, Policy, UnknownAs};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let name = Policy::builtin_names().next().expect("one is built in");
    Policy::builtin(name).expect("it is known by its name")
});

/// Most lines that are read as captions: what is printed beside one record has a handful.
const CAPTIONS_MAX: usize = 16;

/// A marking, a list of clearances, a restriction, printed captions.
///
/// The text as a whole is read as each. By its lines it is also a label, what raises it, and a clearance; and a printed
/// level with captions, every second of which is an account.
///
/// Laws: what is read prints and reads as the same; a restriction never lowers; the compiled decision is the plain one;
/// what counts as unknown never makes a marking mean less.
pub fn label(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = UnknownAs::parse(&POLICY, text);
    let marked = POLICY.parse_marking(text).ok();
    marked.iter().for_each(marking_holds);
    let cleared = POLICY.parse_clearance(text).ok();
    cleared.iter().for_each(clearance_holds);

    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let third = lines.next().unwrap_or_default();
    if let Ok(present) = POLICY.parse_marking(first) {
        let raised = POLICY.parse_restriction(&present, second);
        raised.iter().for_each(|raised| {
            assert!(
                raised.dominates(&present),
                "{present:?} lowered to {raised:?}"
            );
            marking_holds(raised);
        });
        if let Ok(clearance) = POLICY.parse_clearance(third) {
            decisions_agree(&clearance, raised.as_ref().unwrap_or(&present));
        }
    }
    captions_hold(text);
}

fn marking_holds(label: &Label) {
    POLICY.validate(label).expect("it is the policy's");
    let written = POLICY.marking(label);
    assert_eq!(
        POLICY.parse_marking(&written).as_ref(),
        Ok(label),
        "{written}"
    );
    let banner = POLICY.banner(label);
    let shown = POLICY.parse_marking(&banner);
    let shown = shown.unwrap_or_else(|e| panic!("the banner {banner:?}: {e}"));
    assert!(
        label.dominates(&shown),
        "{banner} shows more than the label has"
    );
    if label.levels().len() == 1 {
        assert_eq!(&shown, label, "{banner}");
    }
    let _ = POLICY.portion_mark(label);
}

fn clearance_holds(clearance: &Clearance) {
    let written = POLICY.clearance_text(clearance);
    if !clearance.is_empty() {
        let again = POLICY.parse_clearance(&written);
        assert_eq!(again.as_ref(), Ok(clearance), "{written}");
    }
}

fn decisions_agree(clearance: &Clearance, label: &Label) {
    let compiled = ClearanceBits::new(&POLICY, clearance).expect("it is the policy's");
    let marked = LabelBits::new(&POLICY, label).expect("it is the policy's");
    let permits = clearance.permits(label);
    assert_eq!(compiled.permits(&marked), permits);
    assert_eq!(clearance.decide(label).is_admitted(), permits);
    assert_eq!(
        label.lock().opens(|atom| clearance.holds(atom)),
        permits,
        "the lock opens for whom the label admits"
    );
}

fn captions_hold(text: &str) {
    let mut lines = text.lines().take(1 + CAPTIONS_MAX);
    let level = lines.next().filter(|l| !l.is_empty());
    let (captions, accounts): (Vec<_>, Vec<_>) =
        lines.enumerate().partition(|(n, _)| n.is_multiple_of(2));
    let [captions, accounts] =
        [captions, accounts].map(|l| l.into_iter().map(|(_, l)| l).collect::<Vec<_>>());
    let strict = POLICY.read_printed(level, &captions, &accounts, None);
    let handling = UnknownAs::Handling;
    let lenient = POLICY.read_printed(level, &captions, &accounts, Some(&handling));
    if let Ok(strict) = &strict {
        strict.label().iter().for_each(marking_holds);
        let lenient = lenient.as_ref().expect("what is known is known");
        assert_eq!(lenient.label(), strict.label());
    }
    if let Ok(lenient) = &lenient {
        lenient.label().iter().for_each(marking_holds);
    }
}
