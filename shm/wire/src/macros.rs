//! The macros that define codes, messages and their parts, each together with the table that tests and hashes read.

/// Defines enums of wire codes with `TryFrom`, names and a table of all.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident : $raw:ty { $($(#[doc = $vdoc:literal])* $variant:ident = $value:literal $text:literal),+ $(,)? })+) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr($raw)]
        pub enum $name { $($(#[doc = $vdoc])* $variant = $value),+ }
        impl $name {
            /// Every value, in the order of its code.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The code on the wire.
            #[inline]
            #[must_use]
            pub const fn code(self) -> $raw { self as $raw }
            /// The name that people read and write.
            #[must_use]
            pub const fn text(self) -> &'static str { match self { $($name::$variant => $text),+ } }
            /// The value with this name, if any.
            #[must_use]
            pub fn from_text(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|v| v.text().eq_ignore_ascii_case(text))
            }
        }
        impl TryFrom<$raw> for $name {
            type Error = $crate::codes::UnknownCode;
            #[inline]
            fn try_from(raw: $raw) -> Result<Self, $crate::codes::UnknownCode> {
                match raw { $($value => Ok($name::$variant),)+ _ => Err($crate::codes::UnknownCode { code: stringify!($name), raw: u64::from(raw) }) }
            }
        }
    )+
    /// The same with the names that people write and the meanings, for the generated pages.
    pub const CODE_PAGES: &[$crate::message::CodePage] = &[$($crate::message::CodePage {
        name: stringify!($name), about: concat!($($doc),*), bytes: size_of::<$raw>(),
        values: &[$($crate::message::CodeValue {
            name: stringify!($variant), code: $value, text: $text, about: concat!($($vdoc),*),
        }),+],
    }),+];
    /// Name, value name and number of every code, for the layout hash.
    pub const CODE_TABLE: &[(&str, &[(&str, u64)])] = &[$((stringify!($name), &[$((stringify!($variant), $value)),+])),+];
    };
}

/// Defines a message: struct, [`Message`] implementation, constructor of an empty one, compile-time checks.
macro_rules! message {
    ($(#[doc = $doc:literal])* $name:ident = $kind:literal { $($(#[doc = $fdoc:literal])* $field:ident : $ty:ty),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C, align(8))]
        pub struct $name {
            /// Type, length and cells.
            pub header: $crate::message::Header,
            $($(#[doc = $fdoc])* pub $field: $ty),+
        }
        impl $name {
            /// All fields zero, header filled in.
            #[inline]
            #[must_use]
            pub fn empty() -> Self {
                let mut m: Self = bytemuck::Zeroable::zeroed();
                m.header = $crate::message::Header::new($kind, size_of::<Self>() / 8);
                m
            }
        }
        impl $crate::message::Message for $name {
            const KIND: u16 = $kind;
            const WORDS: usize = size_of::<$name>() / 8;
            const LAYOUT: $crate::message::Layout = $crate::message::Layout {
                name: stringify!($name),
                about: concat!($($doc),*),
                kind: $kind,
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                fields: &[$($crate::message::Field {
                    name: stringify!($field), kind: stringify!($ty), about: concat!($($fdoc),*),
                    offset: core::mem::offset_of!($name, $field), size: size_of::<$ty>(),
                }),+],
            };
        }
        const _: () = assert!(size_of::<$name>() % 8 == 0 && align_of::<$name>() <= 8);
        const _: () = assert!(size_of::<$name>() / 8 <= $crate::message::MESSAGE_WORDS_MAX);
    };
}

/// Defines a record that stands inside messages or files: struct and layout table, no padding.
macro_rules! part {
    (derive($($extra:ident),*); $(#[doc = $doc:literal])* $name:ident { $($(#[doc = $fdoc:literal])* $field:ident : $ty:ty),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, $($extra,)* bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        pub struct $name { $($(#[doc = $fdoc])* pub $field: $ty),+ }
        impl $name {
            /// Fields, offsets and sizes, for the layout hash, tests and pages.
            pub const LAYOUT: $crate::message::Layout = $crate::message::Layout {
                name: stringify!($name),
                about: concat!($($doc),*),
                kind: 0,
                size: size_of::<$name>(),
                align: align_of::<$name>(),
                fields: &[$($crate::message::Field {
                    name: stringify!($field), kind: stringify!($ty), about: concat!($($fdoc),*),
                    offset: core::mem::offset_of!($name, $field), size: size_of::<$ty>(),
                }),+],
            };
        }
    };
}
