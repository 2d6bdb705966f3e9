# Bodies that iterate, the end of an iterator, and the order of a stream's answers.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "iterables",
    worker = (
      modules = [(name = "iterables.js", esModule = embed "iterables.js")],
      compatibilityDate = "2026-01-01",
      compatibilityFlags = ["nodejs_compat", "fetch_iterable_type_support", "fetch_iterable_type_support_override_adjustment"],
    ),
  )],
);
