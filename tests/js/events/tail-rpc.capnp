# Streaming tail Workers: the spans of remote calls, on both sides.
# dates: 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "traced",
      worker = (
        modules = [(name = "traced.js", esModule = embed "tail-rpc-traced.js")],
        compatibilityFlags = ["nodejs_compat", "rpc"],
        bindings = [(name = "REMOTE", service = (name = "traced", entrypoint = "Remote"))],
        streamingTails = ["listener"],
      ),
    ),
    (
      name = "listener",
      worker = (
        modules = [(name = "listener.js", esModule = embed "tail-rpc.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [(name = "TRACED", service = "traced")],
      ),
    ),
  ],
);
