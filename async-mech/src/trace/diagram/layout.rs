//! Places for the nodes of an entity diagram: layers from left to right, and a tidy tree in them.
//!
//! As in Sugiyama's method, the longest way to a node decides its layer. Within the layers there is
//! nearly a tree, of who invoked whom, so places come from one (Wetherell and Shannon's method: each
//! node above the middle of its children, as high up as its layer has room). All of it takes time in
//! proportion to nodes and edges, and uses no recursion, as runs may be deep.

/// A node's size, and then where it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) layer: usize,
}

/// Between a layer and the next.
const ACROSS: f64 = 100.0;
/// Between nodes of one layer.
const BETWEEN: f64 = 20.0;

/// Gives places to nodes whose sizes are set. An edge makes its second node stand to the right of
/// its first, unless they are part of a circle.
pub(super) fn place(nodes: &mut [Place], edges: &[(usize, usize)]) {
    let order = layers(nodes, edges);
    let mut lefts = Vec::new();
    for node in nodes.iter() {
        lefts.resize(lefts.len().max(node.layer + 2), 0.0);
        lefts[node.layer + 1] = f64::max(lefts[node.layer + 1], node.width + ACROSS);
    }
    for layer in 1..lefts.len() {
        lefts[layer] += lefts[layer - 1];
    }
    nodes.iter_mut().for_each(|node| node.x = lefts[node.layer]);
    heights(nodes, &tree(nodes, edges), &order);
}

/// Sets the layers, and returns the nodes so that each comes after those to the left of it.
fn layers(nodes: &mut [Place], edges: &[(usize, usize)]) -> Vec<usize> {
    let mut after = vec![Vec::new(); nodes.len()];
    for &(from, to) in edges {
        after[from].push(to);
    }
    // Depth first; an edge back to a node whose turn is not over would close a circle.
    #[derive(Clone, Copy, PartialEq)]
    enum Turn {
        ToCome,
        Now,
        Over,
    }
    let mut turn = vec![Turn::ToCome; nodes.len()];
    let mut order = Vec::new();
    let mut back = std::collections::HashSet::new();
    for root in 0..nodes.len() {
        if turn[root] != Turn::ToCome {
            continue;
        }
        turn[root] = Turn::Now;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            match after[*node].get(*next) {
                None => {
                    turn[*node] = Turn::Over;
                    order.push(*node);
                    stack.pop();
                }
                Some(&to) => {
                    *next += 1;
                    match turn[to] {
                        Turn::ToCome => {
                            turn[to] = Turn::Now;
                            stack.push((to, 0));
                        }
                        Turn::Now => {
                            back.insert((*node, to));
                        }
                        Turn::Over => {}
                    }
                }
            }
        }
    }
    order.reverse();
    for &from in &order {
        for &to in &after[from] {
            if !back.contains(&(from, to)) {
                nodes[to].layer = nodes[to].layer.max(nodes[from].layer + 1);
            }
        }
    }
    order
}

/// Of each node, its children: those one layer to the right to which it has the first edge.
fn tree(nodes: &[Place], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); nodes.len()];
    let mut has_parent = vec![false; nodes.len()];
    for &(from, to) in edges {
        if nodes[to].layer == nodes[from].layer + 1 && !has_parent[to] {
            has_parent[to] = true;
            children[from].push(to);
        }
    }
    // As they were invoked.
    children.iter_mut().for_each(|children| children.sort_unstable());
    children
}

/// Sets the heights; `order` has parents before their children.
fn heights(nodes: &mut [Place], children: &[Vec<usize>], order: &[usize]) {
    let mut is_child = vec![false; nodes.len()];
    children.iter().flatten().for_each(|&child| is_child[child] = true);
    let layers = nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0);
    // Of each layer: where it has room, and how far its nodes have to be moved with their subtrees.
    let (mut free, mut moved) = (vec![0.0_f64; layers], vec![0.0_f64; layers]);
    let mut moves = vec![0.0; nodes.len()];
    for root in (0..nodes.len()).filter(|&node| !is_child[node]) {
        // Another tree starts below all of this one.
        let below = free.iter().copied().fold(0.0, f64::max);
        free.fill(below);
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            if let Some(&child) = children[*node].get(*next) {
                *next += 1;
                stack.push((child, 0));
                continue;
            }
            let node = *node;
            stack.pop();
            let (layer, height) = (nodes[node].layer, nodes[node].height);
            let wanted = match (children[node].first(), children[node].last()) {
                (Some(&first), Some(&last)) => {
                    let (first, last) = (nodes[first], nodes[last]);
                    (first.y + last.y + last.height - height) / 2.0
                }
                _ => free[layer],
            };
            if !children[node].is_empty() {
                moved[layer] = moved[layer].max(free[layer] - wanted).max(0.0);
                moves[node] = moved[layer];
            }
            nodes[node].y = wanted + moves[node];
            free[layer] = nodes[node].y + height + BETWEEN;
        }
    }
    // A node's move is also its descendants'.
    for &node in order {
        for &child in &children[node] {
            nodes[child].y += moves[node];
            moves[child] += moves[node];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trees of all shapes: each node's parent is one before it.
    fn trees(seed: u64) -> (Vec<Place>, Vec<(usize, usize)>) {
        let mut state = seed;
        let mut below = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % limit
        };
        let count = 2 + below(60);
        let nodes = (0..count).map(|_| Place {
            width: 20.0 + below(100) as f64,
            height: 20.0 + below(50) as f64,
            ..Place::default()
        });
        let nodes = nodes.collect();
        let edges = (1..count).map(|n| (below(n), n)).filter(|edge| edge.0 % 7 != 3);
        (nodes, edges.collect())
    }

    #[test]
    fn callers_stand_in_the_middle_of_their_callees_and_nobody_on_anybody() {
        for seed in 0..500 {
            let (mut nodes, edges) = trees(seed);
            place(&mut nodes, &edges);
            for (n, a) in nodes.iter().enumerate() {
                let callees = || edges.iter().filter(|edge| edge.0 == n).map(|edge| nodes[edge.1]);
                if let (Some(first), Some(last)) = (callees().next(), callees().next_back()) {
                    let middle = (first.y + last.y + last.height) / 2.0;
                    assert!((a.y + a.height / 2.0 - middle).abs() < 0.01, "{n} of seed {seed}");
                    assert!(callees().all(|callee| a.x + a.width < callee.x));
                }
                let apart = |b: &Place| a.y + a.height <= b.y || b.y + b.height <= a.y;
                let mut same = nodes[n + 1..].iter().filter(|b| b.layer == a.layer);
                assert!(same.all(apart), "{n} of seed {seed}");
            }
        }
    }

    #[test]
    fn circles_have_places_too() {
        let mut nodes = [Place { width: 9.0, height: 9.0, ..Place::default() }; 3];
        place(&mut nodes, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!(nodes.map(|node| node.layer), [0, 1, 2]);
    }
}
