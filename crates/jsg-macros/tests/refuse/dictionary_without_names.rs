// error: a dictionary's members have names
#[derive(jsg::Dictionary)]
struct Options(u32);
