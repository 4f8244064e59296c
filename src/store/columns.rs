//! Which columns a row is read from.

/// The columns of a row: the list of its SELECT, and where each stands in it.
pub(super) trait Columns {
    /// As a SELECT names them.
    const LIST: &'static str;
    /// How many they are, with those that stand before them.
    const WIDTH: usize;
}

/// Ties the list of a SELECT to its reader: `columns! { StoryColumns in s { id, title } }` makes a type
/// whose `LIST` is `s.id, s.title`, and whose `AT.title` is the position of the title, a constant. A
/// column may be an expression (`text = "coalesce(t.text, '')"`). `after Others` is for a list that
/// follows another in one SELECT.
///
/// A column that is listed and not read is a field that is never read, which the compiler reports.
macro_rules! columns {
    ($name:ident in $table:ident $(after $before:ident)? {
        $first:ident $(= $first_sql:literal)? $(, $column:ident $(= $sql:literal)?)* $(,)?
    }) => {
        struct $name {
            $first: usize,
            $($column: usize,)*
        }

        impl $name {
            const AT: Self = {
                let at = 0 $(+ <$before as crate::store::columns::Columns>::WIDTH)?;
                let $first = at;
                $(let at = at + 1; let $column = at;)*
                Self { $first, $($column),* }
            };
        }

        impl crate::store::columns::Columns for $name {
            const LIST: &'static str = concat!(
                columns!(@sql $table $first $($first_sql)?)
                $(, ", ", columns!(@sql $table $column $($sql)?))*
            );
            const WIDTH: usize =
                0 $(+ <$before as crate::store::columns::Columns>::WIDTH)? + [stringify!($first) $(, stringify!($column))*].len();
        }
    };
    (@sql $table:ident $column:ident) => { concat!(stringify!($table), ".", stringify!($column)) };
    (@sql $table:ident $column:ident $sql:literal) => { $sql };
}

pub(super) use columns;

#[cfg(test)]
mod tests {
    use super::Columns;

    columns! { First in a { id, sum = "a.x + a.y" } }
    columns! { Further in b after First { id, name } }

    #[test]
    fn a_list_and_its_positions_agree() {
        assert_eq!((First::LIST, Further::LIST), ("a.id, a.x + a.y", "b.id, b.name"));
        assert_eq!((First::AT.id, First::AT.sum, First::WIDTH), (0, 1, 2));
        assert_eq!((Further::AT.id, Further::AT.name, Further::WIDTH), (2, 3, 4));
    }
}
