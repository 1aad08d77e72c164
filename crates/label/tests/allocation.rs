//! A decision allocates nothing: neither one that admits nor one that refuses, whatever kind of category decides.

use strongroom_label::{ClearanceBits, LabelBits};

mod common;
use common::odd_policy;

#[test]
fn a_compiled_decision_allocates_nothing() {
    let policy = odd_policy();
    let held = policy.parse_clearance("at-most RED; Zed; Shown to: Wir");
    let held = ClearanceBits::new(&policy, &held.expect("known")).expect("the policy's");
    for (marking, admits) in [
        ("Straße", true),
        ("RED; Zed; Shown to: Wir, Ihr", true),
        ("RED; Alef", false),
        ("RED; Shown to: Ihr", false),
        ("RED; Project: nobody", false),
    ] {
        let label = policy.parse_marking(marking).expect(marking);
        let label = LabelBits::new(&policy, &label).expect("the policy's");
        let mut permits = None;
        let counted = allocation_counter::measure(|| permits = Some(held.permits(&label)));
        assert_eq!(permits, Some(admits), "{marking}");
        assert_eq!(counted.count_total, 0, "{marking}");
    }
    // The count counts: reading a marking allocates.
    let read = allocation_counter::measure(|| drop(policy.parse_marking("RED; Zed")));
    assert!(read.count_total > 0);
}
