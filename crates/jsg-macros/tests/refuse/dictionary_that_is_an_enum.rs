// error: a dictionary is a struct
#[derive(jsg::Dictionary)]
enum Options {
    A,
}
