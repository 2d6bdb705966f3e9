# ctx.exports: bindings to the Worker's own entry points.
# dates: newest 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "exports",
    worker = (
      modules = [(name = "exports.js", esModule = embed "exports.js")],
      compatibilityFlags = ["nodejs_compat", "enable_ctx_exports", "rpc"],
      bindings = [(name = "named", service = (name = "exports", entrypoint = "Named", props = (json = "{\"from\":\"config\"}")))],
    ),
  )],
);
