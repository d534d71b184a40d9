//! The pages of the codes: title, reason, a wrong and a right example. Text only.

mod reading;
mod sense;

use crate::ivr::check::Code;

/// Title and reason, each in English and Chinese, then the wrong and the right YAML.
pub type Entry = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

pub fn of(code: Code) -> Entry {
    match code {
        Code::E001 => reading::E001,
        Code::E002 => reading::E002,
        Code::E003 => reading::E003,
        Code::E004 => reading::E004,
        Code::E100 => reading::E100,
        Code::E101 => reading::E101,
        Code::E102 => reading::E102,
        Code::E103 => reading::E103,
        Code::E103b => reading::E103B,
        Code::E104 => reading::E104,
        Code::E105 => reading::E105,
        Code::E106 => reading::E106,
        Code::E107 => reading::E107,
        Code::E108 => reading::E108,
        Code::E109 => reading::E109,
        Code::E110 => reading::E110,
        Code::E111 => reading::E111,
        Code::E112 => reading::E112,
        Code::E113 => reading::E113,
        Code::E114 => reading::E114,
        Code::E115 => reading::E115,
        Code::E116 => reading::E116,
        Code::E117 => reading::E117,
        Code::E118 => reading::E118,
        Code::E120 => sense::E120,
        Code::E121 => sense::E121,
        Code::E122 => sense::E122,
        Code::E130 => sense::E130,
        Code::E131 => sense::E131,
        Code::E132 => sense::E132,
        Code::E140 => sense::E140,
        Code::E141 => sense::E141,
        Code::E142 => sense::E142,
        Code::E143 => sense::E143,
        Code::E150 => sense::E150,
        Code::E160 => sense::E160,
        Code::E170 => sense::E170,
        Code::E180 => sense::E180,
        Code::W200 => sense::W200,
        Code::W201 => sense::W201,
        Code::W202 => sense::W202,
        Code::W203 => sense::W203,
        Code::W204 => sense::W204,
        Code::W210 => sense::W210,
        Code::W211 => sense::W211,
        Code::W212 => sense::W212,
    }
}
