//! What a crash keeps, drawn from a seed.

/// What a disk writes whole or not at all, in bytes.
pub(super) const SECTOR: usize = 512;

/// How much of what was not synced a crash loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Everything.
    All,
    /// Nothing.
    Nothing,
    /// Some: which writes, and which sectors of them, is drawn from the seed. Of two writes to one
    /// sector either may be the one that stays, so that order is lost too.
    Drawn(u64),
}

/// Decides, write by write, what a crash keeps.
pub(super) struct Draw {
    state: u64,
    /// Of 256.
    chance: u64,
}

impl Draw {
    /// For the device of this number: each has draws of its own.
    pub(super) fn of(loss: Loss, device: usize) -> Self {
        match loss {
            Loss::All => Self {
                state: 0,
                chance: 0,
            },
            Loss::Nothing => Self {
                state: 0,
                chance: 256,
            },
            // A seed also decides how much is kept: hardly anything, half, or nearly all.
            Loss::Drawn(seed) => Self {
                state: seed.wrapping_add((device as u64) << 32),
                chance: [16, 128, 240, 252][(seed.rotate_right(2 * device as u32) % 4) as usize],
            },
        }
    }

    /// SplitMix64, by G. Steele, D. Lea and C. Flood ("Fast splittable pseudorandom number
    /// generators", 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn keeps(&mut self) -> bool {
        self.next() % 256 < self.chance
    }
}
