use async_mech::invocable;

struct Album(Vec<u64>);

impl Album {
    #[invocable(durable)]
    fn resize(self) -> usize {
        self.0.len()
    }
}

struct Other;

#[invocable(durable)]
impl Other {
    fn resize() {}
}

fn main() {
    Album(vec![]).resize();
    Other::resize();
}
