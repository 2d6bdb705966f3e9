// error: a member's parameter needs a plain name
#[jsg::methods]
impl Counter {
    #[jsg(method)]
    fn add(&self, (a, b): (u32, u32)) {}
}
