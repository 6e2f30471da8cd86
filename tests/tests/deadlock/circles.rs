//! What awaits each other in a circle, for the tests.

use async_mech::{Promise, Resolver, invocable, invoke, promise};
use tests::Random;

/// What a promise is handed over in, after its awaiter was invoked.
pub(crate) type Handed<T> = Promise<Promise<T>>;
type Hands<T> = Resolver<Promise<T>>;

/// Executions of `body`, each with a promise that is to be handed to it.
pub(crate) fn invoke_each<T, U>(
    n: usize,
    body: impl Fn(Handed<U>) -> T + Clone + Send + 'static,
) -> (Vec<Promise<T>>, Vec<Hands<U>>)
where
    T: Send + 'static,
    U: Send + 'static,
{
    (0..n)
        .map(|_| {
            let (handed, hands) = promise();
            let body = body.clone();
            (invoke!(move || body(handed)), hands)
        })
        .unzip()
}

/// Executions that await each other in a circle, which is closed in that order.
pub(crate) fn circle(n: usize, order: impl IntoIterator<Item = usize>) -> Vec<Promise<u32>> {
    let (executions, hands) = invoke_each(n, |next: Handed<u32>| next.wait().wait() + 1);
    let mut hands: Vec<_> = hands.into_iter().map(Some).collect();
    for at in order {
        let next = executions[(at + 1) % n].clone();
        hands[at].take().expect("once each").resolve(next);
    }
    executions
}

pub(crate) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut order: Vec<_> = (0..n).collect();
    for at in (1..n).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
    order
}

/// An execution that is handed one, and awaits it.
#[invocable]
pub(crate) fn follow(next: Handed<u32>) -> u32 {
    next.await.await + 1
}
