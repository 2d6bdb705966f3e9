//! `SqlStorage`: `ctx.storage.sql`, and its statements.

use io::IoContext;
use io::trace::Span;
use jsg::class::Builder;
use jsg::convert::{ByteView, set_member};
use jsg::js::{self, Local, Number, Object, Value};
use jsg::{Class, Error, FromJs, Handle, JsRef, Lock, Ref, Result, Untraced};
use storage::ValueRef;

use super::cursor::Cursor;
use super::{Backing, SYSTEM, sql_failure};

/// See the module.
#[jsg::class]
pub struct SqlStorage {
    backing: Untraced<Backing>, // not in the heap of JavaScript
}

#[jsg::methods]
impl SqlStorage {
    #[jsg(method)]
    fn exec<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        query: Local<'s, js::String>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Handle<'s, Cursor>> {
        self.run(js, query, rest)
    }

    #[jsg(method, flag = Experimental)]
    fn prepare<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        query: Local<'s, js::String>,
    ) -> Handle<'s, Statement> {
        let statement = Statement {
            storage: Ref::new(js, this),
            query: JsRef::new(js, query),
        };
        Handle::new(js, statement)
    }

    /// Runs all complete statements of a text; the rest comes back.
    #[jsg(method, flag = Experimental)]
    fn ingest<'s>(&self, js: &mut Lock<'s, '_>, query: String) -> Result<Local<'s, Object>> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_ingest");
        let storage = self.backing.need_sql(js)?;
        let done = storage.sql().ingest(&query).map_err(sql_failure)?;
        if span.is_traced() {
            for (name, count) in [
                ("rows_read", done.rows_read),
                ("rows_written", done.rows_written),
                ("statement_count", done.statements),
            ] {
                let name = format!("cloudflare.durable_object.response.{name}");
                span.set(name, count as i64);
            }
        }
        let result = Object::new(js);
        let remainder = query.get(done.length..).unwrap_or_default();
        set_member(js, result, "remainder", jsg::string(js, remainder))?;
        for (name, count) in [
            ("rowsRead", done.rows_read),
            ("rowsWritten", done.rows_written),
            ("statementCount", done.statements),
        ] {
            set_member(js, result, name, Number::new(js, count as f64))?;
        }
        Ok(result)
    }

    #[jsg(method, flag = Experimental)]
    fn set_max_page_count_for_test(&self, js: &mut Lock<'_, '_>, count: i32) -> Result<()> {
        IoContext::current(js)?;
        let storage = self.backing.need_sql(js)?;
        let pragma = format!("PRAGMA max_page_count = {count}");
        storage.database().run(&pragma).map_err(sql_failure)
    }

    #[jsg(prototype_getter)]
    fn database_size(&self, js: &mut Lock<'_, '_>) -> Result<f64> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_getDatabaseSize");
        span.set("db.operation.name", "getDatabaseSize");
        let storage = self.backing.need_sql(js)?;
        let size = storage.database().size().map_err(sql_failure)?;
        span.set("cloudflare.durable_object.response.db_size", size as i64);
        Ok(size as f64)
    }

    #[jsg(define)]
    fn nested(builder: &mut Builder<'_, '_, '_>) {
        builder.class("Cursor", Cursor::info());
        builder.class("Statement", Statement::info());
    }
}

impl SqlStorage {
    pub fn create<'s>(js: &mut Lock<'s, '_>, backing: Backing) -> Local<'s, Value> {
        let backing = Untraced(backing);
        Handle::new(js, Self { backing }).object().into()
    }

    fn run<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        query: Local<'s, js::String>,
        bindings: Vec<Local<'s, Value>>,
    ) -> Result<Handle<'s, Cursor>> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_exec");
        let text = query.to_rust_string_lossy(js);
        if span.is_traced() {
            span.set("db.system.name", SYSTEM);
            span.set("db.operation.name", "exec");
            span.set("db.query.text", text.clone());
            let count = bindings.len() as i64;
            span.set("cloudflare.durable_object.query.bindings", count);
        }
        let values: Vec<storage::Value> = bindings
            .into_iter()
            .map(|binding| to_value(js, binding))
            .collect::<Result<_>>()?;
        let storage = self.backing.need_sql(js)?.clone();
        let values: Vec<ValueRef<'_>> = values.iter().map(storage::Value::as_ref).collect();
        let query = storage.sql().exec(&text, &values).map_err(sql_failure)?;
        Cursor::create(js, query, span)
    }
}

/// A value for a parameter. Null and undefined are NULL; what is neither bytes nor a number becomes text.
fn to_value<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<storage::Value> {
    if value.is_null_or_undefined() {
        return Ok(storage::Value::Null);
    }
    if let Ok(number) = Local::<Number>::try_from(value) {
        return Ok(storage::Value::Real(number.value()));
    }
    if value.is_big_int() {
        return Err(Error::type_error(
            "Cannot convert a BigInt value to a number",
        ));
    }
    if ByteView::matches(js, value) {
        let bytes = ByteView::from_js(js, value)?;
        return Ok(storage::Value::Blob(bytes.with_bytes(js, <[u8]>::to_vec)));
    }
    Ok(storage::Value::Text(String::from_js(js, value)?))
}

/// A text that is to be run again. Calling it runs it.
#[jsg::class]
pub struct Statement {
    storage: Ref<SqlStorage>,
    query: JsRef<js::String>,
}

#[jsg::methods]
impl Statement {
    #[jsg(callable)]
    fn run<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Handle<'s, Cursor>> {
        let query = self.query.get(js);
        let storage = self.storage.get(js);
        storage.get().run(js, query, rest)
    }
}
