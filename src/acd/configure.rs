//! The set-up is replaced while calls wait, ring and are talked on.

use std::collections::BTreeSet;

use super::machine::Acd;
use super::seat::Seat;
use super::skill_group::Group;
use super::stamp::Stamp;
use super::{AcdConfig, AgentConfig, AgentNo, AgentState, GroupConfig, StopReason};
use crate::base::Now;

impl Acd {
    /// Replaces the set-up. States, calls and places are kept; a removed agent finishes the call in hand; a call whose
    /// groups are all gone is told `NoAgents`. New agents are signed out and unreachable until told otherwise.
    pub fn configure(&mut self, config: AcdConfig, now: Now) {
        self.set_up(config, Stamp::at(now.instant));
        self.settle(now);
    }

    pub(super) fn set_up(&mut self, config: AcdConfig, at: Stamp) {
        self.replace_groups(config.groups);
        let kept: BTreeSet<AgentNo> = config.agents.iter().map(|agent| agent.no.clone()).collect();
        for agent in config.agents {
            self.place_agent(agent, at);
        }
        let gone: Vec<AgentNo> = self.seats.keys().filter(|agent| !kept.contains(*agent)).cloned().collect();
        for agent in gone {
            self.dismiss(&agent, at);
        }
        self.mark_all();
        self.mark_queue();
    }

    fn replace_groups(&mut self, configs: Vec<GroupConfig>) {
        let mut before = std::mem::take(&mut self.groups);
        for config in configs {
            let group = match before.remove(&config.id) {
                Some(group) => group.with(config),
                None => Group::new(config),
            };
            self.groups.insert(group.config.id.clone(), group);
        }
    }

    fn place_agent(&mut self, mut config: AgentConfig, now: Stamp) {
        config.groups.retain(|group| self.groups.contains_key(group));
        match self.seats.get_mut(&config.no) {
            Some(seat) => {
                seat.name = config.name;
                seat.groups = config.groups;
                seat.removed = false;
            }
            None => {
                self.seats.insert(config.no.clone(), Seat::new(config, now));
            }
        }
    }

    fn dismiss(&mut self, agent: &AgentNo, now: Stamp) {
        self.withdraw_ring(agent, StopReason::Withdrawn, now);
        let Some(seat) = self.seats.get_mut(agent) else { return };
        if let AgentState::OnCall { .. } = seat.state {
            seat.removed = true;
            seat.groups.clear();
        } else {
            self.remove_seat(agent);
        }
    }
}
