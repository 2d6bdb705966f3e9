# Blob and File.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "blob",
    worker = (
      modules = [(name = "blob.js", esModule = embed "blob.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
