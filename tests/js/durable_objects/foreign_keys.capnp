# Foreign keys that are deferred are so until the end of the turn.
# disk

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "foreign_keys.js", esModule = embed "foreign_keys.js")],
      compatibilityFlags = ["nodejs_compat", "rpc"],
      durableObjectNamespaces = [(className = "Posts", uniqueKey = "posts", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [(name = "POSTS", durableObjectNamespace = "Posts")],
    )),
    (name = "disk", disk = (writable = true)),
  ],
);
