//! A slab in chunks of 64 entries: an index for every live promise, memory given back by chunk.
//!
//! Its lists run through the chunks and the places that hold none, so a burst's end allocates
//! nothing: a small buffer made then may sit on top of a heap that is about to be given back.

const CHUNK: usize = 64;
/// A larger table of places is not grown by doubling, but becomes one at once that the system's
/// allocator keeps apart from its heap: a table given up in the midst of a burst is a hole there,
/// and what settles in it holds up what lies below when the burst is over.
const FEW: usize = 512;
const MANY: usize = 16_384;
/// The end of a list.
const NONE: u32 = u32::MAX;

/// A growable array with stable indices, reused when free.
#[derive(Debug)]
pub(super) struct Slab<S> {
    places: Vec<Place<S>>,
    /// Chunks with room, the next to use first.
    open: u32,
    /// Places that hold no chunk.
    vacant: u32,
    /// How many chunks there are.
    chunks: u32,
    /// The one empty chunk that is kept, so that a lone promise does not allocate a chunk each time.
    spare: Option<u32>,
}

#[derive(Debug)]
enum Place<S> {
    Chunk(Box<Chunk<S>>),
    /// And the next such place.
    Vacant(u32),
}

#[derive(Debug)]
struct Chunk<S> {
    /// A bit for each slot in use.
    used: u64,
    /// Its neighbours in the list of open chunks, while it has room.
    previous: u32,
    next: u32,
    slots: [S; CHUNK],
}

impl<S: Default> Slab<S> {
    pub(super) fn new() -> Self {
        Slab { places: Vec::new(), open: NONE, vacant: NONE, chunks: 0, spare: None }
    }

    /// A free slot, in use from now on, and its index. It is as it was left, or as by default.
    ///
    /// Slots are filled and emptied in place, field by field: a value that was just put together
    /// elsewhere, and is then moved, stalls the processor.
    #[inline]
    pub(super) fn insert(&mut self) -> (u32, &mut S) {
        if self.open == NONE {
            self.add_chunk();
        }
        let at = self.open;
        let chunk = self.chunk_mut(at);
        let bit = chunk.used.trailing_ones();
        chunk.used |= 1 << bit;
        if chunk.used == u64::MAX {
            self.unlink(at);
        }
        if self.spare == Some(at) {
            self.spare = None;
        }
        (at * CHUNK as u32 + bit, &mut self.chunk_mut(at).slots[bit as usize])
    }

    /// Frees the index, when `empty` has taken out of its slot what must not stay there.
    #[inline]
    pub(super) fn remove<R>(&mut self, index: u32, empty: impl FnOnce(&mut S) -> R) -> R {
        let (at, bit) = split(index);
        let chunk = self.chunk_mut(at);
        assert!(chunk.uses(bit), "a live index is in use");
        let taken = empty(&mut chunk.slots[bit]);
        let was_full = chunk.used == u64::MAX;
        chunk.used &= !(1 << bit);
        let is_empty = chunk.used == 0;
        if was_full {
            self.link(at);
        }
        if is_empty {
            self.emptied(at);
        }
        taken
    }

    /// For an index that may be free.
    #[inline]
    pub(super) fn find_mut(&mut self, index: u32) -> Option<&mut S> {
        let (at, bit) = split(index);
        match self.places.get_mut(at as usize)? {
            Place::Chunk(chunk) => chunk.uses(bit).then(|| &mut chunk.slots[bit]),
            Place::Vacant(_) => None,
        }
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> &S {
        let (at, bit) = split(index);
        &self.chunk(at).slots[bit]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: u32) -> &mut S {
        let (at, bit) = split(index);
        &mut self.chunk_mut(at).slots[bit]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &S> {
        let slots = self.places.iter().filter_map(|place| match place {
            Place::Chunk(chunk) => Some(chunk.in_use()),
            Place::Vacant(_) => None,
        });
        slots.flatten()
    }

    #[inline]
    fn chunk(&self, at: u32) -> &Chunk<S> {
        match &self.places[at as usize] {
            Place::Chunk(chunk) => chunk,
            Place::Vacant(_) => unreachable!("a chunk in use is there"),
        }
    }

    #[inline]
    fn chunk_mut(&mut self, at: u32) -> &mut Chunk<S> {
        match &mut self.places[at as usize] {
            Place::Chunk(chunk) => chunk,
            Place::Vacant(_) => unreachable!("a chunk in use is there"),
        }
    }

    fn add_chunk(&mut self) {
        let slots = std::array::from_fn(|_| S::default());
        let chunk = Place::Chunk(Box::new(Chunk { used: 0, previous: NONE, next: NONE, slots }));
        self.chunks += 1;
        let at = self.vacant;
        if let Some(place) = self.places.get_mut(at as usize) {
            let Place::Vacant(next) = std::mem::replace(place, chunk) else {
                unreachable!("a vacant place holds no chunk")
            };
            self.vacant = next;
            self.link(at);
        } else {
            if self.places.len() == self.places.capacity() && self.places.len() >= FEW {
                self.places.reserve_exact(self.places.len().max(MANY));
            }
            self.places.push(chunk);
            let at = u32::try_from(self.places.len() - 1).expect("fewer than 2^32 chunks");
            self.link(at);
        }
    }

    /// One empty chunk is kept, others are given back; after a burst their places are, too.
    fn emptied(&mut self, at: u32) {
        if self.spare.is_none() {
            self.spare = Some(at);
            return;
        }
        self.unlink(at);
        self.places[at as usize] = Place::Vacant(self.vacant);
        self.vacant = at;
        self.chunks -= 1;
        if self.chunks == 1 && self.places.len() > 2 {
            *self = Slab::new();
        }
    }

    /// Puts a chunk that has room at the front of the open ones.
    fn link(&mut self, at: u32) {
        let next = std::mem::replace(&mut self.open, at);
        let chunk = self.chunk_mut(at);
        (chunk.previous, chunk.next) = (NONE, next);
        if next != NONE {
            self.chunk_mut(next).previous = at;
        }
    }

    fn unlink(&mut self, at: u32) {
        let chunk = self.chunk_mut(at);
        let (previous, next) = (chunk.previous, chunk.next);
        match previous {
            NONE => self.open = next,
            previous => self.chunk_mut(previous).next = next,
        }
        if next != NONE {
            self.chunk_mut(next).previous = previous;
        }
    }
}

impl<S> Chunk<S> {
    #[inline]
    fn uses(&self, bit: usize) -> bool {
        self.used & (1 << bit) != 0
    }

    fn in_use(&self) -> impl Iterator<Item = &S> {
        self.slots.iter().enumerate().filter(|(bit, _)| self.uses(*bit)).map(|(_, slot)| slot)
    }
}

fn split(index: u32) -> (u32, usize) {
    (index / CHUNK as u32, index as usize % CHUNK)
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{NONE, Place, Slab};

    fn put<S: Default>(slab: &mut Slab<S>, value: S) -> u32 {
        let (index, slot) = slab.insert();
        *slot = value;
        index
    }

    #[test]
    fn indices_are_reused_and_values_come_back() {
        let mut slab = Slab::new();
        let indices: Vec<u32> = (0..1_000).map(|n| put(&mut slab, n)).collect();
        assert_eq!(slab.iter().count(), 1_000);
        for (n, &index) in indices.iter().enumerate() {
            assert_eq!(*slab.get_mut(index), n);
            assert_eq!(slab.remove(index, std::mem::take), n);
        }
        assert_eq!(slab.iter().count(), 0);
    }

    #[test]
    fn empty_chunks_are_given_back_but_one() {
        let mut slab = Slab::new();
        for round in 0..3 {
            let mut indices: Vec<u32> = (0..10_000).map(|n| put(&mut slab, n)).collect();
            if round == 1 {
                indices.reverse();
            }
            for index in indices {
                slab.remove(index, std::mem::take);
            }
            assert!(slab.chunks <= 1);
            assert!(slab.places.len() <= 2, "the table of a burst is given back");
        }
    }

    #[test]
    fn a_random_history_agrees_with_a_map() {
        let mut slab = Slab::new();
        let mut model = std::collections::HashMap::new();
        let mut random = 88_172_645_463_325_252_u64;
        for step in 0..200_000_u64 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let grow = (step / 20_000) % 2 == 0;
            if random % 10 < if grow { 7 } else { 3 } || model.is_empty() {
                let index = put(&mut slab, step);
                assert!(model.insert(index, step).is_none(), "a live index was given out again");
            } else {
                let index = *model.keys().next().expect("not empty");
                assert_eq!(Some(slab.remove(index, std::mem::take)), model.remove(&index));
            }
        }
        assert_eq!(slab.iter().count(), model.len());
        let full = slab.places.iter().filter(|place| match place {
            Place::Chunk(chunk) => chunk.used == u64::MAX,
            Place::Vacant(_) => false,
        });
        let full = full.count();
        let open = std::iter::successors(Some(slab.open).filter(|&at| at != NONE), |&at| {
            Some(slab.chunk(at).next).filter(|&at| at != NONE)
        });
        assert_eq!(open.count() + full, slab.chunks as usize, "every chunk is full or open");
    }
}
