//! What is wrong with a set-up's trunks.

use std::collections::BTreeSet;

use super::{Checker, check_network, is_id};
use crate::config::setup::{Daily, Trunk, TrunkLogin};
use crate::sip::Uri;

/// A number, or its beginning, as it is dialled.
const MAX_DIGITS: usize = 32;
/// Rules and prefixes of one trunk.
const MAX_RULES: usize = 1000;
/// RFC 3261 10.2.1.1 sets no limits; shorter is a flood, longer is found out too late.
const EXPIRES_S: std::ops::RangeInclusive<u32> = 60..=86_400;

impl Checker<'_> {
    pub(super) fn trunks(&mut self) {
        let setup = self.setup;
        let mut names = BTreeSet::new();
        for (n, trunk) in setup.trunks.iter().enumerate() {
            let place = format!("trunks[{n}]");
            if !names.insert(trunk.name.as_str()) {
                self.find(format!("{place}.name"), format!("{:?} is given twice", trunk.name));
            }
            self.trunk(&place, trunk);
            self.trunk_numbers(&place, trunk);
            self.trunk_order(&place, trunk);
            if let Some(daily) = &trunk.daily {
                self.trunk_daily(&format!("{place}.daily"), daily);
            }
            if let Some(login) = &trunk.login {
                self.trunk_login(&format!("{place}.login"), trunk, login);
            }
        }
    }

    fn trunk(&mut self, place: &str, trunk: &Trunk) {
        if !is_id(&trunk.name) || trunk.name == "none" {
            self.find(format!("{place}.name"), "a name is 1 to 64 letters, digits, `-`, `_` and `.`, and not `none`");
        }
        let registers = trunk.login.as_ref().is_some_and(|login| login.register);
        if trunk.sources.is_empty() && !registers {
            let problem = "no network: nobody could call in; name at least one, as 203.0.113.0/24";
            self.find(format!("{place}.sources"), problem);
        }
        for (n, source) in trunk.sources.iter().enumerate() {
            if let Err(problem) = check_network(source) {
                self.find(format!("{place}.sources[{n}]"), problem);
            }
        }
        for (field, uri) in [("uri", &trunk.uri), ("outbound_proxy", &trunk.outbound_proxy)] {
            let readable = |uri: &String| uri.parse::<Uri>().is_ok_and(|uri| uri.is_sip() && uri.host().is_some());
            if let Some(uri) = uri.as_ref().filter(|uri| !readable(uri)) {
                let problem = format!("{uri:?} is no SIP address: write sip:host:port;transport=udp");
                self.find(format!("{place}.{field}"), problem);
            }
        }
    }

    fn trunk_numbers(&mut self, place: &str, trunk: &Trunk) {
        let strips = trunk.translate.iter().map(|rule| ("translate", &rule.strip));
        let prefixes = trunk.translate.iter().map(|rule| ("translate", &rule.prefix));
        for (field, digits) in strips.chain(prefixes).chain(trunk.allow.iter().map(|digits| ("allow", digits))) {
            let digit = |c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
            if digits.len() > MAX_DIGITS || !digits.chars().all(digit) {
                let problem =
                    format!("{digits:?} is no beginning of a number: up to {MAX_DIGITS} digits, `+`, `*`, `#`");
                self.find(format!("{place}.{field}"), problem);
            }
        }
        for (field, count) in [("translate", trunk.translate.len()), ("allow", trunk.allow.len())] {
            if count > MAX_RULES {
                self.find(format!("{place}.{field}"), format!("{count} are too many: at most {MAX_RULES}"));
            }
        }
    }

    fn trunk_order(&mut self, place: &str, trunk: &Trunk) {
        let setup = self.setup;
        if let Some(fallback) = trunk.fallback.as_deref().filter(|name| *name != "none") {
            let known = self.standing.trunks.contains_key(fallback) || setup.trunks.iter().any(|t| t.name == fallback);
            if !known || fallback == trunk.name {
                self.find(format!("{place}.fallback"), format!("no other trunk {fallback:?}: name one, or none"));
            }
        }
        if trunk.max_calls_per_second == Some(0) {
            self.find(format!("{place}.max_calls_per_second"), "0 lets no call through: write 1 or more, or nothing");
        }
    }

    fn trunk_daily(&mut self, place: &str, daily: &Daily) {
        if daily.calls.is_none() && daily.minutes.is_none() {
            self.find(place, "it limits nothing: write calls, minutes or both");
        }
        if daily.timezone.parse::<chrono_tz::Tz>().is_err() {
            let problem = format!("{:?} is no time zone: write an IANA name such as Asia/Shanghai", daily.timezone);
            self.find(format!("{place}.timezone"), problem);
        }
    }

    fn trunk_login(&mut self, place: &str, trunk: &Trunk, login: &TrunkLogin) {
        let plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\' | ' ' | '@' | '<' | '>');
        if login.user.is_empty() || login.user.len() > 64 || !login.user.chars().all(plain) {
            self.find(format!("{place}.user"), "a user has 1 to 64 characters, no blanks, quotes or `@`");
        }
        if login.register && trunk.uri.is_none() {
            self.find(format!("{place}.register"), "there is no uri to register at: write uri: sip:host");
        }
        if !EXPIRES_S.contains(&login.expires_s) {
            self.find(format!("{place}.expires_s"), format!("{} is not 60 to 86400 seconds", login.expires_s));
        }
        if login.password.is_none() && !self.standing.trunk_passwords.contains_key(&trunk.name) {
            self.find(format!("{place}.password"), "there is none: write it, or { env: NAME } or { file: PATH }");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::config::setup::{Secret, Setup, Translation};
    use crate::store::setup::standing::Standing;

    fn login() -> TrunkLogin {
        let password = Some(Secret::Value("secret".to_owned()));
        TrunkLogin { user: "u".to_owned(), password, realm: None, register: true, expires_s: 600 }
    }

    fn place_of(change: impl FnOnce(&mut Trunk)) -> Vec<String> {
        let mut trunk = Trunk::named("carrier", Vec::new(), Some("sip:carrier.example".to_owned()));
        trunk.login = Some(login());
        change(&mut trunk);
        let setup = Setup { trunks: vec![trunk], ..Setup::default() };
        check(&setup, &Standing::default()).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_trunks_faults_are_told_where_they_are() {
        assert_eq!(place_of(|_| ()), Vec::<String>::new(), "it registers: that says whose calls are its");
        assert_eq!(place_of(|trunk| trunk.login = None), ["trunks[0].sources"]);
        assert_eq!(place_of(|trunk| trunk.fallback = Some("nobody".to_owned())), ["trunks[0].fallback"]);
        assert_eq!(place_of(|trunk| trunk.fallback = Some("carrier".to_owned())), ["trunks[0].fallback"]);
        assert_eq!(place_of(|trunk| trunk.fallback = Some("none".to_owned())), Vec::<String>::new());
        assert_eq!(place_of(|trunk| trunk.allow = vec!["0-0".to_owned()]), ["trunks[0].allow"]);
        assert_eq!(place_of(|trunk| trunk.outbound_proxy = Some("tel:5".to_owned())), ["trunks[0].outbound_proxy"]);
        let rule = Translation { strip: "00".to_owned(), prefix: "a".to_owned() };
        assert_eq!(place_of(|trunk| trunk.translate = vec![rule]), ["trunks[0].translate"]);
        assert_eq!(place_of(|trunk| trunk.max_calls_per_second = Some(0)), ["trunks[0].max_calls_per_second"]);
        let nothing = Daily { calls: None, minutes: None, timezone: "Mars".to_owned() };
        assert_eq!(place_of(|trunk| trunk.daily = Some(nothing)), ["trunks[0].daily", "trunks[0].daily.timezone"]);
        let no_password = |trunk: &mut Trunk| trunk.login = Some(TrunkLogin { password: None, ..login() });
        assert_eq!(place_of(no_password), ["trunks[0].login.password"]);
        let hasty = |trunk: &mut Trunk| trunk.login = Some(TrunkLogin { expires_s: 5, ..login() });
        assert_eq!(place_of(hasty), ["trunks[0].login.expires_s"]);
    }
}
