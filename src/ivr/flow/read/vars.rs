//! Reads `vars:` and `params:`.

use std::collections::BTreeMap;

use super::{Fields, Reader, Shape, Table, opt, req};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{At, ParamName, ParamType, Span, SystemVar, Value, VarDecl, VarName, VarType, template};
use crate::ivr::yaml::{Entry, Key, Tree};

const TYPES: [VarType; 4] = [VarType::String, VarType::Digits, VarType::Int, VarType::Bool];

pub static VAR: Table = Table {
    en: "a variable",
    zh: "变量",
    fields: &[
        req("type", Shape::Word(&["string", "digits", "int", "bool"]), "Its type."),
        opt("default", Shape::Own("value"), "Its value when the flow starts."),
        opt("secret", Shape::Bool, "Its value stays out of records and logs, and so do the keys that fill it."),
        opt("note", Shape::Text, "For people."),
    ],
    shared: &[],
};

pub static PARAM: Table = Table {
    en: "a parameter",
    zh: "参数",
    fields: &[
        req("type", Shape::Word(&["prompt", "string", "digits", "int", "bool"]), "prompt, or a variable's type."),
        opt("note", Shape::Text, "For people."),
    ],
    shared: &[],
};

pub fn read_vars(tree: &Tree, reader: &mut Reader<'_>) -> BTreeMap<VarName, VarDecl> {
    let mut vars = BTreeMap::new();
    for Entry { key, value } in reader.entries(tree, &say!("`vars`", "`vars` ")) {
        refuse_bad_name(key, reader);
        let mut fields = Fields::open(value, &VAR, key.span, reader);
        let var_type = read_type(&mut fields, &TYPES.map(VarType::as_str)).and_then(type_named);
        let var_type = var_type.unwrap_or(VarType::String);
        let default = read_default(&mut fields, var_type);
        let secret = fields.bool("secret").unwrap_or(false);
        vars.insert(VarName::new(&key.text), VarDecl { var_type, default, secret, span: key.span });
    }
    vars
}

pub fn read_params(tree: &Tree, reader: &mut Reader<'_>) -> BTreeMap<ParamName, At<ParamType>> {
    let mut params = BTreeMap::new();
    for Entry { key, value } in reader.entries(tree, &say!("`params`", "`params` ")) {
        refuse_bad_name(key, reader);
        let mut fields = Fields::open(value, &PARAM, key.span, reader);
        let kind = match read_type(&mut fields, &["prompt", "string", "digits", "int", "bool"]) {
            Some("prompt") => ParamType::Prompt,
            Some(name) => ParamType::Value(type_named(name).unwrap_or(VarType::String)),
            None => ParamType::Value(VarType::String),
        };
        params.insert(ParamName::new(&key.text), At::new(kind, key.span));
    }
    params
}

fn type_named(name: &str) -> Option<VarType> {
    TYPES.into_iter().find(|var_type| var_type.as_str() == name)
}

fn read_type(fields: &mut Fields<'_, '_, '_>, names: &[&'static str]) -> Option<&'static str> {
    let text = fields.text("type")?;
    let known = names.iter().find(|name| **name == text.value).copied();
    if known.is_none() {
        let (name, all) = (&text.value, names.join(", "));
        let message = say!("there is no type `{name}`", "没有类型 `{name}`");
        let finding = Diagnostic::new(Code::E117, text.span, message);
        fields.reader.findings.add(finding.help(say!("the types are {all}", "类型有 {all}")));
    }
    known
}

fn read_default(fields: &mut Fields<'_, '_, '_>, var_type: VarType) -> Option<Value> {
    let text = fields.reader.text(fields.tree("default")?, &say!("`default`", "`default` "))?;
    let value = var_type.parse(&text.value);
    if value.is_none() {
        let (shown, name) = (&text.value, var_type.as_str());
        fields.reader.error(
            Code::E143,
            text.span,
            say!("`{shown}` is not of type {name}", "`{shown}` 不是 {name} 类型"),
        );
    }
    value
}

fn refuse_bad_name(key: &Key, reader: &mut Reader<'_>) {
    let name = &key.text;
    if SystemVar::named(name).is_some() {
        reader.error(Code::E117, key.span, say!("`{name}` is a variable of the system", "`{name}` 是系统变量"));
    } else if !template::is_name(name) {
        refuse_name(name, key.span, reader);
    }
}

/// For names that `${…}` must be able to say.
fn refuse_name(name: &str, span: Span, reader: &mut Reader<'_>) {
    let message = say!("`{name}` cannot be a variable's name", "`{name}` 不能作变量名");
    let help = say!("use letters, digits and _, and no digit first", "用字母、数字和 _，且不以数字开头");
    reader.error_help(Code::E117, span, message, help);
}
