using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-buffer",
      worker = (
        modules = [(name = "buffer.js", esModule = embed "buffer.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
