# URLSearchParams: parsing, lists, order, its link to a URL.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "search-params",
    worker = (
      modules = [(name = "search-params.js", esModule = embed "search-params.js")],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
