# ctx.restore(): services and stubs that are stored, and had again by calling [restore]().
# disk
# loops: 3

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "restore",
    worker = (
      modules = [(name = "restore.js", esModule = embed "restore.js")],
      compatibilityDate = "2025-05-01",
      compatibilityFlags = ["nodejs_compat", "experimental", "allow_irrevocable_stub_storage", "enable_ctx_exports"],
      bindings = [
        (name = "LOADER", workerLoader = ()),
        (name = "CONFIGURED", service = (
          name = "restore", entrypoint = "Vendor", props = (json = "{\"name\":\"configured\"}"))),
      ],
      durableObjectNamespaces = [
        (className = "Keeper", uniqueKey = "keeper", enableSql = true),
        (className = "Log", uniqueKey = "log", enableSql = true),
      ],
      durableObjectStorage = (localDisk = "disk"),
    ),
  ), (name = "disk", disk = (writable = true))],
);
