#[jsg::methods]
impl Counter {
    #[jsg(getter)]
    fn the_value(&self) -> u32 {
        self.value.get()
    }

    #[jsg(setter)]
    fn set_the_value(&self, value: u32) {
        self.value.set(value);
    }

    #[jsg(prototype_getter, unless = NodejsCompat)]
    fn size(&self) -> u32 {
        1
    }

    #[jsg(instance_getter, name = "__own")]
    fn own<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }

    #[jsg(static_getter)]
    fn zero() -> u32 {
        0
    }

    #[jsg(inspect_getter)]
    fn secret(&self) -> bool {
        true
    }
}
