//! Restate: a server, workers, and what happens to them.

use tests_engines::Restate;

tests_engines::scenarios_hold!(Restate);
