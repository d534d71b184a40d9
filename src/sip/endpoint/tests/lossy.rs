//! Random calls over a bad link: whatever is lost, doubled or late, each call ends once on each side and nothing is left.

use std::collections::BTreeMap;

use super::net::*;
use crate::base::Rng;
use crate::sip::endpoint::*;

/// What one side has been told of one session.
#[derive(Default, Debug)]
struct Story {
    ends: usize,
    answers: usize,
}

/// Both sides act at random.
struct Play {
    net: Net,
    rng: Rng,
    stories: [BTreeMap<SessionId, Story>; 2],
}

impl Play {
    fn new(seed: u64, faults: Faults) -> Play {
        let mut net = Net::new(seed, 1);
        net.faults = faults;
        Play { net, rng: Rng::from_number(seed ^ 0xabcd), stories: [BTreeMap::new(), BTreeMap::new()] }
    }

    fn call(&mut self, from: usize) {
        let session = self.net.at(from).new_session();
        self.stories[from].insert(session, Story::default());
        let uri = format!("sip:100@{}", address(1 - from));
        let body = if self.rng.below(4) == 0 { None } else { Some(sdp("offer")) };
        let invite = Invite { body, ..invite(session, Destination::Uri(uri)) };
        self.net.command(from, Command::Invite(Box::new(invite)));
    }

    fn react(&mut self, node: usize) {
        for event in self.net.take(node) {
            let story = |play: &mut Play, session: SessionId| {
                play.stories[node].entry(session).or_default().ends += 1;
            };
            match event {
                Event::Incoming(call) => {
                    self.stories[node].insert(call.session, Story::default());
                    self.answer(node, call.session, call.body.is_none());
                }
                Event::Answered { session, .. } => {
                    self.stories[node].entry(session).or_default().answers += 1;
                    self.net.command(node, Command::Acknowledge { session, body: sdp("late answer") });
                    self.disturb(node, session);
                }
                Event::Acked { session, .. } => self.disturb(node, session),
                Event::Reoffer { session, .. } => {
                    let answer = if self.rng.below(5) == 0 { Err(488) } else { Ok(Some(sdp("yes"))) };
                    self.net.command(node, Command::AnswerReoffer { session, answer });
                }
                Event::ReofferAnswered { session, .. } => {
                    self.net.command(node, Command::Acknowledge { session, body: sdp("late answer") });
                }
                Event::Failed { session, .. }
                | Event::Cancelled { session, .. }
                | Event::AckTimeout { session }
                | Event::Ended { session, .. } => story(self, session),
                _ => {}
            }
        }
    }

    fn answer(&mut self, node: usize, session: SessionId, offerless: bool) {
        let body = Some(sdp(if offerless { "offer" } else { "answer" }));
        match self.rng.below(6) {
            0 => self.net.command(node, Command::Reject { session, status: 486, reason: None, headers: vec![] }),
            1 => {}
            2 => self.net.command(node, Command::Accept { session, body }),
            _ => {
                self.net.command(node, Command::Provisional { session, status: 180, body: None });
                self.net.command(node, Command::Accept { session, body });
            }
        }
    }

    fn disturb(&mut self, node: usize, session: SessionId) {
        let body = if self.rng.below(3) == 0 { None } else { Some(sdp("change")) };
        match self.rng.below(4) {
            0 => self.net.command(node, Command::Hangup { session, reason: HangupReason::Normal }),
            1 | 2 => self.net.command(node, Command::Reoffer { session, body }),
            _ => self.net.command(node, Command::Info { session, body: sdp("tone") }),
        }
    }

    fn hang_up_something(&mut self) {
        let node = self.rng.below(2) as usize;
        let live: Vec<SessionId> = self.stories[node].iter().filter(|(_, s)| s.ends == 0).map(|(id, _)| *id).collect();
        if let Some(session) = live.get(self.rng.below(live.len() as u64) as usize) {
            self.net.command(node, Command::Hangup { session: *session, reason: HangupReason::Normal });
        }
    }

    fn run(&mut self, steps: usize) {
        for _ in 0..steps {
            match self.rng.below(10) {
                0 | 1 => self.call(self.stories.len() - 1),
                2 => self.call(SWITCH),
                3 => self.hang_up_something(),
                _ => {
                    let pause = self.rng.below(2_000);
                    let end = self.net.now.instant + std::time::Duration::from_millis(pause);
                    while self.net.now.instant < end && self.net.step() {
                        self.react(SWITCH);
                        self.react(PEER);
                    }
                }
            }
        }
    }

    /// Hangs up everything and lets the last time-outs pass.
    fn finish(&mut self) {
        for node in [SWITCH, PEER] {
            let live: Vec<SessionId> =
                self.stories[node].iter().filter(|(_, s)| s.ends == 0).map(|(id, _)| *id).collect();
            for session in live {
                self.net.command(node, Command::Hangup { session, reason: HangupReason::Normal });
            }
        }
        while self.net.step() {
            self.react(SWITCH);
            self.react(PEER);
        }
        self.react(SWITCH);
        self.react(PEER);
    }
}

fn play(seed: u64, faults: Faults) {
    let mut play = Play::new(seed, faults);
    play.run(150);
    play.finish();
    for (node, stories) in play.stories.iter().enumerate() {
        for (session, story) in stories {
            assert_eq!(story.ends, 1, "seed {seed}, node {node}, {session:?}: {story:?}");
            assert!(story.answers <= 1, "seed {seed}, node {node}, {session:?}: {story:?}");
        }
    }
    play.net.assert_empty();
}

#[test]
fn every_call_ends_once_on_each_side_however_bad_the_link() {
    let links = [
        Faults::default(),
        Faults { jitter_ms: 900, ..Faults::default() },
        Faults { twice: 30, jitter_ms: 100, ..Faults::default() },
        Faults { loss: 30, twice: 10, jitter_ms: 300 },
        Faults { loss: 60, twice: 20, jitter_ms: 1_000 },
        Faults { loss: 95, ..Faults::default() },
    ];
    for seed in 0..3 {
        for faults in links {
            play(seed, faults);
        }
    }
}

#[test]
fn calls_are_set_up_through_thirty_percent_loss() {
    let mut up = 0;
    for seed in 0..15 {
        let mut net = Net::new(seed, 1);
        net.faults = Faults { loss: 30, twice: 5, jitter_ms: 200 };
        let caller = net.at(PEER).new_session();
        let to = Destination::Uri("sip:100@192.0.2.1".to_owned());
        net.command(PEER, Command::Invite(Box::new(invite(caller, to))));
        let mut told = 0;
        let mut answered = false;
        for _ in 0..300 {
            net.run_ms(100);
            for event in net.take(SWITCH) {
                if let Event::Incoming(call) = event {
                    told += 1;
                    net.command(SWITCH, Command::Accept { session: call.session, body: Some(sdp("answer")) });
                }
            }
            answered |= net.take(PEER).iter().any(|event| matches!(event, Event::Answered { .. }));
        }
        assert!(told <= 1, "seed {seed}: one INVITE is one call");
        up += usize::from(answered);
    }
    assert!(up >= 13, "{up} of 15");
}
