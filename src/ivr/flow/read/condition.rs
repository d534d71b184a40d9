//! Reads `${order_ok} == true`.

use super::Reader;
use crate::ivr::check::{Code, say};
use crate::ivr::flow::{Comparison, Condition, Operand, Span, Value, VarName, template};

/// The condition in `text`; a text that is none is a finding. (A `when` that is missing has been told already.)
pub fn read_condition(text: &str, span: Span, reader: &mut Reader<'_>) -> Condition {
    parse(text, span).unwrap_or_else(|| {
        if !text.is_empty() {
            let message = say!("this is not a condition", "这不是条件");
            let help = say!(
                "write `${{variable}} == value`, with one of == != < <= > >= in",
                "请写 `${{变量}} == 值`，比较符为 == != < <= > >= in 之一"
            );
            reader.error_help(Code::E143, span, message, help);
        }
        Condition::unread(text, span)
    })
}

fn parse(text: &str, span: Span) -> Option<Condition> {
    let (left, rest) = operand(text.trim())?;
    let (comparison, rest) = comparison(rest.trim_start())?;
    let rest = rest.trim_start();
    let right = match comparison {
        Comparison::In => list(rest)?,
        Comparison::Equal
        | Comparison::NotEqual
        | Comparison::Less
        | Comparison::LessOrEqual
        | Comparison::Greater
        | Comparison::GreaterOrEqual => vec![only(rest)?],
    };
    let reads = std::iter::once(&left).chain(&right).any(|operand| matches!(operand, Operand::Var(_)));
    reads.then_some(Condition { left, comparison, right, span })
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    const WORDS: [(&str, Comparison); 7] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("in", Comparison::In),
    ];
    let (word, comparison) = WORDS.into_iter().find(|(word, _)| text.starts_with(word))?;
    let rest = &text[word.len()..];
    // `in` is a word: something that is no letter follows.
    let ends = comparison != Comparison::In || rest.starts_with([' ', '[', '\t']);
    ends.then_some((comparison, rest))
}

fn list(text: &str) -> Option<Vec<Operand>> {
    let inner = text.strip_prefix('[')?.trim_end().strip_suffix(']')?;
    let mut rest = inner.trim();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (item, after) = operand(rest)?;
        items.push(item);
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
    (!items.is_empty()).then_some(items)
}

fn only(text: &str) -> Option<Operand> {
    let (operand, rest) = operand(text)?;
    rest.trim().is_empty().then_some(operand)
}

/// A variable, a quoted text, a number, `true`, `false`, or a bare word, and what follows it.
fn operand(text: &str) -> Option<(Operand, &str)> {
    if let Some(rest) = text.strip_prefix("${") {
        let end = rest.find('}')?;
        let name = &rest[..end];
        return template::is_name(name).then(|| (Operand::Var(VarName::new(name)), &rest[end + 1..]));
    }
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let rest = &text[1..];
        let end = rest.find(quote)?;
        return Some((Operand::Literal(Value::Text(rest[..end].to_owned())), &rest[end + 1..]));
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '*' | '#')));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (!word.is_empty()).then(|| (Operand::Literal(literal(word)), rest))
}

/// `007` is keys and no number: the zeros would be lost.
fn literal(word: &str) -> Value {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let padded = digits.len() > 1 && digits.starts_with('0');
    match (word, word.parse()) {
        ("true", _) => Value::Bool(true),
        ("false", _) => Value::Bool(false),
        (_, Ok(number)) if !padded => Value::Int(number),
        _ => Value::Text(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Option<bool> {
        let condition = parse(text, Span::default())?;
        Some(condition.holds(|name| match name.as_str() {
            "n" => Some(Value::Int(7)),
            "ok" => Some(Value::Bool(true)),
            "tier" => Some(Value::Text("gold".into())),
            "code" => Some(Value::Text("007".into())),
            _ => None,
        }))
    }

    #[test]
    fn a_condition_compares_a_variable_with_a_value() {
        let cases = [
            ("${ok} == true", true),
            ("${ok}!=true", false),
            ("${n} < 8", true),
            ("${n} >= 8", false),
            ("${n} in [1, 7]", true),
            ("${n} in [1,2]", false),
            ("${tier} in [silver, \"gold\"]", true),
            ("${tier} == 'gold'", true),
            ("${code} == 007", true),
            ("${code} == 7", false),
            ("8 > ${n}", true),
            ("${unset} == 1", false),
            ("${unset} != 1", false),
        ];
        for (text, expected) in cases {
            assert_eq!(holds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let texts = [
            "",
            "${n}",
            "${n} =",
            "${n} = 1",
            "${n} == ",
            "${n} == 1 2",
            "1 == 1",
            "${n} in",
            "${n} in []",
            "${n} in [1",
            "${n} in 1",
            "${n} inx [1]",
            "n == 1",
            "${} == 1",
            "${n == 1",
            "${n} == \"x",
            "${n} && 1",
            "${n} in [1,,2]",
        ];
        for text in texts {
            assert_eq!(holds(text), None, "{text}");
        }
    }
}
