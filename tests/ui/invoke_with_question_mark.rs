use async_mech::invoke;

fn r(x: u32) -> Result<u32, String> {
    Ok(x)
}

fn main() {
    let _ = invoke!(r(1)?);
}
