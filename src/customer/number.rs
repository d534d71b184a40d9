//! One form for each number.

use serde::{Deserialize, Serialize};

use super::spelling::{Spelling, is_withheld, read};
use super::{china, country};

/// ITU-T E.164 6.2.1.
const MAX_E164_DIGITS: usize = 15;
/// Shorter ones are not numbers of a subscriber abroad.
const MIN_E164_DIGITS: usize = 7;
/// Numbers up to this length that fit nothing else are internal or service numbers.
const MAX_SHORT_DIGITS: usize = 6;

/// How numbers are written where the switch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPlan {
    country: String,
    international_prefix: String,
    national_prefix: String,
    area: Option<String>,
}

impl Default for NumberPlan {
    /// China, without an area.
    fn default() -> Self {
        NumberPlan {
            country: china::COUNTRY_CODE.to_owned(),
            international_prefix: "00".to_owned(),
            national_prefix: "0".to_owned(),
            area: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("country code {0:?} is not 1 to 3 digits without a leading 0, such as 86")]
    Country(String),
    #[error("prefix {0:?} is not digits")]
    Prefix(String),
    #[error("area code {0:?} is not 1 to 5 digits without a leading 0, such as 21")]
    Area(String),
}

impl NumberPlan {
    /// `country` such as `86`; `international_prefix` such as `00`; `national_prefix` such as `0`, empty where none is
    /// dialled; `area` (such as `21`) completes numbers that were written without one.
    pub fn new(
        country: &str,
        international_prefix: &str,
        national_prefix: &str,
        area: Option<&str>,
    ) -> Result<Self, PlanError> {
        let is_code =
            |text: &str, max: usize| (1..=max).contains(&text.len()) && is_digits(text) && !text.starts_with('0');
        if !is_code(country, 3) {
            return Err(PlanError::Country(country.to_owned()));
        }
        if let Some(prefix) = [international_prefix, national_prefix].into_iter().find(|prefix| !is_digits(prefix)) {
            return Err(PlanError::Prefix(prefix.to_owned()));
        }
        if let Some(area) = area.filter(|area| !is_code(area, 5)) {
            return Err(PlanError::Area(area.to_owned()));
        }
        Ok(NumberPlan {
            country: country.to_owned(),
            international_prefix: international_prefix.to_owned(),
            national_prefix: national_prefix.to_owned(),
            area: area.map(str::to_owned),
        })
    }

    fn is_china(&self) -> bool {
        self.country == china::COUNTRY_CODE
    }
}

/// Who called, as far as the network says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Number {
    /// Hidden by the caller or the network: belongs to nobody.
    Withheld,
    /// A number of the public network.
    Phone {
        /// `+` and at most 15 digits.
        e164: String,
        /// The national significant number: E.164 without the country code.
        national: String,
        kind: Kind,
        extension: Option<String>,
    },
    /// A subscriber's number without an area, when the plan names none.
    Local { digits: String, extension: Option<String> },
    /// An internal or service number: 801, 1001, 10086, 95588.
    Short { digits: String },
    /// Not a telephone number: a SIP user name, or something odd. In lower case.
    Name { text: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Mobile,
    Landline,
    /// 400 and 800 numbers.
    Service,
    /// Abroad, or in a country whose plan is not known here.
    Other,
}

impl Number {
    /// Reads a caller as signalled or typed. `None` is withheld.
    pub fn parse(raw: Option<&str>, plan: &NumberPlan) -> Number {
        let Some(raw) = raw else { return Number::Withheld };
        let spelling = read(raw);
        if is_withheld(&spelling) {
            return Number::Withheld;
        }
        let whole = || {
            let number = classify(spelling.plus, spelling.digits.as_ref()?, plan)?;
            Some(number.with_extension(spelling.extension.clone()))
        };
        dashed(&spelling, plan).or_else(whole).unwrap_or(Number::Name { text: spelling.text.to_lowercase() })
    }

    /// What customers are found by: the same for every way of writing the number, without the extension.
    pub fn key(&self) -> Option<&str> {
        match self {
            Number::Withheld => None,
            Number::Phone { e164, .. } => Some(e164),
            Number::Local { digits, .. } | Number::Short { digits } => Some(digits),
            Number::Name { text } => Some(text),
        }
    }

    /// A key under which the same subscriber may have been noted without the area: worth asking the agent.
    pub fn maybe_key(&self) -> Option<&str> {
        match self {
            Number::Phone { national, kind: Kind::Landline, .. } => {
                let local = &national[china::area_len(national)?..];
                china::is_local(local).then_some(local)
            }
            Number::Phone { kind: Kind::Mobile | Kind::Service | Kind::Other, .. }
            | Number::Withheld
            | Number::Local { .. }
            | Number::Short { .. }
            | Number::Name { .. } => None,
        }
    }

    pub fn e164(&self) -> Option<&str> {
        match self {
            Number::Phone { e164, .. } => Some(e164),
            Number::Withheld | Number::Local { .. } | Number::Short { .. } | Number::Name { .. } => None,
        }
    }

    pub fn extension(&self) -> Option<&str> {
        match self {
            Number::Phone { extension, .. } | Number::Local { extension, .. } => extension.as_deref(),
            Number::Withheld | Number::Short { .. } | Number::Name { .. } => None,
        }
    }

    fn with_extension(mut self, new: Option<String>) -> Number {
        match &mut self {
            Number::Phone { extension, .. } | Number::Local { extension, .. } => *extension = new,
            Number::Withheld | Number::Short { .. } | Number::Name { .. } => {}
        }
        self
    }
}

/// A last group after a dash is an extension when all before it is a whole Chinese number: `021-12345678-801`,
/// `12345678-801`. Elsewhere dashes only group digits.
fn dashed(spelling: &Spelling, plan: &NumberPlan) -> Option<Number> {
    let dashed = spelling.dashed.as_ref()?;
    let number = classify(spelling.plus, &dashed.number, plan)?;
    let is_whole = match number {
        Number::Phone { kind: Kind::Mobile | Kind::Landline | Kind::Service, .. } => {
            // Completed with the plan's area, it was written as a local number is.
            !china::is_local(&dashed.number) || dashed.one_group
        }
        Number::Local { .. } => dashed.one_group,
        Number::Phone { kind: Kind::Other, .. } | Number::Withheld | Number::Short { .. } | Number::Name { .. } => {
            false
        }
    };
    is_whole.then(|| number.with_extension(Some(dashed.last.clone())))
}

fn classify(plus: bool, digits: &str, plan: &NumberPlan) -> Option<Number> {
    if plus {
        return international(digits, plan);
    }
    let abroad = digits.strip_prefix(&plan.international_prefix).filter(|_| !plan.international_prefix.is_empty());
    if let Some(number) = abroad.and_then(|rest| international(rest, plan)) {
        return Some(number);
    }
    if plan.is_china() { in_china(digits, plan) } else { elsewhere(digits, plan) }
}

fn international(digits: &str, plan: &NumberPlan) -> Option<Number> {
    if digits.starts_with('0') {
        return None;
    }
    if let Some(rest) = digits.strip_prefix(china::COUNTRY_CODE) {
        // Written as +86 021…: the 0 does not belong there.
        let (national, kind) = china::significant(rest.strip_prefix('0').unwrap_or(rest))?;
        return phone(china::COUNTRY_CODE, national, kind);
    }
    let rest = digits.strip_prefix(&plan.country);
    let (country, national) =
        rest.map_or_else(|| digits.split_at(country::code_len(digits)), |rest| (&plan.country, rest));
    phone(country, national, Kind::Other)
}

fn in_china(digits: &str, plan: &NumberPlan) -> Option<Number> {
    if let Some((national, kind)) = china::national(digits) {
        return phone(china::COUNTRY_CODE, national, kind);
    }
    // 8613800138000: the country code without its plus. No national number is that long.
    let with_code = digits.strip_prefix(china::COUNTRY_CODE).filter(|_| digits.len() >= 12);
    if let Some((national, kind)) = with_code.and_then(|rest| china::national(rest)) {
        return phone(china::COUNTRY_CODE, national, kind);
    }
    if china::is_code(digits) || digits.len() <= MAX_SHORT_DIGITS {
        return Some(Number::Short { digits: digits.to_owned() });
    }
    china::is_local(digits).then(|| match &plan.area {
        Some(area) => phone(china::COUNTRY_CODE, &format!("{area}{digits}"), Kind::Landline),
        None => Some(Number::Local { digits: digits.to_owned(), extension: None }),
    })?
}

/// Any other country: only its prefixes are known.
fn elsewhere(digits: &str, plan: &NumberPlan) -> Option<Number> {
    let national = digits.strip_prefix(&plan.national_prefix).filter(|_| !plan.national_prefix.is_empty());
    match national {
        Some(national) if national.len() >= MIN_E164_DIGITS - 1 => phone(&plan.country, national, Kind::Other),
        _ if digits.len() <= MAX_SHORT_DIGITS => Some(Number::Short { digits: digits.to_owned() }),
        // Written without its national prefix, as trunks often deliver it.
        _ if digits.len() >= 9 => phone(&plan.country, digits, Kind::Other),
        _ => match &plan.area {
            Some(area) => phone(&plan.country, &format!("{area}{digits}"), Kind::Other),
            None => Some(Number::Local { digits: digits.to_owned(), extension: None }),
        },
    }
}

fn phone(country: &str, national: &str, kind: Kind) -> Option<Number> {
    let len = country.len() + national.len();
    (MIN_E164_DIGITS..=MAX_E164_DIGITS).contains(&len).then(|| Number::Phone {
        e164: format!("+{country}{national}"),
        national: national.to_owned(),
        kind,
        extension: None,
    })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
