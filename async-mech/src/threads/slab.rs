//! A slab in chunks of 64 entries: an index for every live promise, memory given back by chunk.

const CHUNK: usize = 64;

/// A growable array with stable indices, reused when free.
#[derive(Debug)]
pub(super) struct Slab<S> {
    chunks: Vec<Option<Box<Chunk<S>>>>,
    /// Chunks that may have room, the next to use last. A freed chunk's entry is skipped.
    open: Vec<u32>,
    /// Places in `chunks` that hold none.
    vacant: Vec<u32>,
    /// The one empty chunk that is kept, so that a lone promise does not allocate a chunk each time.
    spare: Option<u32>,
}

#[derive(Debug)]
struct Chunk<S> {
    /// A bit for each slot in use.
    used: u64,
    slots: [Option<S>; CHUNK],
}

impl<S> Slab<S> {
    pub(super) fn new() -> Self {
        Slab { chunks: Vec::new(), open: Vec::new(), vacant: Vec::new(), spare: None }
    }

    /// Stores `value` and returns its index.
    pub(super) fn insert(&mut self, value: S) -> u32 {
        let at = self.chunk_with_room();
        let chunk = self.chunks[at as usize].as_mut().expect("an open chunk is there");
        let bit = chunk.used.trailing_ones() as usize;
        chunk.used |= 1 << bit;
        chunk.slots[bit] = Some(value);
        if chunk.used == u64::MAX {
            // It is the last open one; `remove` lets it in again.
            self.open.pop();
        }
        if self.spare == Some(at) {
            self.spare = None;
        }
        at * CHUNK as u32 + bit as u32
    }

    /// Takes the value at `index` out; the index is free afterwards.
    pub(super) fn remove(&mut self, index: u32) -> S {
        let (at, bit) = place(index);
        let chunk = self.chunks[at].as_mut().expect("a live index has its chunk");
        let value = chunk.slots[bit].take().expect("a live index has its value");
        let was_full = chunk.used == u64::MAX;
        chunk.used &= !(1 << bit);
        if was_full {
            self.open.push(at as u32);
        }
        if chunk.used == 0 {
            if self.spare.is_none() {
                self.spare = Some(at as u32);
            } else {
                self.chunks[at] = None;
                self.vacant.push(at as u32);
                if self.vacant.len() + 1 == self.chunks.len() {
                    // The last but the spare one: a burst is over, its tables go too.
                    *self = Slab::new();
                }
            }
        }
        value
    }

    pub(super) fn get(&self, index: u32) -> &S {
        let (at, bit) = place(index);
        self.chunks[at]
            .as_ref()
            .and_then(|chunk| chunk.slots[bit].as_ref())
            .expect("a live index has its value")
    }

    pub(super) fn get_mut(&mut self, index: u32) -> &mut S {
        let (at, bit) = place(index);
        self.chunks[at]
            .as_mut()
            .and_then(|chunk| chunk.slots[bit].as_mut())
            .expect("a live index has its value")
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &S> {
        self.chunks.iter().flatten().flat_map(|chunk| chunk.slots.iter().flatten())
    }

    /// A chunk with a free slot: an open one, else a new one. An index is in `open` at most once
    /// while its chunk lives, since it enters when the chunk is made (`open` is empty then) or
    /// stops being full, and leaves when the chunk is full.
    fn chunk_with_room(&mut self) -> u32 {
        while let Some(&at) = self.open.last() {
            match &self.chunks[at as usize] {
                Some(chunk) if chunk.used != u64::MAX => return at,
                _ => {
                    self.open.pop();
                }
            }
        }
        let chunk = Some(Box::new(Chunk { used: 0, slots: [const { None }; CHUNK] }));
        let at = match self.vacant.pop() {
            Some(at) => {
                self.chunks[at as usize] = chunk;
                at
            }
            None => {
                self.chunks.push(chunk);
                u32::try_from(self.chunks.len() - 1).expect("fewer than 2^32 chunks")
            }
        };
        self.open.push(at);
        at
    }
}

fn place(index: u32) -> (usize, usize) {
    (index as usize / CHUNK, index as usize % CHUNK)
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::Slab;

    #[test]
    fn indices_are_reused_and_values_come_back() {
        let mut slab = Slab::new();
        let indices: Vec<u32> = (0..1_000).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.iter().count(), 1_000);
        for (n, &index) in indices.iter().enumerate() {
            assert_eq!(*slab.get_mut(index), n);
            assert_eq!(slab.remove(index), n);
        }
        assert_eq!(slab.iter().count(), 0);
    }

    #[test]
    fn empty_chunks_are_given_back_but_one() {
        let mut slab = Slab::new();
        for round in 0..3 {
            let mut indices: Vec<u32> = (0..10_000).map(|n| slab.insert(n)).collect();
            if round == 1 {
                indices.reverse();
            }
            for index in indices {
                slab.remove(index);
            }
            assert!(slab.chunks.iter().flatten().count() <= 1);
            assert!(slab.chunks.len() <= 10_000 / 64 + 2);
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
                let index = slab.insert(step);
                assert!(model.insert(index, step).is_none(), "a live index was given out again");
            } else {
                let index = *model.keys().next().expect("not empty");
                assert_eq!(Some(slab.remove(index)), model.remove(&index));
            }
        }
        assert_eq!(slab.iter().count(), model.len());
        assert!(slab.open.len() <= slab.chunks.len());
    }
}
