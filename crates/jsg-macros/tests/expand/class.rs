#[jsg::class]
pub struct Counter {
    value: Cell<u32>,
    listener: Option<JsRef<Function>>,
}
