//! Lists in pages. A page goes on after the last row of the one before (keyset), so that rows which come or go
//! meanwhile are neither shown twice nor lost.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::error::StoreError;
use super::sql::Sql;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows, 1 to 500; 50 when not given. A greater number is taken as 500.
    pub limit: Option<u32>,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// For [`PageRequest::after`]; `None` on the last page.
    pub next: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    Ascending,
    /// Newest or greatest first.
    #[default]
    Descending,
}

impl std::str::FromStr for Order {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text {
            "asc" => Ok(Order::Ascending),
            "desc" => Ok(Order::Descending),
            _ => Err(StoreError::invalid("order", "write `asc` or `desc`")),
        }
    }
}

/// The place of a row in a sorted list: the value sorted by, then the row's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub key: i64,
    pub id: i64,
}

impl Place {
    fn write(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.key, self.id))
    }

    fn read(text: &str) -> Result<Place, StoreError> {
        let fail = || StoreError::invalid("after", "not the `next` of a page: begin again without it");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| fail())?;
        let text = String::from_utf8(bytes).map_err(|_| fail())?;
        let (key, id) = text.split_once(':').ok_or_else(fail)?;
        Ok(Place { key: key.parse().map_err(|_| fail())?, id: id.parse().map_err(|_| fail())? })
    }
}

impl PageRequest {
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
    }

    /// Adds the place, the order and one row more than the page (to know whether another follows) to a statement that
    /// ends in conditions. `key` is the column sorted by, `id` the row's number: program text both.
    pub(crate) fn finish(
        &self,
        statement: &mut Sql,
        key: &'static str,
        id: &'static str,
        order: Order,
    ) -> Result<(), StoreError> {
        let (sign, direction) = match order {
            Order::Ascending => (" > ", " ASC"),
            Order::Descending => (" < ", " DESC"),
        };
        if let Some(after) = &self.after {
            let place = Place::read(after)?;
            statement.push(" AND (").push(key).push(", ").push(id).push(")").push(sign);
            statement.push_row([place.key.into(), place.id.into()]);
        }
        statement.push(" ORDER BY ").push(key).push(direction).push(", ").push(id).push(direction);
        statement.push(" LIMIT ").push_bind(self.limit() + 1);
        Ok(())
    }

    /// Makes a page of the rows that the statement gave.
    pub(crate) fn page<T>(&self, mut items: Vec<T>, place: impl Fn(&T) -> Place) -> Page<T> {
        let limit = self.limit() as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|row| place(row).write()) } else { None };
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_a_forged_one_is_refused() {
        let place = Place { key: -5, id: 1 << 60 };
        assert_eq!(Place::read(&place.write()).ok(), Some(place));
        for forged in ["", "!!", "MTsg", &URL_SAFE_NO_PAD.encode("1:2) OR 1=1 --")] {
            assert!(Place::read(forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_limit_stays_in_its_range() {
        let limit = |limit| PageRequest { limit, after: None }.limit();
        assert_eq!([limit(None), limit(Some(0)), limit(Some(7)), limit(Some(9999))], [50, 1, 7, 500]);
    }
}
