# Services and classes within props and in the storage of objects; what may not be stored.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "references",
    worker = (
      modules = [(name = "references.js", esModule = embed "references.js")],
      compatibilityDate = "2025-05-01",
      compatibilityFlags = ["nodejs_compat", "experimental", "allow_irrevocable_stub_storage", "enable_ctx_exports"],
      bindings = [
        (name = "PLAIN", service = (name = "references", entrypoint = "Greeter")),
        (name = "LOADER", workerLoader = ()),
      ],
      durableObjectNamespaces = [(className = "Keeper", uniqueKey = "keeper", enableSql = true)],
      durableObjectStorage = (inMemory = void),
    ),
  )],
);
