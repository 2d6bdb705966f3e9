using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-context",
      worker = (
        modules = [
          (name = "context.js", esModule = embed "context.js"),
          (name = "esm", esModule = "export default 1;"),
          (name = "cjs", commonJsModule = "module.exports = 2;"),
        ],
        compatibilityDate = "2024-09-23",
        compatibilityFlags = ["nodejs_compat", "bind_asynclocalstorage_snapshot_to_request"],
        bindings = [(name = "SELF", service = "node-context")],
      )
    ),
  ],
);
