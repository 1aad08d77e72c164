//! Loss of power at every write of a run: what was acknowledged is there, and nothing is half there.

mod support;

use strongroom_vault::testing::{Fault, FaultDisk, Loss};
use strongroom_vault::{Commit, Vault};
use support::{State, Step, as_one_group, script};

/// How many draws of what a crash keeps are tried at each write, besides all and nothing.
const DRAWS: u64 = 12;

/// All commits of a script with what it leaves: after none of them, after the first, and so on.
fn states(script: &[Vec<Step>]) -> Vec<State> {
    let mut state = State::default();
    let mut states = vec![state.clone()];
    for step in script.iter().flatten() {
        step.apply(&mut state);
        states.push(state.clone());
    }
    states
}

/// Runs the script until a commit fails; says how many commits were acknowledged and how many submitted.
fn run(vault: &Vault) -> (usize, usize) {
    let (mut acknowledged, mut submitted) = (0, 0);
    for group in script() {
        submitted += group.len();
        let answers = as_one_group(vault, group.iter().map(|step| step.commit()).collect());
        acknowledged += answers.iter().filter(|answer| answer.is_ok()).count();
        if acknowledged < submitted {
            break;
        }
    }
    (acknowledged, submitted)
}

/// Opens what a crash left and checks it; says how many commits it holds.
fn check(disk: FaultDisk, states: &[State], acknowledged: usize, submitted: usize) -> usize {
    let vault = Vault::with_backend(disk.clone()).expect("a store opens after a crash");
    let found = State::of(&vault).expect("a store can be read after a crash");
    let held = (acknowledged..=submitted)
        .find(|n| states[*n] == found)
        .unwrap_or_else(|| {
            panic!(
                "of {acknowledged} acknowledged and {submitted} submitted commits it holds {} rows and {} entries",
                found.rows.len(),
                found.entries.len()
            )
        });

    // It goes on from there, and a second crash right after takes nothing back.
    let mut next = Commit::new();
    next.entry([0xaa; 33], [0xaa; 16]);
    let position = vault.submit(next).wait().unwrap();
    assert_eq!(position.first, found.entries.len() as u64);
    let again = Vault::with_backend(disk.after_crash(Loss::All)).unwrap();
    assert_eq!(again.size(), position.first + 1);
    assert_eq!(State::of(&again).unwrap().rows, found.rows);
    held
}

#[test]
fn loss_of_power_at_every_write() {
    let states = states(&script());
    let (mut cuts, mut images, mut unacknowledged_kept) = (0, 0, 0);
    for cut in 0.. {
        let disk = FaultDisk::new();
        let vault = Vault::with_backend(disk.clone()).unwrap();
        disk.fail_at(disk.operations() + cut, Fault::PowerLost);
        let (acknowledged, submitted) = run(&vault);
        if !disk.is_failing() {
            assert_eq!(acknowledged, states.len() - 1, "the last run is whole");
            break;
        }
        drop(vault);
        cuts += 1;
        let draws = (0..DRAWS).map(|draw| Loss::Drawn(cut * DRAWS + draw));
        for loss in [Loss::All, Loss::Nothing].into_iter().chain(draws) {
            let held = check(disk.after_crash(loss), &states, acknowledged, submitted);
            unacknowledged_kept += usize::from(held > acknowledged);
            images += 1;
        }
    }
    // The run must have been cut between the phases of commits, not only within the first.
    assert!(cuts > 60, "only {cuts} places to cut");
    assert!(unacknowledged_kept > 0 && unacknowledged_kept < images);
}

#[test]
fn a_crash_while_nothing_is_written_keeps_everything() {
    let disk = FaultDisk::new();
    let vault = Vault::with_backend(disk.clone()).unwrap();
    let (acknowledged, submitted) = run(&vault);
    let states = states(&script());
    assert_eq!(
        (acknowledged, submitted),
        (states.len() - 1, states.len() - 1)
    );
    check(
        disk.after_crash(Loss::All),
        &states,
        acknowledged,
        submitted,
    );
}
