# What of the runtime's own modules a Worker without Node.js compatibility may import, and WebAssembly.
# dates: newest 2023-01-01 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "builtin",
    worker = (
      modules = [
        (name = "builtin.js", esModule = embed "builtin.js"),
        (name = "add.wasm", wasm = embed "add.wasm"),
        (name = "signal.wasm", wasm = embed "signal.wasm"),
      ],
      compatibilityFlags = ["no_nodejs_compat", "no_nodejs_compat_v2"],
    ),
  )],
);
