//! Apart from `tests`, which has no need of proptest; what there is to see is in `tests`.
