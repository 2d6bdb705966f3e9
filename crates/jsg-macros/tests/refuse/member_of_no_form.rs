// error: what is this function? (method, getter, …)
#[jsg::methods]
impl Counter {
    #[jsg(name = "add")]
    fn add(&self) {}
}
