#[derive(jsg::Union)]
enum CounterOrText<'s> {
    Counter(Handle<'s, Counter>),
    Text(String),
}
