//! Random scripts. The same seed gives the same script.

use crate::cast::{ENCLOSURE, Who};
use crate::dice::{Dice, Markings};
use crate::script::{Act, Ask, File, Key, Ref, Script, Slot, Ticket, Volume};
use crate::twins::Twins;
use crate::{part, reader};

/// What the reader holds from the beginning, and what is granted later, if anything is.
const CLEARANCES: [(&str, Option<&str>); 5] = [
    ("at-most Confidential", None),
    ("at-most Confidential", Some("Limdis")),
    ("at-most Secret; Limdis", None),
    ("at-most Confidential; Limdis; United Kingdom", None),
    ("Unclassified", Some("Confidential; Nodis")),
];

/// What Paul holds from the beginning: enough to be among those who lose access.
const PAULS: [&str; 3] = [
    "at-most Confidential",
    "at-most Secret; Limdis",
    "at-most Top Secret",
];

/// A generator at work.
pub(crate) struct Gen<'t> {
    pub(crate) dice: Dice,
    pub(crate) markings: Markings,
    /// All records so far.
    pub(crate) keys: Vec<Key>,
    /// Those that the reader may see.
    pub(crate) low: Vec<Key>,
    /// Those of which the reader may see a part.
    pub(crate) parts: Vec<Key>,
    /// Those above.
    pub(crate) high: Vec<Key>,
    /// Those that the reader may see, of which a world may have a version above. What others are shown of them differs.
    pub(crate) forked: Vec<Key>,
    /// Those that a compared person filed, if it went well.
    pub(crate) own: Vec<Key>,
    /// Those of which the founder asked that they be withdrawn.
    pub(crate) asked: Vec<Key>,
    /// Those that were corrected where the reader may see it.
    pub(crate) corrected: Vec<Key>,
    /// Request ids that compared persons have used.
    pub(crate) used: Vec<(Who, u64)>,
    next: u32,
    tickets: u64,
    twins: Option<&'t Twins>,
}

/// A script of so many slots, beside the opening and the sweep at the end.
pub(crate) fn script(seed: u64, slots: usize, twins: Option<&Twins>) -> Script {
    let mut dice = Dice::new(seed);
    let (first, later) = dice.pick(&CLEARANCES);
    let bound = later.map_or_else(|| first.to_owned(), |later| format!("{first}; {later}"));
    let mut made = opening(first, dice.pick(&PAULS));
    let mut work = Gen {
        markings: Markings::new(&bound),
        dice,
        keys: Vec::new(),
        low: Vec::new(),
        parts: Vec::new(),
        high: Vec::new(),
        forked: Vec::new(),
        own: Vec::new(),
        asked: Vec::new(),
        corrected: Vec::new(),
        used: Vec::new(),
        next: 0,
        tickets: 1 << 32,
        twins: twins.filter(|_| seed.is_multiple_of(2)),
    };
    let when = later.map(|grant| (work.dice.below(slots), grant));
    for n in 0..slots {
        if let Some((at, grant)) = when
            && at == n
        {
            made.extend(grant_to(Who::Low, grant, true));
        }
        work.slot(&mut made);
    }
    work.sweep(&mut made);
    Script {
        seed,
        bound,
        slots: made,
    }
}

/// An officer asks, and who holds everything approves.
fn grant_to(who: Who, clearance: &str, later: bool) -> [Slot; 2] {
    // Named by its own request id: what she did before differs from world to world.
    let number = (1 << 40) + who as u64 * 2 + u64::from(later);
    let grant = Ask::Grant(who.name(), clearance.to_owned(), Ticket::Of(number));
    [
        Slot::Both(Act::Ask(Who::Olga, grant)),
        Slot::Both(Act::Ask(Who::Chief, Ask::Seal(who.name(), false))),
    ]
}

fn opening(low: &str, paul: &str) -> Vec<Slot> {
    let sign_in = |who: Who| Slot::Both(Act::SignIn(who.name(), true));
    let granted = [
        grant_to(Who::Low, low, false),
        grant_to(Who::Clerk, "Unclassified", false),
        grant_to(
            Who::Nina,
            "at-most Top Secret; Nodis; Umbra; United States",
            false,
        ),
        grant_to(Who::Paul, paul, false),
    ];
    let signed_in = [Who::Low, Who::Clerk, Who::Ward].map(sign_in);
    granted.into_iter().flatten().chain(signed_in).collect()
}

impl Gen<'_> {
    pub(crate) fn key(&mut self) -> Key {
        self.next += 1;
        let key = Key(self.next - 1);
        self.keys.push(key);
        key
    }
    pub(crate) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
    pub(crate) fn text(&mut self, most: usize) -> String {
        if self.dice.chance(15) {
            return format!("A talk\n\n{}\n", self.dice.talk());
        }
        let mut text = format!("Note on {}\n", self.dice.words(4));
        if self.dice.chance(40) {
            text.push_str(&format!("\n{ENCLOSURE} on {}.\n", self.dice.words(9)));
        }
        for _ in 0..self.dice.below(most) {
            let speaker = if self.dice.chance(30) {
                "Mr. Smith: "
            } else {
                ""
            };
            text.push_str(&format!("\n{speaker}Words on {}.\n", self.dice.words(9)));
        }
        text
    }

    fn slot(&mut self, out: &mut Vec<Slot>) {
        match self.dice.below(100) {
            0..26 => {
                let slot = self.apart();
                out.push(slot);
            }
            26..35 => {
                let slot = part::part(self);
                out.push(Slot::Part(slot));
            }
            35..37 => {
                let slot = self.volume();
                out.push(Slot::Volume(slot));
            }
            37..40 => self.twins(out),
            40..56 => {
                let act = self.seen();
                out.push(Slot::Both(act));
            }
            56..58 => self.break_in_time(out),
            _ => {
                let act = reader::act(self);
                out.push(Slot::Both(act));
            }
        }
    }

    /// All sessions end, one way or another.
    fn break_in_time(&mut self, out: &mut Vec<Slot>) {
        let act = self.dice.pick(&[true, false]);
        out.push(Slot::Both(if act { Act::Reopen } else { Act::Night }));
        let whoever = Act::Ask(Who::Low, Ask::List(None, None));
        out.push(Slot::Both(whoever));
        for who in [Who::Low, Who::Clerk, Who::Ward] {
            out.push(Slot::Both(Act::SignIn(who.name(), true)));
        }
    }

    /// Two records whose ids begin alike: one above in one world, one below in both.
    fn twins(&mut self, out: &mut Vec<Slot>) {
        let Some(twins) = self.twins.take() else {
            return;
        };
        let (above, below) = (self.key(), self.key());
        let file = |key, text, marking, request: &str| {
            Act::File(File {
                who: Who::Chief,
                key,
                name: "twin.txt",
                text,
                marking: Some(marking),
                reason: "privacy",
                request: Ticket::Text(request.to_owned()),
                at_once_to: None,
                recorded: false,
                within: false,
            })
        };
        let high = file(
            above,
            self.text(3),
            self.markings.high(&mut self.dice),
            &twins.above,
        );
        let low = file(
            below,
            self.text(3),
            self.markings.low(&mut self.dice),
            &twins.below,
        );
        self.high.push(above);
        self.low.push(below);
        let mut sides = [vec![high], Vec::new()];
        if self.dice.chance(50) {
            sides.reverse();
        }
        out.push(Slot::Apart(sides));
        out.push(Slot::Both(low));
        let read = Ask::Read(Ref::Beginning(below, twins.shared), false);
        out.push(Slot::Both(Act::Ask(Who::Low, read)));
    }

    fn volume(&mut self) -> Volume {
        let key = Key(self.next);
        let low: Vec<String> = (0..1 + self.dice.below(3))
            .map(|_| plain(&mut self.dice, &self.markings, false))
            .collect();
        let high = [0, 1].map(|_| {
            (0..self.dice.below(3))
                .map(|_| plain(&mut self.dice, &self.markings, true))
                .collect::<Vec<_>>()
        });
        for _ in &low {
            let key = self.key();
            self.low.push(key);
        }
        for _ in 0..high[0].len().max(high[1].len()) {
            let key = self.key();
            self.high.push(key);
        }
        Volume { key, low, high }
    }
}

/// A marking that a source note can print.
fn plain(dice: &mut Dice, markings: &Markings, high: bool) -> String {
    loop {
        let drawn = if high {
            markings.high(dice)
        } else {
            markings.low(dice)
        };
        if !drawn.contains(':') {
            return drawn;
        }
    }
}
