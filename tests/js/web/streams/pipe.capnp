# Pipes: between streams of guest code, native ones and both.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "pipe",
    worker = (
      modules = [(name = "pipe.js", esModule = embed "pipe.js")],
      compatibilityDate = "2026-04-01",
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
