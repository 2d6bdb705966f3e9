# import.meta: what a module knows of itself.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "meta",
    worker = (
      modules = [
        (name = "meta.js", esModule = embed "meta.js"),
        (name = "lib/other.js", esModule = "export const { url, main } = import.meta; export const resolve = import.meta.resolve('./x.js');"),
      ],
      compatibilityFlags = ["nodejs_compat"],
    ),
  )],
);
