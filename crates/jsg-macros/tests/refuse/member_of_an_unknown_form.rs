// error: unknown form of member; see `jsg::methods`
#[jsg::methods]
impl Counter {
    #[jsg(metod)]
    fn add(&self) {}
}
