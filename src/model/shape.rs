//! What fields there are: one description that the front end reads by and the editors' schema is made from, so that
//! the two cannot disagree.

/// The fields of one kind of mapping.
#[derive(Debug)]
pub struct Shape {
    /// What it describes, with its article: `a door`.
    pub what: &'static str,
    /// Its fields, in the order that people write them.
    pub fields: &'static [Field],
}

/// One field of a mapping.
#[derive(Debug)]
pub struct Field {
    /// As it is written.
    pub name: &'static str,
    /// What may stand there.
    pub value: Value,
    /// Whether it must be there.
    pub required: bool,
    /// What it is for, shown by editors.
    pub doc: &'static str,
}

/// What may stand as a value.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Any text.
    Text,
    /// `true` or `false`.
    Truth,
    /// A whole number in a range, both ends included.
    Whole(i64, i64),
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A text of a certain form: a regular expression, and what it is called.
    Form(&'static str, &'static str),
    /// A mapping with known fields; nothing at all stands for a mapping without fields.
    Fields(&'static Shape),
    /// A mapping from ids (or another form of key) to values.
    Table(&'static Value, &'static Value),
    /// One value, or a list of them.
    OneOrMany(&'static Value),
    /// A list.
    List(&'static Value),
    /// Any of these.
    Either(&'static [Value]),
}

/// A reference to something by its id.
pub const REFERENCE: Value = Value::Text;
/// One or several references.
pub const REFERENCES: Value = Value::OneOrMany(&REFERENCE);
/// The forms of ids: letters and digits, then also `-`, `_`, `.`, `@` and `+`.
pub const ID_FORM: &str = r"^[\p{L}\p{N}][\p{L}\p{N}\-_.@+]*$";
/// An id.
pub const ID: Value = Value::Form(ID_FORM, "an id: letters, digits, `-`, `_`, `.`");
/// A date.
pub const DATE: Value = Value::Form(r"^\d{4}-\d{2}-\d{2}$", "a date, as 2026-12-31");
/// A date or a date-time in the property's time zone.
pub const MOMENT: Value = Value::Form(
    r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2})?$",
    "a date, as 2026-12-31, or a date-time, as 2026-12-31T18:00",
);
/// A path.
pub const PATH: Value = Value::Text;

/// A set of fields that code can match on.
pub trait Fields: Copy + 'static {
    /// The description that it was made from.
    const SHAPE: &'static Shape;
    /// The field of a name.
    fn find(name: &str) -> Option<Self>;
    /// Its index in [`Shape::fields`].
    fn index(self) -> usize;
}

/// Declares a [`Shape`] and the enum that names its fields.
macro_rules! shape {
    ($constant:ident $fields:ident $what:literal {
        $($variant:ident $name:literal $(@$required:ident)? $value:expr, $doc:literal;)*
    }) => {
        #[doc = concat!("The fields of ", $what, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $fields { $(#[doc = $doc] $variant),* }

        #[doc = concat!("The fields of ", $what, ".")]
        pub static $constant: $crate::model::shape::Shape = $crate::model::shape::Shape {
            what: $what,
            fields: &[$($crate::model::shape::Field {
                name: $name,
                value: $value,
                required: $crate::model::shape::shape!(%required $($required)?),
                doc: $doc,
            }),*],
        };

        impl $crate::model::shape::Fields for $fields {
            const SHAPE: &'static $crate::model::shape::Shape = &$constant;
            #[inline]
            fn find(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
            #[inline]
            fn index(self) -> usize { self as usize }
        }
    };
    (%required) => { false };
    (%required required) => { true };
}
pub(crate) use shape;
