//! What a map of the file may hold.

/// The fields of one kind of map.
#[derive(Debug)]
pub struct Table {
    /// With its article, as in `a branch node`.
    pub en: &'static str,
    pub zh: &'static str,
    pub fields: &'static [Field],
    /// Fields that other maps have too.
    pub shared: &'static [&'static [Field]],
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// What it does, for the schema and the reference.
    pub about: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A text, never empty.
    Text,
    /// A text that may be empty and may read `${variables}`.
    Template,
    Int {
        min: u32,
        max: u32,
    },
    Bool,
    /// The name of something.
    Name(NameOf),
    /// A prompt's name, or a list of them.
    Prompts,
    /// A skill group, or one for each language.
    Groups,
    /// One key of the phone, in quotes.
    Key,
    /// A list of keys and words.
    Keywords,
    /// A comparison such as `${order_ok} == true`.
    Condition,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Names and a text for each.
    Values,
    /// A list of names.
    Names(NameOf),
    /// Header names and a text, or such a map, for each.
    Headers(&'static Table),
    Map(&'static Table),
    List(&'static Table),
    /// Free names, each with such a map.
    MapOf(&'static Table),
    /// Read by a function of its own; the schema has a definition of this name.
    Own(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    Node,
    Prompt,
    Audio,
    Group,
    Calendar,
    Flow,
    Trunk,
    Variable,
    Language,
    Text,
}

/// A field that must be there.
pub const fn req(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: true, about }
}

/// A field that may be left out.
pub const fn opt(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, required: false, about }
}

impl Table {
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == name)
    }

    pub fn all(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().chain(self.shared.iter().copied().flatten())
    }
}
