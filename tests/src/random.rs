//! A small seeded random number generator.

/// Marsaglia's xorshift: the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Equal seeds, equal numbers.
    #[must_use]
    pub fn new(seed: u64) -> Random {
        // Spread, and never zero.
        Random(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A generator of its own for a part of the work.
    pub fn fork(&mut self) -> Random {
        Random::new(self.below(1 << 40))
    }
}
