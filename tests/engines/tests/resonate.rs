//! Resonate: a server, workers, and what happens to them.

use tests_engines::Resonate;

tests_engines::scenarios_hold!(Resonate);
