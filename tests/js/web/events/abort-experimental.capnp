# What tests of the runtime see of signals.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "abort-experimental",
    worker = (
      modules = [(name = "abort-experimental.js", esModule = embed "abort-experimental.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "enable_abortsignal_rpc", "experimental"],
      bindings = [(name = "FOLLOWER", service = (name = "abort-experimental", entrypoint = "Follower"))],
    ),
  )],
);
