//! What exists around the flows: the store's rows, what a set-up is about to add, and every sound.

use std::collections::BTreeMap;

use super::Publisher;
use crate::config::setup::Setup;
use crate::ivr::check::{AudioInfo, Environment, FlowInfo, GroupInfo, Hosts, Known};
use crate::ivr::flow::{AudioId, FlowId, GroupId};
use crate::ivr::speak;
use crate::library::flow_file;
use crate::store::StoreError;

impl Publisher {
    /// What flows are checked against. Whether texts can be spoken is asked of the engine when they are published.
    pub(super) async fn surroundings(&self, setup: Option<&Setup>) -> Result<Environment, StoreError> {
        let mut http_allow = self.store.http_allow().await?;
        http_allow.extend(setup.into_iter().flat_map(|setup| setup.http_allow.iter().cloned()));
        Ok(Environment {
            skill_groups: Known::Only(self.groups(setup).await?),
            audio: Known::Only(self.known_audio().await?),
            trunks: Known::Anything,
            flows: Known::Only(self.published().await?),
            http_allow: Hosts::Only(http_allow),
            ..Environment::from_requires()
        })
    }

    async fn groups(&self, setup: Option<&Setup>) -> Result<BTreeMap<GroupId, GroupInfo>, StoreError> {
        let agents = self.store.agents().await?;
        let listed = || setup.into_iter().flat_map(|setup| &setup.agents);
        let members = |id: &str| {
            let stays = |no: &str| !listed().any(|agent| agent.no == no);
            let stored = agents.iter().filter(|agent| stays(&agent.no) && agent.groups.iter().any(|group| group == id));
            stored.count() + listed().filter(|agent| agent.groups.iter().any(|group| group == id)).count()
        };
        let stored = self.store.groups().await?.into_iter().map(|group| group.id);
        let added = setup.into_iter().flat_map(|setup| setup.skill_groups.iter().map(|group| group.id.clone()));
        let known = stored.chain(added).map(|id| {
            let info = GroupInfo { members: Some(members(&id)) };
            (GroupId::from(id.as_str()), info)
        });
        Ok(known.collect())
    }

    /// What came with the installation, the tones that the switch makes, and the library.
    async fn known_audio(&self) -> Result<BTreeMap<AudioId, AudioInfo>, StoreError> {
        let files = self.installed().into_iter().map(|file| file.id);
        let made = speak::tones().into_iter().map(|tone| tone.id.to_owned());
        let approved = AudioInfo { approved: true, duration_ms: None, flaws: Vec::new() };
        let installed = files.chain(made).map(|id| (AudioId::from(id.as_str()), approved.clone()));
        let rows = self.store.audio().await?;
        let library = rows.iter().map(|row| (AudioId::from(row.id.as_str()), self.shelf.info(row)));
        Ok(library.chain(installed).collect())
    }

    async fn published(&self) -> Result<BTreeMap<FlowId, FlowInfo>, StoreError> {
        let mut flows = BTreeMap::new();
        for version in self.store.published_flows().await? {
            if let Ok(flow) = flow_file::parse(&version.flow, &version.content) {
                flows.insert(FlowId::from(version.flow.as_str()), FlowInfo::of(&flow, ""));
            }
        }
        Ok(flows)
    }
}
