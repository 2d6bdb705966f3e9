// error: a union's variant has one unnamed field
#[derive(jsg::Union)]
enum Options {
    A(u32, u32),
}
