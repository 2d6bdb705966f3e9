#[derive(jsg::Dictionary)]
#[jsg(name = "CounterInit")]
struct Options {
    first_name: Option<String>,
    #[jsg(name = "URL")]
    url: String,
}
