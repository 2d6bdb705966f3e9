#[jsg::methods]
impl Counter {
    #[jsg(iterator)]
    fn entries<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        todo!()
    }

    #[jsg(async_iterator)]
    fn values<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        todo!()
    }

    #[jsg(define)]
    fn define(builder: &mut Builder<'_, '_, '_>) {
        builder.constant("ONE", 1.0);
    }
}
