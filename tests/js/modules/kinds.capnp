# Every kind of module, by import and by require().
# dates: newest 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "kinds",
    worker = (
      modules = [
        (name = "kinds.js", esModule = embed "kinds.js"),
        (name = "text.txt", text = "some text"),
        (name = "data.bin", data = embed "data.bin"),
        (name = "values.json", json = embed "values.json"),
        (name = "add.wasm", wasm = embed "add.wasm"),
        (name = "common.cjs", commonJsModule = embed "common.cjs"),
        (name = "lib/deep.js", esModule = embed "deep.js"),
        (name = "lib/sibling.js", esModule = "export default 'sibling';"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
