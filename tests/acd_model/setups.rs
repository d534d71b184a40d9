//! Set-ups to choose from: some agents in several groups, in one, in none, or missing; groups that are missing.

use hotline::acd::{AcdConfig, AgentConfig, AgentNo, GroupConfig, GroupId, Strategy};
use hotline::base::Rng;

pub const GROUPS: [&str; 4] = ["g0", "g1", "g2", "g3"];
pub const AGENTS: [&str; 7] = ["a0", "a1", "a2", "a3", "a4", "a5", "a6"];

pub fn setup(seed: u64) -> AcdConfig {
    let mut rng = Rng::from_number(seed);
    let mut chance = |percent: u64| rng.below(100) < percent;
    let mut groups = Vec::new();
    for id in GROUPS {
        if chance(15) {
            continue;
        }
        groups.push(GroupConfig {
            id: GroupId::from(id),
            name: id.to_owned(),
            strategy: if chance(50) { Strategy::LongestIdle } else { Strategy::FewestCalls },
            answer_timeout_s: chance(85).then_some(if chance(50) { 5 } else { 20 }),
            wrap_up_s: chance(60).then_some(if chance(50) { 3 } else { 15 }),
            last_agent_first: chance(50),
        });
    }
    let mut agents = Vec::new();
    for no in AGENTS {
        if chance(12) {
            continue;
        }
        let groups = GROUPS.into_iter().filter(|_| chance(40)).map(GroupId::from).collect();
        agents.push(AgentConfig { no: AgentNo::from(no), name: no.to_owned(), groups });
    }
    AcdConfig { groups, agents }
}
