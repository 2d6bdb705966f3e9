# Specifiers are URLs below file:///bundle/.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "urls",
    worker = (
      modules = [
        (name = "urls.js", esModule = embed "urls.js"),
        (name = "/%61bc?abc#123", esModule = "export default import.meta.url"),
        (name = "    ..//////outside    ", esModule = "export default import.meta.url"),
        (name = "file:///bundl%65/b%65/ok", esModule = "export default import.meta.url"),
        (name = "https://example.com/mod", esModule = "export default 'example'"),
        (name = "node:assert/strict", esModule = "export default 'shadow'"),
        (name = "部品", esModule = "export default 'part'"),
        (name = "values.json", json = "{\"a\":1}"),
        (name = "text.txt", text = "text"),
        (name = "data.bin", data = "data"),
        (name = "add.wasm", wasm = embed "add.wasm"),
        (name = "lib/common.cjs", commonJsModule = embed "required.cjs", namedExports = ["named", "named", "default"]),
        (name = "lib/sibling", esModule = "export default 1; export const two = 2;"),
        (name = "lib/unwrapped", esModule = "export default 'default'; export const __cjsUnwrapDefault = 1;"),
        (name = "lib/renamed", esModule = "const impl = { of: 'module.exports' }; export { impl as 'module.exports' };"),
        (name = "lib/waits", esModule = "export default await 1;"),
        (name = "lib/broken", esModule = "import 'nothing';"),
        (name = "lib/cycle-a.cjs", commonJsModule = "exports.early = 1; exports.b = require('./cycle-b.cjs'); exports.late = 2;"),
        (name = "lib/cycle-b.cjs", commonJsModule = "exports.seen = Object.keys(require('./cycle-a.cjs'));"),
        (name = "lib/store", esModule = "export default globalThis.storage.getStore();"),
        (name = "thrower", esModule = "export function boom() {\n  throw new Error('boom');\n}"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
