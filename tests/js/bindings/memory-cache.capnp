# memoryCache bindings.
# dates: newest 2026-11-01

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "memory-cache",
    worker = (
      modules = [(name = "memory-cache.js", esModule = embed "memory-cache.js")],
      compatibilityFlags = ["nodejs_compat", "memory_cache_delete"],
      bindings = [
        (name = "two", memoryCache = (limits = (maxKeys = 2, maxValueSize = 100, maxTotalValueSize = 1000))),
        (name = "shared", memoryCache = (id = "s", limits = (maxKeys = 9, maxValueSize = 100, maxTotalValueSize = 1000))),
        (name = "same", memoryCache = (id = "s", limits = (maxKeys = 1, maxValueSize = 10, maxTotalValueSize = 10))),
      ],
    ),
  )],
);
