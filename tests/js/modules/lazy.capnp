# A broken module fails only those who import it.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "lazy",
    worker = (
      modules = [
        (name = "lazy.js", esModule = embed "lazy.js"),
        (name = "syntax.js", esModule = "export default (;"),
        (name = "missing.js", esModule = "import 'nothing';"),
        (name = "throws.js", esModule = "throw new Error('unwanted');"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
