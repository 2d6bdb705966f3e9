# import(): results, errors, one evaluation.
# dates: newest 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "dynamic",
    worker = (
      modules = [
        (name = "dynamic.js", esModule = embed "dynamic.js"),
        (name = "counted.js", esModule = "globalThis.evaluations = (globalThis.evaluations ?? 0) + 1; export const value = 42; export default 'd';"),
        (name = "throws.js", esModule = "throw new RangeError('thrown by a module');"),
        (name = "waits.js", esModule = "await Promise.resolve(); export const waited = true;"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
