# Streams of the flag typescript_implemented_streams: the standard's, whatever the date.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "typescript",
    worker = (
      modules = [(name = "typescript.js", esModule = embed "typescript.js")],
      compatibilityFlags = ["nodejs_compat", "typescript_implemented_streams", "expose_draining_reader", "experimental"],
    ),
  )],
  autogates = ["workerd-autogate-per-isolate-javascript-bootstrap"],
);
