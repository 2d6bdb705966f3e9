# Extensions: modules for all Workers, and bindings that internal ones make of others.
# dates: 2024-01-01 newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (
      name = "wrapped",
      worker = (
        modules = [(name = "wrapped.js", esModule = embed "wrapped.js")],
        compatibilityFlags = ["nodejs_compat"],
        bindings = [
          (name = "counter", wrapped = (
            moduleName = "counter:binding",
            innerBindings = [(name = "start", json = "40"), (name = "service", service = "other")],
          )),
          (name = "named", wrapped = (moduleName = "counter:binding", entrypoint = "create")),
        ],
      ),
    ),
    (
      name = "other",
      worker = (modules = [(name = "other.js", esModule = "export default { fetch() { return new Response('other'); } };")]),
    ),
  ],
  extensions = [(modules = [
    (name = "counter:public", esModule = "import { secret } from 'counter:internal'; export const twice = secret * 2;"),
    (name = "counter:internal", internal = true, esModule = "export const secret = 21;"),
    # A public module hides no internal one.
    (name = "counter:binding", esModule = "export default 'public';"),
    (name = "counter:binding", internal = true, esModule = embed "wrapped-binding.js"),
  ])],
);
