//! The command line.

use std::time::Duration;

use crate::peers::{self, Peer};
use crate::workloads::{self, Workload};

const USAGE: &str = "\
usage: benches [--rounds N] [--minutes N] [--only WORKLOAD,..] [--peers PEER,..] [--quick]
               [--no-write | --write]
  --rounds N   how often each is measured, 7 unless said
  --minutes N  no further round begins after so many minutes
  --only       these workloads
  --peers      these peers, and async-mech
  --quick      one round, each run bounded to 10 s, nothing written
  --no-write   leave BENCHMARKS.md and the charts alone
  --write      write them, even if the run is a partial one: it replaces all tables";

/// What is to be measured, and how often.
pub(super) struct Options {
    pub(super) rounds: usize,
    pub(super) time: Duration,
    pub(super) workloads: Vec<&'static Workload>,
    pub(super) peers: Vec<&'static Peer>,
    pub(super) quick: bool,
    pub(super) write: bool,
}

impl Options {
    /// Everything, in seven rounds, unless the command line says otherwise. Fails with what to print.
    pub(super) fn parse(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options {
            rounds: 7,
            time: Duration::MAX,
            workloads: workloads::all().collect(),
            peers: peers::ALL.to_vec(),
            quick: false,
            write: true,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(usage);
            match argument.as_str() {
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|&rounds| rounds > 0);
                    options.rounds = rounds.ok_or_else(usage)?;
                }
                "--minutes" => {
                    let minutes: u32 = value()?.parse().map_err(|_| usage())?;
                    options.time = Duration::from_secs(60) * minutes;
                }
                "--only" => {
                    options.workloads = pick(value()?, workloads::find)?;
                    options.write = false;
                }
                "--peers" => {
                    options.peers = pick(value()?, peers::find)?;
                    if !options.peers.iter().any(|peer| peer.id == peers::OURS) {
                        options.peers.insert(0, peers::ALL[0]);
                    }
                    options.write = false;
                }
                "--quick" => {
                    options.rounds = 1;
                    options.quick = true;
                    options.write = false;
                }
                "--write" => options.write = true,
                "--no-write" => options.write = false,
                _ => return Err(usage()),
            }
        }
        Ok(options)
    }
}

fn pick<T>(names: &str, find: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    let one = |name| find(name).ok_or_else(|| format!("no `{name}`\n{}", usage()));
    names.split(',').map(one).collect()
}

fn usage() -> String {
    let workloads: Vec<_> = workloads::all().map(|workload| workload.name).collect();
    let peers: Vec<_> = peers::ALL.iter().map(|peer| peer.id).collect();
    format!("{USAGE}\nworkloads: {}\npeers: {}", workloads.join(" "), peers.join(" "))
}
