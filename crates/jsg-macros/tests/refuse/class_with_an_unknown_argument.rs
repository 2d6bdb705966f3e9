// error: expected `name` or `extends`
#[jsg::class(title = "X")]
struct Counter {}
