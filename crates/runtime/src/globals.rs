//! The rows that crates above `web` add to the global scope.

use jsg::Handle;
use jsg::class::LazyValue;
use web::globals::Row;

static CRYPTO: &[Row] = &[
    Row::value(&LazyValue {
        name: "crypto",
        make: |js| Ok(Handle::new(js, crypto::Crypto::new()).object().into()),
    }),
    Row::class::<crypto::Crypto>(),
    Row::class::<crypto::SubtleCrypto>(),
];

static WORKERS: &[Row] = &[Row::class::<workers::html_rewriter::HtmlRewriter>()];

static TABLES: &[&[Row]] = &[CRYPTO, WORKERS];

/// Registers all tables; before the first isolate.
pub fn register() {
    web::globals::register(TABLES);
}
