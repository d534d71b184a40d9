//! The machine's orders carried out on the telephones, and refused when they make no sense.

use hotline::acd::{AgentNo, Output, Place, StopReason};
use hotline::base::CallId;

use crate::driver::Driver;

impl Driver {
    /// Takes one output into the world.
    pub fn take(&mut self, output: Output) -> Result<(), String> {
        let text = format!("{output:?}");
        self.carry_out(output).map_err(|wrong| format!("{wrong}: {text}"))
    }

    fn carry_out(&mut self, output: Output) -> Result<(), &'static str> {
        match output {
            Output::Ring { call, agent, .. } => return self.on_ring(call.raw(), agent),
            Output::StopRinging { call, agent, why } => return self.on_stop(call.raw(), agent, why),
            Output::Connect { call, agent, .. } => return self.on_connect(call.raw(), agent),
            Output::LateAnswer { call, agent } => return self.on_late(call.raw(), agent),
            Output::Left { call, place, .. } => return self.on_left(call, place),
            Output::Position { call, ahead, .. } => {
                self.tally.count("position");
                if self.ahead.insert(call.raw(), ahead) == Some(ahead) {
                    return Err("told the same place twice");
                }
            }
            Output::NoAgents { call, .. } => {
                self.tally.count("no agents");
                self.told_no_agents.insert(call.raw());
            }
            Output::CallbackBooked { call, booking, .. } => {
                if call == booking {
                    self.waiting.insert(call.raw());
                    self.callbacks.insert(call.raw());
                }
            }
            Output::CallbackDone { call } => {
                self.tally.count("callback done");
                self.leave(call.raw());
            }
            Output::CallbackGivenUp { call, .. } => {
                self.tally.count("given up");
                self.leave(call.raw());
            }
            Output::AgentChanged(view) => drop(self.views.insert(view.no.0.clone(), *view)),
            Output::AgentRemoved { agent } => drop(self.views.remove(&agent.0)),
            Output::AssignRefused { why, .. } => {
                self.tally.count("assignment refused");
                self.refused = Some(why);
            }
            Output::SeizeRefused { .. } => self.tally.count("seizure refused"),
            Output::Corrected(_) => self.tally.count("correction"),
            Output::QueueFull { .. } => return Err("the queue is not full"),
            Output::CallbackRefused { .. } | Output::CallbackRetry { .. } => {}
        }
        Ok(())
    }

    fn on_ring(&mut self, call: i64, agent: AgentNo) -> Result<(), &'static str> {
        self.tally.count("ring");
        if self.rings.contains_key(&agent.0) || self.dialogs.iter().any(|(no, _)| *no == agent.0) {
            return Err("a second call for one agent");
        }
        if !self.waiting.contains(&call) {
            return Err("rung for a call that does not wait");
        }
        if self.rings.values().any(|ringing| *ringing == call) {
            return Err("two phones ring for one call");
        }
        self.started.push((agent.0.clone(), call));
        self.rings.insert(agent.0, call);
        Ok(())
    }

    fn on_stop(&mut self, call: i64, agent: AgentNo, why: StopReason) -> Result<(), &'static str> {
        if self.rings.remove(&agent.0) != Some(call) {
            return Err("stopped what does not ring");
        }
        self.started.retain(|(no, _)| *no != agent.0);
        if why == StopReason::NoAnswer {
            self.tally.count("no answer");
        }
        if !matches!(why, StopReason::CallerGone | StopReason::Withdrawn) {
            *self.tries.entry((call, agent.0)).or_default() += 1;
        }
        Ok(())
    }

    fn on_connect(&mut self, call: i64, agent: AgentNo) -> Result<(), &'static str> {
        self.tally.count("connect");
        if self.rings.remove(&agent.0) != Some(call) {
            return Err("connected a phone that does not ring");
        }
        self.dialogs.insert((agent.0, call));
        if !self.callbacks.contains(&call) {
            self.leave(call);
        }
        Ok(())
    }

    fn on_late(&mut self, call: i64, agent: AgentNo) -> Result<(), &'static str> {
        self.tally.count("late answer");
        if self.rings.get(&agent.0) == Some(&call) {
            return Err("a phone that rings for the call is not late");
        }
        let dialog = (agent.0, call);
        if self.surplus.remove(&dialog) {
            self.dialogs.remove(&dialog);
        }
        Ok(())
    }

    fn on_left(&mut self, call: CallId, place: Place) -> Result<(), &'static str> {
        if !self.waiting.contains(&call.raw()) {
            return Err("a call left that did not wait");
        }
        if let Some(known) = self.model_place.take() {
            self.places.insert(call.raw(), (place, known));
        }
        self.leave(call.raw());
        Ok(())
    }

    fn leave(&mut self, call: i64) {
        self.waiting.remove(&call);
        self.callbacks.remove(&call);
        self.ahead.remove(&call);
        self.tries.retain(|(tried, _), _| *tried != call);
    }
}
