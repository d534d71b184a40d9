//! The flows of one call: the published version that its number is bound to, and the pinned versions of its subflows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ivr::flow::{Calendar, CalendarName, Flow, FlowId, NodeKind};

/// A main flow and every subflow that it may run. Cheap to clone: sessions share the flows.
#[derive(Clone, Debug)]
pub struct Flows {
    main: Arc<Flow>,
    subflows: Arc<BTreeMap<FlowId, Arc<Flow>>>,
    /// Calendars of the set-up, which every flow may name beside its own.
    calendars: Arc<BTreeMap<CalendarName, Calendar>>,
}

impl Flows {
    pub fn new(main: Arc<Flow>, subflows: impl IntoIterator<Item = Arc<Flow>>) -> Self {
        let subflows = subflows.into_iter().map(|flow| (flow.id.value.clone(), flow)).collect();
        Flows { main, subflows: Arc::new(subflows), calendars: Arc::default() }
    }

    /// With the calendars of the set-up.
    #[must_use]
    pub fn with_calendars(self, calendars: Arc<BTreeMap<CalendarName, Calendar>>) -> Self {
        Flows { calendars, ..self }
    }

    /// A calendar of `flow`, or of the set-up.
    pub fn calendar<'f>(&'f self, flow: &'f Flow, name: &CalendarName) -> Option<&'f Calendar> {
        flow.calendars.get(name).or_else(|| self.calendars.get(name))
    }

    pub fn main(&self) -> &Flow {
        &self.main
    }

    /// The main flow or a subflow.
    pub fn get(&self, id: &FlowId) -> Option<&Flow> {
        if self.main.id.value == *id { Some(&self.main) } else { self.subflows.get(id).map(Arc::as_ref) }
    }

    /// The main flow, then the subflows by id.
    pub fn all(&self) -> impl Iterator<Item = &Flow> {
        let others = self.subflows.values().filter(|flow| flow.id.value != self.main.id.value);
        std::iter::once(self.main.as_ref()).chain(others.map(Arc::as_ref))
    }

    /// The flows that `main` reaches through its subflows, out of `library`; a missing one is passed over.
    pub fn linked(main: Arc<Flow>, library: &BTreeMap<FlowId, Arc<Flow>>) -> Self {
        let mut found: BTreeMap<FlowId, Arc<Flow>> = BTreeMap::new();
        let mut open = vec![Arc::clone(&main)];
        while let Some(flow) = open.pop() {
            for id in called(&flow) {
                if let (Some(next), false) = (library.get(id), found.contains_key(id)) {
                    found.insert(id.clone(), Arc::clone(next));
                    open.push(Arc::clone(next));
                }
            }
        }
        Flows { main, subflows: Arc::new(found), calendars: Arc::default() }
    }
}

/// The subflows that a flow names.
fn called(flow: &Flow) -> impl Iterator<Item = &FlowId> {
    flow.nodes.values().filter_map(|node| match &node.kind {
        NodeKind::Subflow(subflow) => Some(&subflow.flow.value),
        _ => None,
    })
}
