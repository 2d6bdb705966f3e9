#[jsg::methods]
impl Counter {
    #[jsg(constructor)]
    fn new(start: Option<u32>) -> Self {
        Self { value: Cell::new(start.unwrap_or(0)) }
    }

    #[jsg(method)]
    fn add_to(&self, js: &mut Lock<'_, '_>, amount: u32, rest: Vec<u32>) -> Result<u32> {
        Ok(amount)
    }

    #[jsg(method, name = "then", promise)]
    fn later<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        todo!()
    }

    #[jsg(static_method, flag = NodejsCompat)]
    fn twice(call: &Call<'_>, value: u32) -> u32 {
        value * 2
    }
}
