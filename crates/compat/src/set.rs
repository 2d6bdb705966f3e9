//! Sets of flags.

use crate::table::Flag;

const WORDS: usize = 4;
const _: () = assert!(Flag::ALL.len() <= WORDS * 64);

/// The flags that are on for one Worker. Cheap to copy and to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlagSet {
    words: [u64; WORDS],
}

impl FlagSet {
    pub const EMPTY: FlagSet = FlagSet { words: [0; WORDS] };

    #[inline]
    pub const fn contains(&self, flag: Flag) -> bool {
        self.words[flag as usize / 64] >> (flag as usize % 64) & 1 == 1
    }

    /// Whether any of `flags` is on.
    pub fn contains_any(&self, flags: &[Flag]) -> bool {
        flags.iter().any(|&flag| self.contains(flag))
    }

    pub const fn insert(&mut self, flag: Flag) {
        self.words[flag as usize / 64] |= 1 << (flag as usize % 64);
    }

    pub const fn remove(&mut self, flag: Flag) {
        self.words[flag as usize / 64] &= !(1 << (flag as usize % 64));
    }

    /// The flags that are on, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = Flag> + use<> {
        let set = *self;
        Flag::ALL
            .iter()
            .copied()
            .filter(move |&flag| set.contains(flag))
    }

    /// What `Cloudflare.compatibilityFlags` shows: a boolean for each flag with a name, in the order of the table.
    pub fn listing(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        let set = *self;
        Flag::ALL
            .iter()
            .filter_map(move |&flag| Some((flag.name()?, set.contains(flag))))
    }
}

impl FromIterator<Flag> for FlagSet {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> FlagSet {
        let mut set = FlagSet::EMPTY;
        flags.into_iter().for_each(|flag| set.insert(flag));
        set
    }
}

impl std::fmt::Display for Flag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name().unwrap_or("(unnamed)"))
    }
}
