# WebAssembly modules: functions on strings of the engine's own, and names in stacks, behind one flag each.
# dates: newest

using Workerd = import "/workerd/workerd.capnp";

const modules :List(Workerd.Worker.Module) = [
  (name = "wasm.js", esModule = embed "wasm.js"),
  (name = "strings.wasm", wasm = embed "strings.wasm"),
  (name = "sub/trap.wasm", wasm = embed "trap.wasm"),
];

const config :Workerd.Config = (
  services = [(
    name = "plain",
    worker = (modules = .modules, compatibilityFlags = ["no_wasm_source_url_support"],
      bindings = [(name = "BUILTINS", json = "false"), (name = "TRAP", json = "\"wasm://wasm/\"")]),
  ), (
    name = "builtins",
    worker = (modules = .modules, compatibilityFlags = ["wasm_esm_integration_builtins", "no_wasm_source_url_support"],
      bindings = [(name = "BUILTINS", json = "true"), (name = "TRAP", json = "\"wasm://wasm/\"")]),
  ), (
    name = "named",
    worker = (modules = .modules, compatibilityFlags = ["wasm_source_url_support", "legacy_module_registry"],
      bindings = [(name = "BUILTINS", json = "false"), (name = "TRAP", json = "\"at sub/trap.wasm:wasm-function[0]\"")]),
  ), (
    name = "named-by-url",
    worker = (modules = .modules, compatibilityFlags = ["wasm_source_url_support", "new_module_registry"],
      bindings = [
        (name = "BUILTINS", json = "false"),
        (name = "TRAP", json = "\"at file:///bundle/sub/trap.wasm:wasm-function[0]\""),
      ]),
  )],
);
