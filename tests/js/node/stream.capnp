using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-stream",
      worker = (
        modules = [(name = "stream.js", esModule = embed "stream.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
