using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-mime",
      worker = (
        modules = [(name = "mime.js", esModule = embed "mime.js")],
        compatibilityDate = "2026-08-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
