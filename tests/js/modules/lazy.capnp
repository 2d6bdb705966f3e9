# A broken module fails only those who import it.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "lazy",
    worker = (
      modules = [
        (name = "lazy.js", esModule = embed "lazy.js"),
        (name = "syntax.js", esModule = "export default (;"),
        (name = "missing.js", esModule = "import 'nothing';"),
        (name = "throws.js", esModule = "throw new Error('unwanted');"),
        (name = "throws.cjs", commonJsModule = "throw new RangeError('unwanted');"),
        (name = "bad.json", json = "{"),
        (name = "bad.wasm", wasm = "no"),
        (name = "timer.js", esModule = "setTimeout(() => {}, 1);"),
        (name = "waits.js", esModule = "await Promise.resolve(); export default 'waited';"),
        (name = "forever.js", esModule = "await new Promise(() => {});"),
        (name = "counted.js", esModule = "globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; export const { url } = import.meta;"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
