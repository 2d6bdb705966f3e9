# unsafeEval bindings: code from strings.
# dates: newest 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "unsafe-eval",
    worker = (
      modules = [(name = "unsafe-eval.js", esModule = embed "unsafe-eval.js")],
      compatibilityFlags = ["nodejs_compat", "unsafe_module"],
      bindings = [(name = "unsafe", unsafeEval = void)],
    ),
  )],
);
