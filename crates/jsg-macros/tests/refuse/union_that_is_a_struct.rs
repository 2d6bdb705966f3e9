// error: a union is an enum
#[derive(jsg::Union)]
struct Options {
    a: u32,
}
