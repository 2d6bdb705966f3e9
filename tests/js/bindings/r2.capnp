# R2 buckets: what the service behind them is asked, and what becomes of its answers.
# dates: 2022-01-01 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "r2",
    worker = (
      modules = [(name = "r2.js", esModule = embed "r2.js")],
      compatibilityFlags = ["nodejs_compat", "streams_enable_constructors"],
      bindings = [(name = "R2", r2Bucket = "r2")],
    ),
  )],
);
