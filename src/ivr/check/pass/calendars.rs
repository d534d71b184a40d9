//! E170, the part that needs today's date: holidays that are over. (Faults of the calendar itself are told by the
//! reader.)

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, say};

pub fn check(cx: &mut Context<'_>) {
    let Some(today) = cx.env.today else { return };
    for (name, calendar) in &cx.flow.calendars {
        let Some(last) = calendar.exceptions.iter().max_by_key(|exception| exception.last) else { continue };
        if last.last < today {
            let day = last.last;
            let message = say!(
                "the last holiday of calendar `{name}` was on {day}",
                "日历 `{name}` 的最后一个节假日是 {day}，已经过去"
            );
            let help = say!("add the coming holidays and make-up working days", "请补充接下来的节假日和调休");
            cx.findings.add(Diagnostic::new(Code::E170, last.span, message).warning().help(help));
        }
    }
}
