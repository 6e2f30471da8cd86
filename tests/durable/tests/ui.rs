//! Each file in `ui/` makes one mistake, and is told so by the message beside it: as in `tests`.

#[path = "../../tests/ui.rs"]
mod ui;
