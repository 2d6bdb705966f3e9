# AbortController and AbortSignal.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "abort",
    worker = (
      modules = [(name = "abort.js", esModule = embed "abort.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
