# When promises of streams settle, when sources are pulled, and what becomes of errors on their way through native streams.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "order", worker = .order),
    (name = "thrown", worker = .thrown),
    (name = "written", worker = .written),
  ],
);

const order :Workerd.Worker = (
  modules = [(name = "order.js", esModule = embed "order.js")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["nodejs_compat"],
);

const thrown :Workerd.Worker = (
  modules = [(name = "thrown.js", esModule = embed "thrown.js")],
  compatibilityDate = "2022-10-01",
  compatibilityFlags = ["nodejs_compat", "streams_enable_constructors", "transformstream_enable_standard_constructor"],
);

const written :Workerd.Worker = (
  modules = [(name = "written.js", esModule = embed "written.js")],
  compatibilityDate = "2026-05-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [(name = "echo", service = (name = "written", entrypoint = "echo"))],
);
