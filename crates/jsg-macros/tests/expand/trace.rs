#[derive(jsg::Trace)]
enum Shape<T> {
    Empty,
    One(JsRef<T>),
    Both { left: JsRef<T>, right: u32 },
}

#[derive(jsg::Trace)]
struct Pair(JsRef<Value>, u32);
