//! Trunks as they were set up, for the endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::call::switch::DailyBudget;
use crate::config::setup::{self, Switchable};
use crate::sip::endpoint::{Trunk, TrunkLogin};

/// `rows` in the order in which outgoing calls try them. What cannot be used is told in `problems`.
pub(super) fn trunks(
    rows: Vec<setup::Trunk>,
    passwords: &BTreeMap<String, String>,
    problems: &mut Vec<String>,
) -> Vec<Trunk> {
    let outgoing: Vec<String> = rows.iter().filter(|row| row.uri.is_some()).map(|row| row.name.clone()).collect();
    let fallback = |row: &setup::Trunk| match row.fallback.as_deref() {
        Some("none") => None,
        Some(name) => Some(name.to_owned()),
        None => outgoing.iter().skip_while(|name| **name != row.name).nth(1).cloned(),
    };
    rows.iter().map(|row| Trunk { fallback: fallback(row), ..trunk(row, passwords, problems) }).collect()
}

/// What trunks may carry out in a day.
pub(super) fn budgets(rows: &[setup::Trunk]) -> BTreeMap<String, DailyBudget> {
    let limited = rows.iter().filter_map(|row| Some((row.name.clone(), row.daily.as_ref()?)));
    let budget = |daily: &setup::Daily| DailyBudget {
        calls: daily.calls,
        minutes: daily.minutes,
        // The set-up was checked; a zone that this version does not know any more begins its days by UTC.
        timezone: daily.timezone.parse().unwrap_or(chrono_tz::Tz::UTC),
    };
    limited.map(|(name, daily)| (name, budget(daily))).collect()
}

fn trunk(row: &setup::Trunk, passwords: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Trunk {
    let mut networks = Vec::new();
    for source in &row.sources {
        match source.parse() {
            Ok(network) => networks.push(network),
            Err(error) => problems.push(format!("trunk {}: {error}", row.name)),
        }
    }
    let password = passwords.get(&row.name);
    if row.login.is_some() && password.is_none() {
        problems.push(format!("trunk {}: its login has no password; apply a set-up that gives one", row.name));
    }
    let login = row.login.as_ref().zip(password).map(|(login, password)| TrunkLogin {
        user: login.user.clone(),
        password: password.clone(),
        realm: login.realm.clone(),
        register_expires_s: login.register.then_some(login.expires_s),
    });
    Trunk {
        name: row.name.clone(),
        networks,
        uri: row.uri.clone(),
        outbound_proxy: row.outbound_proxy.clone(),
        login,
        max_calls: row.max_calls,
        max_calls_per_second: row.max_calls_per_second,
        options_interval: match row.options_s {
            Switchable::Off => None,
            Switchable::Seconds(seconds) => Some(Duration::from_secs(seconds.into())),
        },
        allowed: row.allow.clone(),
        translations: row.translate.iter().map(|rule| (rule.strip.clone(), rule.prefix.clone())).collect(),
        fallback: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_on_to_the_next_trunk_in_order_unless_the_set_up_says_otherwise() {
        let named = |name: &str, uri: bool, fallback: Option<&str>| setup::Trunk {
            fallback: fallback.map(str::to_owned),
            ..setup::Trunk::named(name, Vec::new(), uri.then(|| "sip:198.51.100.1".to_owned()))
        };
        let rows = vec![
            named("a", true, None),
            named("in", false, None),
            named("b", true, None),
            named("c", true, Some("a")),
            named("d", true, Some("none")),
            named("e", true, None),
        ];
        let mut problems = Vec::new();
        let trunks = trunks(rows, &BTreeMap::new(), &mut problems);
        let fallbacks: Vec<_> = trunks.iter().map(|trunk| trunk.fallback.as_deref()).collect();
        assert_eq!(fallbacks, [Some("b"), None, Some("c"), Some("a"), None, None]);
        assert_eq!(problems, Vec::<String>::new());
        assert!(trunks.iter().all(|trunk| trunk.options_interval == Some(Duration::from_secs(30))));
    }
}
