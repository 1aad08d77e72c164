//! Rooms of the policies that come with the program: founded, filed into, listed, restricted and read.

mod common;

use std::time::Instant;

use common::{World, filing};
use strongroom_guard::api::*;
use strongroom_label::{Clearance, Policy};
use strongroom_seal::Suite;

/// A marked document of a policy, what it is restricted to, and what is shown before and after.
struct Case {
    policy: &'static str,
    text: &'static str,
    portion: &'static str,
    banner: &'static str,
    /// Who reads a part: who holds what this mark asks for, and how many portions of the document that admits to.
    part: (&'static str, usize),
    to: &'static str,
    raised: &'static str,
}

const US: &str = "SECRET//NOFORN\n\n(U) A talk\n\n(U) What all may read.\n\n(S//NF) What our own may read.\n\n\
                  Classified By: J. Smith, Director\nDerived From: SCG 12-3 dated 20240105\nDeclassify On: 20490105\n\n\
                  SECRET//NOFORN\n";

const CASES: [Case; 5] = [
    Case {
        policy: "us",
        text: US,
        portion: "(S//NF)",
        banner: "SECRET//NOFORN",
        part: ("U", 2),
        to: "TOP SECRET",
        raised: "TOP SECRET//NOFORN",
    },
    Case {
        policy: "nato",
        text: "NATO SECRET\n\n(NU) A talk\n\n(NU) What all may read.\n\n(NS) What some may read.\n\nNATO SECRET\n",
        portion: "(NS)",
        banner: "NATO SECRET",
        part: ("NU", 2),
        to: "COSMIC TOP SECRET",
        raised: "COSMIC TOP SECRET",
    },
    Case {
        policy: "uk",
        text: "SECRET\n\n(O) A talk\n\n(O) What all may read.\n\n(S) What some may read.\n\nSECRET\n",
        portion: "(S)",
        banner: "SECRET",
        part: ("O", 2),
        to: "TOP SECRET",
        raised: "TOP SECRET",
    },
    Case {
        policy: "tlp",
        text: "TLP:AMBER\n\n(TLP:GREEN) A talk\n\n(TLP:GREEN) What all may read.\n\n(TLP:AMBER) What some may read.\n\nTLP:AMBER\n",
        portion: "(TLP:AMBER)",
        banner: "TLP:AMBER",
        part: ("TLP:GREEN", 2),
        to: "TLP:RED",
        raised: "TLP:RED",
    },
    Case {
        policy: "corporate",
        text: "CONFIDENTIAL\n\n(I) A talk\n\n(I) What all may read.\n\n(C) What some may read.\n\nCONFIDENTIAL\n",
        portion: "(C)",
        banner: "CONFIDENTIAL",
        part: ("I", 2),
        to: "STRICTLY CONFIDENTIAL",
        raised: "STRICTLY CONFIDENTIAL",
    },
];

/// The reasons of policies differ.
fn reason(policy: &Policy) -> String {
    policy.reasons()[0].code().to_owned()
}

#[test]
fn a_room_of_each_bundled_policy_takes_and_shows_documents_as_they_are_marked() {
    for case in CASES {
        let policy = Policy::builtin(case.policy).expect("it is built in");
        assert!(policy.reads_banners(), "{}", case.policy);
        let atoms = policy.atoms().len();
        let reason = reason(&policy);
        let low = policy.parse_portion(case.part.0).expect("a mark");
        let lock = low.label(&policy).lock();
        let holds = Clearance::from_atoms(lock.atoms().into_iter().cloned());
        let holds = policy.clearance_text(&holds);
        let began = Instant::now();
        let mut world = World::with_policy(9, Suite::Mock, policy);
        println!(
            "{}: {atoms} atoms, founded in {:.1?}",
            case.policy,
            began.elapsed()
        );
        world.add_person("part", &["reader"], &holds);

        let mut ask = filing("talk.txt");
        ask.reason.clone_from(&reason);
        let done = world.file("chief", &ask, case.text.as_bytes());
        let done = done.unwrap_or_else(|e| panic!("{}: {e:?}", case.policy));
        let stops = done.findings.iter().filter(|f| f.stops).count();
        assert_eq!(stops, 0, "{}: {:?}", case.policy, done.findings);
        let id = &done.records[0].record;
        let shown = world.read("chief", id);
        assert_eq!(shown.banner, case.banner);
        assert_eq!(world.list("chief").records[0].marking, case.banner);
        let mark = shown.portions.last().map(|p| p.mark.as_str());
        assert_eq!(mark, Some(case.portion), "{}", case.policy);
        let part = world.read("part", id);
        let texts: Vec<&str> = part.portions.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(texts.len(), case.part.1, "{}: {texts:?}", case.policy);
        assert!(texts.contains(&"What all may read."), "{texts:?}");

        let last = (shown.portions.len() - 1).to_string();
        let Request::Restrict(mut raise) = common::restriction(id, case.to, &[&last]) else {
            unreachable!()
        };
        raise.reason = reason;
        let _: Restricted = world.get("chief", Request::Restrict(raise));
        let shown = world.read("chief", id);
        assert_eq!(shown.banner, case.raised, "{}", case.policy);
        assert_eq!(world.read("part", id).portions.len(), case.part.1);
    }
}
