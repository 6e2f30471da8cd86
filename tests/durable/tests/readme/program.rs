use async_mech::{durable, invocable, invoke};

#[invocable(durable)]
fn resize(image: String) -> u64 {
    image.len() as u64
}

#[invocable(durable)]
fn album(images: Vec<String>) -> u64 {
    let thumbs: Vec<_> = images.into_iter().map(|image| invoke!(resize(image))).collect();
    thumbs.into_iter().map(|thumb| thumb.await).sum()
}

fn main() -> Result<(), durable::Error> {
    // async_mech_restate::connect("http://localhost:8080")?.start()?, or
    // async_mech_resonate::connect("http://localhost:8001")?.start()?, or this process alone:
    let engine = durable::embedded()?;
    // The caller chooses the id: asked for twice, it runs once.
    println!("{}", engine.invoke("album-42", album, (vec!["a.png".to_owned()],))?.wait());
    Ok(())
}
