# Reads into the reader's buffer: how a source fills, refuses and ends them.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "byob",
    worker = (
      modules = [(name = "byob.js", esModule = embed "byob.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
