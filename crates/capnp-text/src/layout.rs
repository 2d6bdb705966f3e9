//! Struct layout: where each field lies in the data and pointer sections.
//!
//! Follows the Cap'n Proto layout rules, which are part of the wire format: fields are placed in ordinal order; a
//! field takes the smallest hole that fits, else the end of the section; members of a union share space, each member
//! reusing the locations that earlier members opened; the tag of a union is placed when its second member appears.
//!
//! Sizes are base-2 logarithms of bits (0 for a bit, 6 for a word); an offset counts in units of its size.

/// The size of a word.
const WORD: u32 = 6;

/// A place to add fields to: the struct itself, or one member of a union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Struct,
    Member(usize),
}

/// A union, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnionId(usize);

/// The layout of one struct in the making.
#[derive(Default)]
pub(crate) struct Layout {
    pub data_words: u32,
    pub pointers: u32,
    holes: Holes,
    unions: Vec<Union>,
    members: Vec<Member>,
}

struct Union {
    scope: Scope,
    used_members: usize,
    /// In units of 16 bits.
    tag: Option<u32>,
    locations: Vec<Location>,
    pointers: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Location {
    size: u32,
    offset: u32,
}

struct Member {
    union: usize,
    has_fields: bool,
    usage: Vec<Usage>,
    pointers_used: usize,
}

/// What one member uses of one location of its union. `used` is `None` while it uses nothing.
#[derive(Clone, Copy, Default)]
struct Usage {
    used: Option<u32>,
    holes: Holes,
}

/// Free places, at most one for each size below a word. Zero means none: a hole is never at the start.
#[derive(Clone, Copy, Default)]
struct Holes([u32; WORD as usize]);

impl Layout {
    pub fn add_union(&mut self, scope: Scope) -> UnionId {
        self.unions.push(Union {
            scope,
            used_members: 0,
            tag: None,
            locations: Vec::new(),
            pointers: Vec::new(),
        });
        UnionId(self.unions.len() - 1)
    }

    pub fn add_member(&mut self, union: UnionId) -> Scope {
        self.members.push(Member {
            union: union.0,
            has_fields: false,
            usage: Vec::new(),
            pointers_used: 0,
        });
        Scope::Member(self.members.len() - 1)
    }

    /// The place of the union's tag, in units of 16 bits.
    pub fn tag(&self, union: UnionId) -> Option<u32> {
        self.unions[union.0].tag
    }

    pub fn place_tag(&mut self, union: UnionId) {
        if self.unions[union.0].tag.is_none() {
            let place = self.add_data(self.unions[union.0].scope, 4);
            self.unions[union.0].tag = Some(place);
        }
    }

    pub fn add_void(&mut self, scope: Scope) {
        if let Scope::Member(member) = scope {
            self.touch(member);
            let parent = self.unions[self.members[member].union].scope;
            self.add_void(parent);
        }
    }

    pub fn add_pointer(&mut self, scope: Scope) -> u32 {
        let Scope::Member(member) = scope else {
            self.pointers += 1;
            return self.pointers - 1;
        };
        self.touch(member);
        let union = self.members[member].union;
        let used = self.members[member].pointers_used;
        self.members[member].pointers_used += 1;
        if let Some(place) = self.unions[union].pointers.get(used) {
            return *place;
        }
        let place = self.add_pointer(self.unions[union].scope);
        self.unions[union].pointers.push(place);
        place
    }

    pub fn add_data(&mut self, scope: Scope, size: u32) -> u32 {
        let Scope::Member(member) = scope else {
            return self.add_struct_data(size);
        };
        self.touch(member);
        let union = self.members[member].union;
        let count = self.unions[union].locations.len();
        self.members[member].usage.resize(count, Usage::default());

        let best = (0..count)
            .filter_map(|at| {
                let hole = self.members[member].usage[at]
                    .hole_for(self.unions[union].locations[at], size)?;
                Some((hole, at))
            })
            .min();
        if let Some((_, at)) = best {
            return self.members[member].usage[at].take(self.unions[union].locations[at], size);
        }
        for at in 0..count {
            if let Some(place) = self.take_by_expanding(member, at, size) {
                return place;
            }
        }
        let offset = self.add_data(self.unions[union].scope, size);
        self.unions[union].locations.push(Location { size, offset });
        self.members[member].usage.push(Usage {
            used: Some(size),
            holes: Holes::default(),
        });
        offset
    }

    fn add_struct_data(&mut self, size: u32) -> u32 {
        if let Some(place) = self.holes.take(size) {
            return place;
        }
        let place = self.data_words << (WORD - size);
        self.data_words += 1;
        self.holes.add_to_end(size, place + 1, WORD);
        place
    }

    /// Notes that a member of a union has a field. The second such member brings the tag.
    fn touch(&mut self, member: usize) {
        if !self.members[member].has_fields {
            self.members[member].has_fields = true;
            let union = self.members[member].union;
            self.unions[union].used_members += 1;
            if self.unions[union].used_members == 2 {
                self.place_tag(UnionId(union));
            }
        }
    }

    fn take_by_expanding(&mut self, member: usize, at: usize, size: u32) -> Option<u32> {
        let union = self.members[member].union;
        match self.members[member].usage[at].used {
            None => {
                if !self.expand_location(union, at, size) {
                    return None;
                }
                self.members[member].usage[at].used = Some(size);
                let location = self.unions[union].locations[at];
                Some(location.offset << (location.size - size))
            }
            Some(used) => {
                if !self.expand_usage(member, at, used.max(size) + 1, true) {
                    return None;
                }
                let place = self.members[member].usage[at].holes.take(size)?;
                let location = self.unions[union].locations[at];
                Some((location.offset << (location.size - size)) + place)
            }
        }
    }

    fn expand_usage(&mut self, member: usize, at: usize, wanted: u32, holes: bool) -> bool {
        let union = self.members[member].union;
        if wanted > self.unions[union].locations[at].size
            && !self.expand_location(union, at, wanted)
        {
            return false;
        }
        let usage = &mut self.members[member].usage[at];
        if let (true, Some(used)) = (holes, usage.used) {
            usage.holes.add_to_end(used, 1, wanted);
        }
        usage.used = Some(wanted);
        true
    }

    fn expand_location(&mut self, union: usize, at: usize, size: u32) -> bool {
        let location = self.unions[union].locations[at];
        if size <= location.size {
            return true;
        }
        let by = size - location.size;
        if size > WORD || !self.expand_data(self.unions[union].scope, location, by) {
            return false;
        }
        self.unions[union].locations[at] = Location {
            size,
            offset: location.offset >> by,
        };
        true
    }

    /// Grows data that lies at `old` by `by` doublings, if what lies behind it is free.
    fn expand_data(&mut self, scope: Scope, old: Location, by: u32) -> bool {
        let Scope::Member(member) = scope else {
            return self.holes.expand(old.size, old.offset, by);
        };
        if old.size + by > WORD || old.offset & ((1 << by) - 1) != 0 {
            return false;
        }
        let union = self.members[member].union;
        let found = self.unions[union].locations.iter().position(|location| {
            location.size >= old.size && old.offset >> (location.size - old.size) == location.offset
        });
        let Some(at) = found else { return false };
        if at >= self.members[member].usage.len() {
            return false;
        }
        let location = self.unions[union].locations[at];
        let local = old.offset - (location.offset << (location.size - old.size));
        let usage = &mut self.members[member].usage[at];
        if local == 0 && usage.used == Some(old.size) {
            self.expand_usage(member, at, old.size + by, false)
        } else {
            usage.holes.expand(old.size, local, by)
        }
    }
}

impl Usage {
    /// The size of the smallest hole in which a field of `size` fits.
    fn hole_for(&self, location: Location, size: u32) -> Option<u32> {
        match self.used {
            None => (size <= location.size).then_some(location.size),
            Some(used) if size >= used => (size < location.size).then_some(size),
            Some(used) => self
                .holes
                .smallest(size)
                .or_else(|| (used < location.size).then_some(used)),
        }
    }

    /// Takes the hole that `hole_for` found.
    fn take(&mut self, location: Location, size: u32) -> u32 {
        let place = match self.used {
            None => {
                self.used = Some(size);
                0
            }
            Some(used) if size >= used => {
                self.holes.add_to_end(used, 1, size);
                self.used = Some(size + 1);
                1
            }
            Some(used) => match self.holes.take(size) {
                Some(place) => place,
                None => {
                    let place = 1 << (used - size);
                    self.holes.add_to_end(size, place + 1, used);
                    self.used = Some(used + 1);
                    place
                }
            },
        };
        (location.offset << (location.size - size)) + place
    }
}

impl Holes {
    fn take(&mut self, size: u32) -> Option<u32> {
        let slot = self.0.get(size as usize).copied()?;
        if slot != 0 {
            self.0[size as usize] = 0;
            return Some(slot);
        }
        let half = self.take(size + 1)? * 2;
        self.0[size as usize] = half + 1;
        Some(half)
    }

    fn smallest(&self, size: u32) -> Option<u32> {
        (size..WORD).find(|size| self.0[*size as usize] != 0)
    }

    /// Records what is free from `offset` up to the next multiple of `limit`.
    fn add_to_end(&mut self, size: u32, mut offset: u32, limit: u32) {
        for size in size..limit {
            self.0[size as usize] = offset;
            offset = offset.div_ceil(2);
        }
    }

    fn expand(&mut self, size: u32, offset: u32, by: u32) -> bool {
        if by == 0 {
            return true;
        }
        if size >= WORD || self.0[size as usize] != offset + 1 {
            return false;
        }
        if !self.expand(size + 1, offset >> 1, by - 1) {
            return false;
        }
        self.0[size as usize] = 0;
        true
    }
}
