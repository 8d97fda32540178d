//! Enumerations that are words in the database, in events and in GraphQL, spelled the same everywhere.

/// Declares an enumeration with `as_str()`: `words! { /// doc \n FleetType { /// doc \n Individual = "INDIVIDUAL" } }`.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            async_graphql::Enum, serde::Serialize, serde::Deserialize, sqlx::Type,
        )]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        #[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$word_meta])* $variant),+ }

        impl $name {
            /// The word in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        #[cfg(test)]
        impl $name {
            /// Every value, for tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

pub(crate) use words;
