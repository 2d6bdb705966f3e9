# Streaming tail Workers: what they hear of events of each kind, and what their handlers may be.
# dates: 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "traced",
      worker = (
        modules = [(name = "traced.js", esModule = embed "tail-stream-traced.js")],
        compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers", "rpc"],
        bindings = [
          (name = "SELF", service = "traced"),
          (name = "RPC", service = (name = "traced", entrypoint = "Remote")),
        ],
        streamingTails = ["listener", "object", "none", "unusable", "thrower", "absent"],
      ),
    ),
    (name = "none", worker = (modules = [(name = "none.js", esModule = "export default { tailStream() {} };")])),
    (name = "unusable", worker = (modules = [(name = "unusable.js", esModule = "export default { tailStream() { return 42; } };")])),
    (
      name = "thrower",
      worker = (modules = [(name = "thrower.js", esModule =
        "export default { tailStream() { return () => { throw new Error('in a tail Worker'); }; } };")]),
    ),
    (name = "absent", worker = (modules = [(name = "absent.js", esModule = "export default { fetch() {} };")])),
    (
      name = "listener",
      worker = (
        modules = [(name = "listener.js", esModule = embed "tail-stream.js")],
        compatibilityFlags = ["nodejs_compat", "service_binding_extra_handlers"],
        bindings = [
          (name = "TRACED", service = "traced"),
          (name = "RPC", service = (name = "traced", entrypoint = "Remote")),
        ],
      ),
    ),
    (
      name = "object",
      worker = (
        modules = [(name = "object.js", esModule = embed "tail-stream-object.js")],
        compatibilityFlags = ["nodejs_compat"],
      ),
    ),
  ],
);
