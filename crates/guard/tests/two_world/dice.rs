//! Choices that follow from a seed.

use strongroom_label::Clearance;
use strongroom_record::Stream;

use crate::book::is_above;
use crate::cast::policy;

/// A generator's dice.
pub(crate) struct Dice(Stream);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [42; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(Stream::from_seed(bytes))
    }
    /// A number from 0 to `n` - 1.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let drawn = u64::from_le_bytes(self.0.bytes());
        usize::try_from(drawn % n as u64).expect("small")
    }
    /// True so many times in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
    /// One of a few talks that are filed again and again, long enough to be compared.
    pub(crate) fn talk(&mut self) -> String {
        const TALKS: usize = 3;
        const WORDS: usize = 44;
        let n = self.below(TALKS);
        let words: Vec<String> = (0..WORDS).map(|at| format!("said{n}x{at}")).collect();
        format!("{}.", words.join(" "))
    }
    /// Some words; none of them means anything.
    pub(crate) fn words(&mut self, most: usize) -> String {
        const WORDS: [&str; 12] = [
            "talks", "paper", "visit", "draft", "port", "treaty", "reply", "wheat", "envoy",
            "cable", "border", "summit",
        ];
        let n = 1 + self.below(most);
        (0..n)
            .map(|_| self.pick(&WORDS))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The labels of one script, parted by its bound.
pub(crate) struct Markings(Clearance);

impl Markings {
    pub(crate) fn new(bound: &str) -> Self {
        Self(policy().parse_clearance(bound).expect("a clearance"))
    }
    /// A marking that the reader may come to see.
    pub(crate) fn low(&self, dice: &mut Dice) -> String {
        self.draw(dice, false)
    }
    /// One that the reader never sees.
    pub(crate) fn high(&self, dice: &mut Dice) -> String {
        self.draw(dice, true)
    }
    /// Whether the bound has an atom.
    pub(crate) fn holds(&self, atom: &str) -> bool {
        let alone = policy().parse_clearance(atom).expect("an atom");
        alone.atoms().all(|atom| self.0.holds(&atom))
    }
    /// What a restriction may give: also a caption without a level.
    pub(crate) fn raise(&self, dice: &mut Dice, high: bool) -> String {
        if dice.chance(50) {
            return self.draw(dice, high);
        }
        loop {
            let alone = dice.pick(&[
                "Limdis",
                "Exdis",
                "Nodis",
                "Umbra",
                "Nodis; Trine",
                "Releasable to: Israel",
            ]);
            if is_above(&self.0, alone) == high {
                return alone.to_owned();
            }
            if dice.chance(20) {
                return self.draw(dice, high);
            }
        }
    }
    fn draw(&self, dice: &mut Dice, high: bool) -> String {
        const LEVELS: [&str; 4] = ["Unclassified", "Confidential", "Secret", "Top Secret"];
        const MORE: [&str; 9] = [
            "; Limdis",
            "; Exdis",
            "; Nodis",
            "; Umbra",
            "; Nodis; Trine",
            "; Releasable to: United States, United Kingdom",
            "; Releasable to: Israel, United States",
            "; Background Use Only",
            "",
        ];
        loop {
            let level = dice.pick(&LEVELS);
            let more = if dice.chance(50) {
                dice.pick(&MORE)
            } else {
                ""
            };
            let marking = format!("{level}{more}");
            if is_above(&self.0, &marking) == high {
                return marking;
            }
        }
    }
}
