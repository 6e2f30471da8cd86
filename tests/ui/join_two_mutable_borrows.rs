use async_mech::join;

fn main() {
    let mut n = 1;
    join(|| n += 1, || n += 2);
}
