//! `SqlStorage.Cursor`: the rows of a statement.
//!
//! A cursor is one row ahead: when the last row has been read the statement is over and can be used again, whether or not
//! the guest asks for more.

use std::cell::RefCell;

use io::IoContext;
use io::trace::Span;
use jsg::convert::array_buffer;
use jsg::js::{Array, Local, Number, Object, Value};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result, Untraced};
use storage::ValueRef;
use storage::sql::Query;
use web::iterator::result;

use super::sql_failure;

/// See the module.
#[jsg::class]
pub struct Cursor {
    query: Untraced<RefCell<Query>>, // not in the heap of JavaScript
    column_names: JsRef<Array>,
    /// Ends with the last row. The same.
    span: Untraced<Span>,
}

/// A row, or none after the last.
type Row<'s> = Option<Vec<Local<'s, Value>>>;

#[jsg::methods]
impl Cursor {
    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let row = self.named_row(js)?;
        Ok(result(js, row.map(Into::into)))
    }

    #[jsg(method)]
    fn to_array<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Array>> {
        let mut rows = Vec::new();
        while let Some(row) = self.named_row(js)? {
            rows.push(row.into());
        }
        Ok(Array::new_with_elements(js, &rows))
    }

    #[jsg(method)]
    fn one<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let row = self.named_row(js)?.ok_or_else(|| {
            Error::error("Expected exactly one result from SQL query, but got no results.")
        })?;
        let mut query = self.query.borrow_mut();
        if query.has_row() {
            query.end();
            self.end_span(&query);
            return Err(Error::error(
                "Expected exactly one result from SQL query, but got multiple results.",
            ));
        }
        Ok(row)
    }

    #[jsg(iterator)]
    fn rows<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Handle<'s, RowIterator> {
        let cursor = Ref::new(js, this);
        Handle::new(js, RowIterator { cursor })
    }

    #[jsg(method)]
    fn raw<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Handle<'s, RawIterator> {
        let cursor = Ref::new(js, this);
        Handle::new(js, RawIterator { cursor })
    }

    #[jsg(prototype_getter)]
    fn column_names<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        self.column_names.get(js)
    }

    #[jsg(prototype_getter)]
    fn rows_read(&self) -> f64 {
        self.query.borrow().rows_read() as f64
    }

    #[jsg(prototype_getter)]
    fn rows_written(&self) -> f64 {
        self.query.borrow().rows_written() as f64
    }

    #[jsg(prototype_getter, flag = Experimental)]
    fn reused_cached_query_for_test(&self) -> bool {
        self.query.borrow().is_reused()
    }
}

impl Cursor {
    pub fn create<'s>(js: &mut Lock<'s, '_>, query: Query, span: Span) -> Result<Handle<'s, Self>> {
        let names = query.column_names().map_err(sql_failure)?;
        let names: Vec<Local<'s, Value>> = names
            .iter()
            .map(|name| jsg::string(js, name).into())
            .collect();
        let names = Array::new_with_elements(js, &names);
        let column_names = JsRef::new(js, names);
        let query = Untraced(RefCell::new(query));
        let cursor = Self {
            query,
            column_names,
            span: Untraced(span),
        };
        cursor.end_span(&cursor.query.borrow());
        Ok(Handle::new(js, cursor))
    }

    /// Tells what the statement has cost, if it is over.
    fn end_span(&self, query: &Query) {
        if self.span.is_traced() && !query.has_row() {
            let (read, written) = (query.rows_read() as i64, query.rows_written() as i64);
            self.span
                .set("cloudflare.durable_object.response.rows_read", read);
            self.span
                .set("cloudflare.durable_object.response.rows_written", written);
            self.span.end();
        }
    }

    fn row<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Row<'s>> {
        IoContext::current(js)?;
        let mut query = self.query.borrow_mut();
        if !query.has_row() {
            return Ok(None);
        }
        let count = query.column_count().map_err(sql_failure)?;
        let mut row = Vec::with_capacity(count);
        for column in 0..count {
            let value = query.read(column, |value| to_js(js, value));
            row.push(value.map_err(sql_failure)??);
        }
        query.advance().map_err(sql_failure)?;
        self.end_span(&query);
        Ok(Some(row))
    }

    /// The next row with its names.
    fn named_row<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Object>>> {
        let Some(row) = self.row(js)? else {
            return Ok(None);
        };
        let names = self.column_names.get(js);
        let object = Object::new(js);
        for (index, value) in row.into_iter().enumerate() {
            let name = names.get_index(js, index as u32).ok_or(Error::Pending)?;
            object.set(js, name, value).ok_or(Error::Pending)?;
        }
        Ok(Some(object))
    }

    /// The next row without names.
    fn bare_row<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Local<'s, Array>>> {
        let row = self.row(js)?;
        Ok(row.map(|row| Array::new_with_elements(js, &row)))
    }
}

fn to_js<'s>(js: &mut Lock<'s, '_>, value: ValueRef<'_>) -> Result<Local<'s, Value>> {
    Ok(match value {
        ValueRef::Null => jsg::js::null(js).into(),
        // As the real one: great ones are rounded.
        ValueRef::Integer(value) => Number::new(js, value as f64).into(),
        ValueRef::Real(value) => Number::new(js, value).into(),
        ValueRef::Text(text) => jsg::string(js, &String::from_utf8_lossy(text)).into(),
        ValueRef::Blob(bytes) => array_buffer(js, bytes)?.into(),
    })
}

macro_rules! row_iterators {
    ($($(#[$doc:meta])* $name:ident: $next:ident;)*) => {$(
        $(#[$doc])*
        #[jsg::class]
        struct $name {
            cursor: Ref<Cursor>,
        }

        #[jsg::methods]
        impl $name {
            #[jsg(define)]
            fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
                builder.inherit_iterator_prototype();
            }

            #[jsg(method)]
            fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
                let row = self.cursor.get(js).$next(js)?;
                Ok(result(js, row.map(Into::into)))
            }

            #[jsg(iterator)]
            fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
                this
            }
        }
    )*};
}

row_iterators! {
    /// Rows as objects.
    RowIterator: named_row;
    /// Rows as arrays.
    RawIterator: bare_row;
}
