//! The reference model, continued: what each input does to agents and calls.

use std::collections::BTreeMap;

use hotline::acd::{AssignRefusal, BookCallback, Enqueue};

use crate::reference::{After, Call, Callback, Doing, Model, With};

const DAY: i64 = 24 * 60 * 60_000;

impl Model {
    /// Stops a ring without blame.
    pub fn quiet(&mut self, no: &str) {
        let Some(agent) = self.agents.get_mut(no) else { return };
        if let Doing::Ring { call, idle_since, .. } = agent.doing {
            agent.doing = Doing::Idle { since: idle_since };
            if let Some(call) = self.call(call) {
                call.with = With::Nobody;
            }
        }
    }

    /// Stops a ring that came to nothing: counted for the call, and the phone rests.
    pub fn fail_ring(&mut self, no: &str, now: i64) {
        let Some(id) = self.rings(no) else { return };
        self.quiet(no);
        if let Some(call) = self.call(id) {
            *call.tries.entry(no.to_owned()).or_default() += 1;
        }
        let agent = self.agents.get_mut(no).unwrap();
        agent.rests_until = Some(now + [5_000, 10_000, 20_000, 40_000, 80_000][agent.failures.min(4) as usize]);
        agent.failures += 1;
    }

    pub fn miss(&mut self, no: &str, now: i64) {
        self.fail_ring(no, now);
        self.agents.get_mut(no).unwrap().doing = Doing::Break("no_answer".into());
    }

    pub fn sign_in(&mut self, no: &str) {
        let Some(agent) = self.agents.get_mut(no).filter(|agent| !agent.leaving) else { return };
        match &mut agent.doing {
            Doing::Out => agent.doing = Doing::Break("signed_in".into()),
            Doing::Call { after, .. } if *after == After::Out => *after = After::Break("signed_in".into()),
            _ => return,
        }
        (agent.answered, agent.failures, agent.rests_until) = (0, 0, None);
    }

    pub fn sign_out(&mut self, no: &str) {
        self.quiet(no);
        let Some(agent) = self.agents.get_mut(no) else { return };
        match &mut agent.doing {
            Doing::Call { after, .. } => *after = After::Out,
            doing => *doing = Doing::Out,
        }
    }

    pub fn ready(&mut self, no: &str, now: i64) {
        let Some(agent) = self.agents.get_mut(no) else { return };
        match &mut agent.doing {
            Doing::Break(_) | Doing::Wrap { .. } => {
                (agent.failures, agent.rests_until) = (0, None);
                agent.doing = Doing::Idle { since: now };
            }
            Doing::Call { after, .. } if *after != After::Out => *after = After::Idle,
            _ => {}
        }
    }

    pub fn take_break(&mut self, no: &str, reason: String, now: i64) {
        self.fail_ring(no, now);
        let Some(agent) = self.agents.get_mut(no) else { return };
        match &mut agent.doing {
            Doing::Out => {}
            Doing::Call { after, .. } if *after == After::Out => {}
            Doing::Call { after, .. } => *after = After::Break(reason),
            doing => *doing = Doing::Break(reason),
        }
    }

    pub fn enqueue(&mut self, new: Enqueue, now: i64) {
        if self.call(new.call.raw()).is_some() {
            return;
        }
        let lately = |at: i64| now - at <= 7 * DAY;
        let liked = new.last_agent.filter(|last| new.caller.is_some() && lately(last.answered_at.0));
        let (queued, _, n) = self.place.take().unwrap_or_else(|| self.end_of_line(now));
        self.calls.push(Call {
            id: new.call.raw(),
            queued,
            priority: i64::from(new.priority.min(9)),
            n,
            groups: vec![new.group.0],
            liked: liked.map(|last| last.agent.0),
            tries: BTreeMap::new(),
            with: With::Nobody,
            callback: None,
        });
    }

    pub fn end_of_line(&mut self, now: i64) -> (i64, i64, u64) {
        self.arrivals += 1;
        (now, 0, self.arrivals)
    }

    pub fn remove(&mut self, id: i64) {
        if let Some(With::Ringing(no)) = self.call(id).map(|call| call.with.clone()) {
            self.quiet(&no);
        }
        self.calls.retain(|call| call.id != id);
    }

    pub fn answer(&mut self, id: i64, no: &str) {
        let Some(Doing::Ring { call: ringing, group, .. }) = self.agents.get(no).map(|agent| agent.doing.clone())
        else {
            return;
        };
        if ringing != id {
            return;
        }
        let call = self.call(id).unwrap();
        match call.callback {
            Some(_) => call.with = With::Held(no.to_owned()),
            None => self.calls.retain(|call| call.id != id),
        }
        let agent = self.agents.get_mut(no).unwrap();
        agent.doing = Doing::Call { call: id, group: Some(group), after: After::Idle };
        agent.answered += 1;
        (agent.failures, agent.rests_until) = (0, None);
    }

    pub fn end(&mut self, id: i64, no: &str, with_wrap_up: bool, now: i64) {
        let Some(agent) = self.agents.get_mut(no) else { return };
        let Doing::Call { call, group, after } = agent.doing.clone() else { return };
        if call != id {
            return;
        }
        let wrap_up_s = group.and_then(|group| self.groups.get(&group)?.wrap_up_s).filter(|_| with_wrap_up);
        agent.doing = match wrap_up_s {
            Some(seconds) if after != After::Out => Doing::Wrap { until: now + i64::from(seconds) * 1000, after },
            _ => after.begin(now),
        };
        if let Some(call) = self.call(id).filter(|call| call.with == With::Held(no.to_owned())) {
            call.with = With::Nobody;
            let callback = call.callback.as_mut().unwrap();
            callback.left -= 1;
            callback.rests_until = Some(now + callback.retry_ms);
            if callback.left == 0 {
                self.calls.retain(|call| call.id != id);
            }
        }
    }

    pub fn seize(&mut self, no: &str, id: i64, group: Option<String>) {
        if self.rings(no) == Some(id) {
            return self.answer(id, no);
        }
        self.quiet(no);
        let Some(agent) = self.agents.get_mut(no) else { return };
        if let Doing::Call { call, group: known, .. } = &mut agent.doing
            && *call == id
        {
            *known = known.take().or(group);
            return;
        }
        let after = match agent.doing.clone() {
            Doing::Out => After::Out,
            Doing::Break(reason) => After::Break(reason),
            Doing::Idle { .. } | Doing::Ring { .. } => After::Idle,
            Doing::Wrap { after, .. } => after,
            Doing::Call { .. } => return,
        };
        agent.doing = Doing::Call { call: id, group, after };
    }

    pub fn assign(&mut self, id: i64, no: &str, now: i64) {
        let with = self.call(id).map(|call| call.with.clone());
        let agent = self.agents.get(no);
        self.refused = match (&with, agent) {
            (None, _) => Some(AssignRefusal::NotWaiting),
            (_, None) => Some(AssignRefusal::UnknownAgent),
            (Some(With::Held(_)), _) => Some(AssignRefusal::NotWaiting),
            (Some(With::Ringing(ringing)), _) if ringing == no => return,
            (_, Some(agent)) if !matches!(agent.doing, Doing::Idle { .. }) => Some(AssignRefusal::NotFree),
            (_, Some(agent)) if !agent.reachable => Some(AssignRefusal::Unreachable),
            (_, Some(_)) => None,
        };
        if self.refused.is_some() {
            return;
        }
        if let Some(With::Ringing(other)) = with {
            self.quiet(&other);
        }
        let call = self.calls.iter().find(|call| call.id == id).unwrap();
        let group = call.groups.iter().find(|group| self.agents[no].groups.contains(*group));
        let group = group.unwrap_or(&call.groups[0]).clone();
        self.ring(id, no, &group, now);
    }

    pub fn book(&mut self, booking: BookCallback, now: i64) {
        let Some(number) = booking.number.filter(|number| !number.is_empty()) else { return };
        let id = booking.call.raw();
        let line = self.line();
        let same = line.into_iter().find(|call| {
            call.groups[0] == booking.group.0
                && call.callback.as_ref().is_some_and(|callback| callback.number == number)
        });
        if let Some(same) = same.map(|call| call.id) {
            if same != id {
                self.remove(id);
            }
            return;
        }
        let held = self.call(id).map(|call| (call.queued, call.priority, call.n));
        self.remove(id);
        let (queued, priority, n) = held.or(self.place.take()).unwrap_or_else(|| self.end_of_line(now));
        let retry_ms = i64::from(booking.retry_after_s) * 1000;
        let callback = Callback {
            number,
            left: booking.attempts.clamp(1, 10),
            retry_ms,
            rests_until: Some(now + 30_000),
            hours: booking.hours,
        };
        self.calls.push(Call {
            id,
            queued,
            priority,
            n,
            groups: vec![booking.group.0],
            liked: None,
            tries: BTreeMap::new(),
            with: With::Nobody,
            callback: Some(callback),
        });
    }
}
