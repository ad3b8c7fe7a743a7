//! Numbers for searches: chance that is the same on every machine.

/// Where they come from. (G. Marsaglia, "Xorshift RNGs", 2003.)
pub(super) struct Dice(u64);

impl Dice {
    /// Another sequence for each seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (seed << 1))
    }

    /// A number below a bound; 0 where the bound is.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
