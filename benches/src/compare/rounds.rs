//! Who runs what, in which order, and as which process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::child;
use super::options::Options;
use super::results::Results;
use super::tree::Tree;
use crate::peers::{Ability, How, Peer};
use crate::process::{self, Failure};
use crate::workloads::{TREE, Workload};

/// How often something is tried that has never worked.
const TRIES: usize = 2;

/// Everything that is to be run, ready to be.
pub(super) struct Contest {
    rounds: usize,
    time: Duration,
    quick: bool,
    workloads: Vec<&'static Workload>,
    peers: Vec<&'static Peer>,
    /// How to start each peer, or why that is not possible.
    commands: HashMap<&'static str, Result<Vec<OsString>, String>>,
    /// The files to hash, if anybody does.
    tree: Option<Tree>,
}

impl Contest {
    /// Builds the peers in other languages, and makes the files to hash.
    pub(super) fn prepare(options: &Options) -> Result<Contest, String> {
        let us = std::env::current_exe().map_err(|error| error.to_string())?;
        let built = us.parent().map_or_else(PathBuf::new, |path| path.join("peers"));
        let command = |peer: &&'static Peer| {
            let command = match &peer.how {
                How::Here { .. } => {
                    Ok(vec![us.clone().into(), child::COMMAND.into(), peer.id.into()])
                }
                How::Elsewhere(program) => {
                    eprintln!("building {}", peer.name);
                    (program.build)(&built)
                }
            };
            (peer.id, command)
        };
        let tree = options.workloads.iter().any(|workload| workload.name == "checksum");
        Ok(Contest {
            rounds: options.rounds,
            time: options.time,
            quick: options.quick,
            workloads: options.workloads.clone(),
            commands: options.peers.iter().map(command).collect(),
            peers: options.peers.clone(),
            tree: tree.then(Tree::make).transpose().map_err(|error| error.to_string())?,
        })
    }

    pub(super) fn workloads(&self) -> &[&'static Workload] {
        &self.workloads
    }

    /// A line for each peer in another language: its version, or why it is not here.
    pub(super) fn versions(&self) -> Vec<String> {
        let version = |peer: &&Peer| match (&peer.how, &self.commands[peer.id]) {
            (How::Here { .. }, _) => None,
            (How::Elsewhere(_), Err(why)) => Some(format!("{}: {why}", peer.name)),
            (How::Elsewhere(program), Ok(_)) => {
                (program.version)().map(|version| format!("{}: {version}", peer.name))
            }
        };
        self.peers.iter().filter_map(version).collect()
    }

    /// All rounds for which there is time; how many.
    pub(super) fn run(&self, results: &mut Results) -> usize {
        let began = Instant::now();
        for round in 0..self.rounds {
            if round > 0 && began.elapsed() >= self.time {
                return round;
            }
            let mut order: Vec<_> = self.runs().collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for (at, (workload, peer)) in order.iter().enumerate() {
                if results.is_hopeless(workload, peer, TRIES) {
                    continue;
                }
                eprintln!(
                    "round {} of {}, run {} of {}: {} by {}",
                    round + 1,
                    self.rounds,
                    at + 1,
                    order.len(),
                    workload.name,
                    peer.name
                );
                results.add(workload, peer, self.measure(workload, peer));
            }
        }
        self.rounds
    }

    /// Peers that have nothing to do with a workload are not among them.
    fn runs(&self) -> impl Iterator<Item = (&'static Workload, &'static Peer)> {
        self.workloads.iter().flat_map(|workload| {
            let takes_part =
                |peer: &&&Peer| !matches!(peer.ability(workload.name), Ability::Absent);
            self.peers.iter().filter(takes_part).map(|peer| (*workload, *peer))
        })
    }

    fn measure(&self, workload: &Workload, peer: &Peer) -> Result<Vec<f64>, Failure> {
        if let Ability::Refuses(why) = peer.ability(workload.name) {
            return Err(Failure::Refuses(why.to_owned()));
        }
        let command = match &self.commands[peer.id] {
            Ok(command) => command,
            Err(why) => return Err(Failure::Refuses(why.clone())),
        };
        let mut process = Command::new(&command[0]);
        process.args(&command[1..]).arg(workload.name);
        if let How::Here { environment, .. } = &peer.how {
            process.envs(environment.iter().copied());
        }
        if let Some(tree) = &self.tree {
            process.env(TREE, tree.path());
        }
        let figures = process::measure(&mut process, workload.limit(self.quick))?;
        if figures.len() == workload.width() {
            Ok(figures)
        } else {
            Err(Failure::Aborts(format!("printed {figures:?}")))
        }
    }
}
