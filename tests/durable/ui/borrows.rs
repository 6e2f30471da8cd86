use async_mech::invocable;

#[invocable(durable)]
fn resize(image: &str, names: Vec<&'static str>) -> Option<&'static str> {
    names.into_iter().find(|name| *name == image)
}

fn main() {
    resize("a", vec![]);
}
