//! What the caller hears: one prompt at a time over music that keeps its own place, and never two seconds of nothing
//! while a machine is waited for.

use std::collections::VecDeque;
use std::time::Duration;

use super::context::Cx;
use super::event::{FlowEvent, PromptEnd};
use super::limits::{FILLER_AFTER_MS, MUSIC_AFTER_MS};
use super::output::{Output, PlayId, Sound};
use super::speech;
use super::state::{BoundPrompt, Filler, Playing};
use crate::ivr::flow::{AudioId, Language, PromptName, SystemVar, VarName, Wording};
use crate::ivr::speak;

impl<'a> Cx<'a> {
    /// Plays prompts one after the other, in place of any that plays. False when there is nothing to be heard.
    pub fn play(&mut self, prompts: impl IntoIterator<Item = PromptName>, barge_in: bool) -> bool {
        self.stop_prompts(PromptEnd::Cut);
        self.state.ear.next = prompts.into_iter().collect();
        self.play_next(barge_in)
    }

    /// Plays one sound that is no prompt.
    pub fn play_sound(&mut self, name: &str, audio: &str) {
        self.stop_prompts(PromptEnd::Cut);
        self.start(name.to_owned(), vec![Sound::Audio(audio.to_owned())], false, false);
    }

    /// The driver played a prompt to its end. True when it was the last one.
    pub fn on_play_ended(&mut self, play: PlayId) -> bool {
        match self.state.ear.prompt.take_if(|playing| playing.play == play) {
            None => false,
            Some(ended) => {
                self.tell_ended(&ended, PromptEnd::Played);
                !self.play_next(ended.barge_in)
            }
        }
    }

    /// Stops the prompt that plays and forgets the ones to follow.
    pub fn stop_prompts(&mut self, by: PromptEnd) {
        self.state.ear.next = VecDeque::new();
        if let Some(playing) = self.state.ear.prompt.take() {
            self.emit(Output::StopPlay { play: playing.play });
            self.tell_ended(&playing, by);
        }
    }

    pub fn is_playing(&self) -> bool {
        self.state.ear.prompt.is_some()
    }

    /// A key stops what may be stopped. False when the prompt must be heard to its end: the key does not count.
    pub fn barge_in(&mut self) -> bool {
        match self.state.ear.prompt.as_ref().map(|playing| playing.barge_in) {
            None => true,
            Some(false) => false,
            Some(true) => {
                self.stop_prompts(PromptEnd::BargedIn);
                true
            }
        }
    }

    /// The values of the variables that a prompt says now; `None` when one of them has none.
    pub fn values_said(&self, prompt: &PromptName) -> Option<Vec<String>> {
        let Some((bound, _, wording)) = self.wording(prompt) else { return Some(Vec::new()) };
        let frame = self.state.frames.get(bound.frame)?;
        let value = |name: &VarName| Some(self.state.var_in(frame, name)?.to_string());
        variables(wording).map(value).collect()
    }

    /// Music under the prompts, or none.
    pub fn music(&mut self, audio: Option<&str>) {
        self.state.ear.filler = None;
        if self.state.ear.music.as_deref() != audio {
            self.state.ear.music = audio.map(str::to_owned);
            self.state.ear.quiet_since = self.now.instant;
            self.emit(Output::Music { audio: audio.map(str::to_owned) });
        }
    }

    /// While a machine is waited for: the node's music, or a tone, unless the answer comes at once.
    pub fn fill_silence(&mut self, music: Option<&AudioId>) {
        if self.state.ear.music.is_some() {
            if let Some(music) = music {
                self.music(Some(music.as_str()));
            }
            return;
        }
        let (audio, after_ms) = match music {
            Some(music) => (music.as_str(), MUSIC_AFTER_MS),
            None => (speak::WAITING, FILLER_AFTER_MS),
        };
        let at = (self.state.ear.quiet_since + Duration::from_millis(after_ms)).max(self.now.instant);
        self.state.ear.filler = Some(Filler { at, audio: audio.to_owned() });
    }

    /// Starts the filler if its time has come.
    pub fn on_filler_due(&mut self) {
        if let Some(filler) = self.state.ear.filler.take_if(|filler| filler.at <= self.now.instant) {
            self.music(Some(&filler.audio));
        }
    }

    fn play_next(&mut self, barge_in: bool) -> bool {
        while let Some(prompt) = self.state.ear.next.pop_front() {
            let sounds = self.sounds(&prompt);
            if !sounds.is_empty() {
                self.start(self.prompt_name(&prompt), sounds, barge_in, true);
                return true;
            }
        }
        false
    }

    fn start(&mut self, prompt: String, segments: Vec<Sound>, barge_in: bool, told: bool) {
        let play = PlayId(self.fresh_id());
        let language = self.state.language.to_string();
        if told {
            self.event(FlowEvent::PromptStarted { prompt: prompt.clone(), language: language.clone() });
        }
        self.state.ear.prompt = Some(Playing { play, prompt: prompt.clone(), barge_in, told });
        self.emit(Output::Play { play, prompt, language, segments, barge_in });
    }

    fn tell_ended(&mut self, playing: &Playing, by: PromptEnd) {
        self.state.ear.quiet_since = self.now.instant;
        if playing.told {
            self.event(FlowEvent::PromptEnded { prompt: playing.prompt.clone(), by });
        }
    }

    fn sounds(&self, prompt: &PromptName) -> Vec<Sound> {
        let Some((bound, language, wording)) = self.wording(prompt) else { return Vec::new() };
        // G5: nobody ahead is "you are next", in words that every language with recordings has.
        let waits = variables(wording).any(|name| name.as_str() == SystemVar::WaitNo.as_str());
        if waits && self.state.place.as_ref().is_some_and(|place| place.ahead == 0) {
            return speak::you_are_next(language.as_str()).map(Sound::Audio).into_iter().collect();
        }
        let Some(frame) = self.state.frames.get(bound.frame) else { return Vec::new() };
        speech::sounds(wording, language.as_str(), |name| self.say_in(frame, name))
    }

    /// The name of the prompt itself when `prompt` is a parameter that stands for it.
    fn prompt_name(&self, prompt: &PromptName) -> String {
        self.bound(prompt).prompt.to_string()
    }

    fn bound(&self, prompt: &PromptName) -> BoundPrompt {
        let own = || BoundPrompt { frame: self.state.frames.len().saturating_sub(1), prompt: prompt.clone() };
        self.state.frame().prompts.get(prompt).cloned().unwrap_or_else(own)
    }

    /// The wording in the call's language, or in the flow's own first one.
    fn wording(&self, prompt: &PromptName) -> Option<(BoundPrompt, &'a Language, &'a Wording)> {
        let bound = self.bound(prompt);
        let flow = self.flow_of(self.state.frames.get(bound.frame)?)?;
        let wording = &flow.prompts.get(&bound.prompt)?.wording;
        let (language, wording) =
            wording.get_key_value(&self.state.language).or_else(|| wording.get_key_value(flow.default_language()))?;
        Some((bound, language, wording))
    }

    /// A prompt as the current frame names it, to be handed to a subflow.
    pub fn bind_prompt(&self, prompt: &PromptName) -> BoundPrompt {
        self.bound(prompt)
    }
}

fn variables(wording: &Wording) -> impl Iterator<Item = &VarName> {
    wording.parts.iter().filter_map(|part| part.template()).flat_map(|template| template.variables())
}
