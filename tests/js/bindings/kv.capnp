# KV namespaces: what the service behind them is asked, and what becomes of its answers.
# dates: 2022-01-01 2026-01-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "kv",
    worker = (
      modules = [(name = "kv.js", esModule = embed "kv.js")],
      compatibilityFlags = ["nodejs_compat", "experimental"],
      bindings = [(name = "KV", kvNamespace = "kv")],
    ),
  )],
);
