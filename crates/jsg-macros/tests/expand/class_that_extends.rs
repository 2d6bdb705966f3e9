#[jsg::class(name = "URLCounter", extends = Counter)]
struct UrlCounter {
    parent: Counter,
    url: String,
}
