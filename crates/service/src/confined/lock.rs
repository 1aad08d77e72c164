//! Limits, Landlock and seccomp: what a process gives up before it looks at a file.
//!
//! Each does by itself what it can; together none is the only one. Landlock (files, TCP, sockets and signals outside)
//! and the limits hold for whatever system calls there are. The filter lets through those alone that
//! working on memory needs; any other ends the process.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError,
    RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::Bounds;

/// Why a process could not be confined: what is missing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unlocked {
    #[error("the operating system refused a limit: {0}")]
    Limit(#[from] rustix::io::Errno),
    #[error("this kernel has no Landlock, or it is switched off")]
    NoLandlock,
    #[error("Landlock: {0}")]
    Landlock(#[from] RulesetError),
    #[error("the filter of system calls: {0}")]
    Filter(String),
}

/// Confines this process for good.
pub(super) fn lock(bounds: &Bounds) -> Result<(), Unlocked> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    limit(Resource::As, bounds.bytes)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nproc, 0)?;
    let seconds = Rlimit {
        current: Some(bounds.seconds),
        // What catches the first signal is killed a second later.
        maximum: Some(bounds.seconds + 1),
    };
    setrlimit(Resource::Cpu, seconds)?;
    match landlock() {
        Err(Unlocked::NoLandlock) if bounds.without_landlock => {}
        done => done?,
    }
    // Last but one: the rules above are a descriptor while they are made.
    limit(Resource::Nofile, 0)?;
    filter()
}

fn limit(resource: Resource, max: u64) -> rustix::io::Result<()> {
    let max = Some(max);
    setrlimit(
        resource,
        Rlimit {
            current: max,
            maximum: max,
        },
    )
}

/// No file whatever, and as far as this kernel knows of it no TCP, no other's abstract socket and no signal outside.
/// The first version of Landlock is required; what came later is taken where it is there, and
/// [`filter`] forbids the same.
fn landlock() -> Result<(), Unlocked> {
    let rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .map_err(|_| Unlocked::NoLandlock)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?;
    match rules.restrict_self()?.ruleset {
        RulesetStatus::NotEnforced => Err(Unlocked::NoLandlock),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

/// System calls of a process that works on memory, whatever their arguments.
const ALWAYS: [i64; 16] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
];

fn filter() -> Result<(), Unlocked> {
    let program = program().map_err(Unlocked::Filter)?;
    seccompiler::apply_filter(&program).map_err(|e| Unlocked::Filter(e.to_string()))
}

/// The filter: [`ALWAYS`], and some calls with arguments that do no harm. A descriptor that was inherited by mistake
/// is neither read nor written; no memory holds code that was not there before.
fn program() -> Result<BpfProgram, String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALWAYS.into_iter().map(|call| (call, Vec::new())).collect();
    let word = |bits: i32| u64::from(bits.cast_unsigned());
    let no_code = |at| masked(at, word(libc::PROT_EXEC), 0);
    let anonymous = word(libc::MAP_ANONYMOUS);
    let own = u64::from(std::process::id());
    let with = [
        (libc::SYS_read, vec![vec![equal(0, 0)]]),
        (libc::SYS_write, vec![vec![equal(0, 1)], vec![equal(0, 2)]]),
        (
            libc::SYS_mmap,
            vec![vec![no_code(2), masked(3, anonymous, anonymous)]],
        ),
        (libc::SYS_mprotect, vec![vec![no_code(2)]]),
        // How a process ends itself.
        (libc::SYS_tgkill, vec![vec![equal(0, own)]]),
    ];
    for (call, alternatives) in with {
        let mut built = Vec::with_capacity(alternatives.len());
        for conditions in alternatives {
            let conditions: Result<Vec<_>, _> = conditions.into_iter().collect();
            let rule = conditions.and_then(SeccompRule::new);
            built.push(rule.map_err(|e| e.to_string())?);
        }
        rules.insert(call, built);
    }
    let arch = std::env::consts::ARCH
        .try_into()
        .map_err(|_| "this kind of processor is not known to it".to_owned())?;
    SeccompFilter::new(
        rules,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        arch,
    )
    .and_then(BpfProgram::try_from)
    .map_err(|e| e.to_string())
}

type Condition = Result<SeccompCondition, seccompiler::BackendError>;

fn equal(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    SeccompCondition::new(
        argument,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(mask),
        value,
    )
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpListener;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn the_filter_is_one_that_kernels_take() {
        let instructions = program().unwrap().len();
        assert!((20..1_000).contains(&instructions), "{instructions}");
    }

    /// Both hold for the thread that takes them on; the filter ends a process, and is tried by processes of their own.
    #[test]
    fn landlock_alone_closes_every_file() {
        let seen = std::thread::spawn(|| {
            landlock().unwrap();
            let file = std::fs::File::open("/proc/self/exe").err();
            let made = std::fs::File::create("/tmp/strongroom-confined").err();
            let folder = std::fs::read_dir("/").err();
            let socket = UnixStream::connect("/nowhere").err();
            let tcp = TcpListener::bind("127.0.0.1:0").err();
            ([file, made, folder], socket, tcp)
        });
        let (files, socket, tcp) = seen.join().unwrap();
        for refused in files {
            assert_eq!(refused.unwrap().kind(), ErrorKind::PermissionDenied);
        }
        assert!(socket.is_some());
        // TCP is known to it since the fourth version (Linux 6.7).
        if let Some(refused) = tcp {
            assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        }
    }
}
