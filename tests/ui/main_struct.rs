#[async_mech::main]
struct Main;

fn main() {
    Main;
}
